"""What an EPUB holds: each of its documents as an article of the publication."""

from __future__ import annotations

import posixpath
import re
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from typing import IO, Any
from urllib.parse import unquote

from index.decoding import clean_line, decode_page
from index.errors import PathUnusable
from index.formats.archives import check_packing
from index.formats.content import Content, Part
from index.formats.markup import parsed_xml
from index.formats.page import fragment_text

MAX_DOCUMENT = 5_000_000  # bytes of one document of the book, unpacked
MAX_BOOK = 200_000_000  # and of all of them
_LEAST_WORDS = 40  # a cover, a title page and a table of contents have fewer or no sentences
_DAMAGED = (
    *(zipfile.BadZipFile, zlib.error, EOFError, OSError),
    *(LookupError, ValueError, RuntimeError, NotImplementedError),
)
_DC = "{http://purl.org/dc/elements/1.1/}"
_HEADING = re.compile(r"<(h[1-3])\b[^>]{0,500}>(.{1,2000}?)</\1>", re.IGNORECASE | re.DOTALL)


def book_parts(file: IO[bytes], names: Mapping[str, str]) -> Iterator[Part]:
    """The documents of an EPUB in reading order, but for covers and the like.

    Outlet and date are the publication's. Raises PathUnusable when it is no EPUB.
    """
    del names  # an EPUB's fields have one name each
    try:
        with zipfile.ZipFile(file) as archive:
            check_packing(archive)
            yield from _documents(archive)
    except PathUnusable:
        raise
    except _DAMAGED as error:
        raise PathUnusable(f"The EPUB is damaged ({error}).", "Save or load it again.") from error


def _documents(archive: zipfile.ZipFile) -> Iterator[Part]:
    container = parsed_xml(_read(archive, "META-INF/container.xml"))
    root = container.find(".//{*}rootfile")
    place = "" if root is None else root.get("full-path", "")
    package = parsed_xml(_read(archive, place))
    fields = {
        "source": _named(package, "title"),
        "published": _named(package, "date"),
        "author": _named(package, "creator"),
        "language": _named(package, "language"),
    }
    unpacked = 0
    manifest = {item.get("id"): item for item in package.iterfind(".//{*}manifest/{*}item")}
    for reference in package.iterfind(".//{*}spine/{*}itemref"):
        item = manifest.get(reference.get("idref"))
        if item is None or "nav" in (item.get("properties") or "").split():
            continue
        name = posixpath.normpath(
            posixpath.join(posixpath.dirname(place), unquote(item.get("href", "")))
        )
        try:
            data = _read(archive, name)
            unpacked += len(data)
            page = decode_page(data)
        except PathUnusable as error:
            yield Part(name=name, problem=error.message)
            continue
        if unpacked > MAX_BOOK:
            raise PathUnusable(
                f"The EPUB unpacks to more than {MAX_BOOK // 1_000_000} MB.", "Split the book."
            )
        text = fragment_text(page)
        if len(text.split()) < _LEAST_WORDS:
            continue
        heading = _HEADING.search(page)
        title = clean_line(fragment_text(heading[2])) if heading else ""
        body = text.removeprefix(title).lstrip("\n") if title else text
        kept = {key: value for key, value in {**fields, "title": title}.items() if value}
        yield Part(name=name, content=Content(body, kept))


def _named(package: Any, name: str) -> str:
    return clean_line(package.findtext(f".//{_DC}{name}") or "")


def _read(archive: zipfile.ZipFile, name: str) -> bytes:
    try:
        with archive.open(name) as document:
            data = document.read(MAX_DOCUMENT + 1)
    except KeyError as error:
        raise PathUnusable(f"The EPUB lacks its file {name!r}.", "Save it again.") from error
    if len(data) > MAX_DOCUMENT:
        raise PathUnusable(f"Its file {name!r} is too large.", "Split the book.")
    return data
