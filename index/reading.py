"""From a file, or an article handed over, to an `Article` that can be stored."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from io import BytesIO
from pathlib import Path
from types import MappingProxyType
from typing import IO

from index.dates import stated_date
from index.decoding import clean_line, clean_text, decode, decode_page, encoding_note
from index.errors import InvalidInput, PathUnusable
from index.files import (
    ARCHIVES,
    EXPORTS,
    PAGES,
    SUFFIXES,
    check_size,
    kind_of,
    open_file,
    part_key,
    path_key,
    path_text,
    read_bytes,
)
from index.formats.archives import Member, members
from index.formats.book import book_parts
from index.formats.content import Content, Part, first_words
from index.formats.exports import csv_parts, json_parts, jsonl_parts
from index.formats.mail import mail_content
from index.formats.markdown import markdown_content
from index.formats.page import page_content
from index.formats.pdf import pdf_content
from index.formats.text import plain_content
from index.formats.wire import nitf_content, sgml_parts
from index.formats.word import word_content
from index.types import Appearance, Article, content_id

_PLAIN, _MOST_BYTES = (".txt", ".md", ".markdown"), 4  # bytes that a character may take
MAX_TEXT = 1_000_000  # characters: 500 pages; a long feature has 100,000
NO_NAMES: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """One article of a file: `part` names it where the file may hold several, "" elsewhere.

    `problem` says why there is no article; `note` what its owner should know of one.
    """

    part: str = ""
    article: Article | None = None
    problem: str = ""
    note: str = ""


def read_articles(path: Path, names: Mapping[str, str] = NO_NAMES) -> Iterator[Reading]:
    """Every article of the file at `path`, one after the other; a bad one harms no other.

    `names` are the caller's own names of an export's fields. An article's language is what the
    file declares, None if it declares none. Raises PathUnusable, with the reason and without the
    path, when the file as a whole cannot be read.
    """
    kind = kind_of(path.name)
    if kind in ARCHIVES:
        with open_file(path) as file:
            for member in members(file, path.name):
                yield from _member_readings(path, member, names)
    elif kind in EXPORTS:
        with open_file(path) as file:
            yield from _part_readings(path, "", _EXPORT_READERS[kind](file, names))
    else:
        data = read_bytes(path)
        yield _reading(path, "", _content(path.name, data), data)


def read_article(path: Path, data: bytes | None = None) -> Article:
    """The article in the file at `path`, or in `data`, the bytes that such a file has.

    For files of one article; raises PathUnusable as `read_articles` does.
    """
    if data is None:
        data = read_bytes(path)
    return _article(path, "", _content(path.name, data))


def _member_readings(path: Path, member: Member, names: Mapping[str, str]) -> Iterator[Reading]:
    """The articles of one file in an archive."""
    if member.problem:
        yield Reading(part=member.name, problem=member.problem)
        return
    kind = kind_of(member.name)
    try:
        if kind in EXPORTS:
            parts = _EXPORT_READERS[kind](BytesIO(member.data), names)
            yield from _part_readings(path, member.name, parts)
        else:
            content = _content(member.name, member.data)
            yield _reading(path, member.name, content, member.data)
    except PathUnusable as error:
        yield Reading(part=member.name, problem=error.message)


def _part_readings(path: Path, within: str, parts: Iterable[Part]) -> Iterator[Reading]:
    for part in parts:
        name = ", ".join(filter(None, (within, part.name)))
        if part.content is None:
            yield Reading(part=name, problem=part.problem)
            continue
        yield _reading(path, name, part.content)


def _reading(path: Path, part: str, content: Content, data: bytes = b"") -> Reading:
    try:
        article = _article(path, part, content)
    except InvalidInput as error:
        if not part:
            raise
        return Reading(part=part, problem=error.message)
    # A page, and what is no plain text, declares its encoding, and is read in it.
    plain = kind_of(part or path.name) in {".txt", ".md", ".markdown"}
    return Reading(part=part, article=article, note=encoding_note(data) if plain else "")


def _content(name: str, data: bytes) -> Content:
    """What a file of one article says; raises PathUnusable, also for a kind that is not read."""
    check_size(len(data))
    reader = _READERS.get(kind_of(name))
    if reader is None:
        ending = path_text(Path(Path(name).suffix))
        kind = f"Files that end in {ending}" if ending != "." else "Files with no ending"
        raise PathUnusable(f"{kind} are not read.", f"Those that are: {', '.join(SUFFIXES)}.")
    if kind_of(name) in _PLAIN:
        _check_length(len(data) // _MOST_BYTES)
    return reader(data)


def _check_length(characters: int) -> None:
    if characters > MAX_TEXT:
        raise PathUnusable(
            f"Its text is longer than the {MAX_TEXT:,} characters of an article.", "Split it."
        )


def _article(path: Path, part: str, content: Content) -> Article:
    _check_length(len(content.text))
    if not clean_text(content.text):
        holder = "page" if kind_of(part or path.name) in PAGES else "file"
        raise PathUnusable(f"The {holder} holds no text.", "Check that the article is in it.")
    several = kind_of(path.name) in EXPORTS or kind_of(part) in EXPORTS
    named = "" if several else _title_from_name(Path(part) if part else path)
    article = _told(content, named)
    place = Appearance(
        path=part_key(path_key(path), part),
        url=article.url,
        source=article.source,
        published=article.published,
    )
    return replace(article, appearances=(place,))


def page_article(data: bytes, *, kind: str, charset: str, named: str) -> Article:
    """The article in a document that a server sent.

    `kind` is the ending that a file of it would have, `charset` what the server says of it, `named`
    the title where it tells none. Raises PathUnusable when the document holds no article.
    """
    check_size(len(data))
    if kind in PAGES:
        content = page_content(decode_page(data, charset))
    else:
        content = _content(f"page{kind}", data)
    if not clean_text(content.text):
        raise PathUnusable("The page holds no article.", "Open it in a browser to see why.")
    return _told(content, named)


def _told(content: Content, named: str) -> Article:
    """What a document says of its article, in normal form; `named` for one without a title."""
    fields = {name: clean_line(value) for name, value in content.fields.items()}
    return clean_article(
        Article(
            title=fields.get("title") or named or first_words(clean_text(content.text)),
            text=content.text,
            source=fields.get("source") or None,
            url=_web_address(fields.get("url")),
            published=stated_date(fields.get("published", "")),
            author=fields.get("author") or None,
            section=fields.get("section") or None,
            language=_language_code(fields.get("language")),
        )
    )


_READERS: dict[str, Callable[[bytes], Content]] = {
    ".txt": lambda data: plain_content(decode(data)),
    ".md": lambda data: markdown_content(decode(data)),
    ".markdown": lambda data: markdown_content(decode(data)),
    ".html": lambda data: page_content(decode_page(data)),
    ".htm": lambda data: page_content(decode_page(data)),
    ".pdf": pdf_content,
    ".docx": word_content,
    ".eml": mail_content,
    ".xml": nitf_content,
}
_EXPORT_READERS: dict[str, Callable[[IO[bytes], Mapping[str, str]], Iterator[Part]]] = {
    ".json": json_parts,
    ".jsonl": jsonl_parts,
    ".ndjson": jsonl_parts,
    ".csv": csv_parts,
    ".tsv": csv_parts,
    ".sgm": sgml_parts,
    ".sgml": sgml_parts,
    ".epub": book_parts,
}


def clean_article(article: Article) -> Article:
    """`article` with its text and its other words in their normal form, and the id of that text.

    Raises InvalidInput when it has no text, or a date that is none.
    """
    if not isinstance(article.text, str) or not (text := clean_text(article.text)):
        raise InvalidInput("The article has no text.", "Give it one, or leave it out.")
    published = article.published
    if isinstance(published, datetime):
        published = published.date()
    if not isinstance(published, date | None):
        raise InvalidInput(
            f"The article's date is {published!r}, not a datetime.date.",
            "Pass a date, or None when it is not known.",
        )
    return replace(
        article,
        id=content_id(text),
        title=clean_line(article.title or "") or first_words(text),
        text=text,
        source=_line_or_none(article.source),
        url=_web_address(article.url),
        published=published,
        author=_line_or_none(article.author),
        section=_line_or_none(article.section),
        language=_language_code(article.language),
    )


def _title_from_name(path: Path) -> str:
    words = clean_line(re.sub(r"[-_\s]+", " ", path_text(Path(path.stem))))
    if not any(character.isalpha() for character in words):
        return ""
    return words[0].upper() + words[1:]


def _line_or_none(value: str | None) -> str | None:
    return clean_line(value) or None if value else None


def _web_address(value: str | None) -> str | None:
    """`value` if it is the address of a page: nothing else may be shown as a link."""
    address = clean_line(value or "")
    return address if re.match(r"https?://[^\s/]", address, re.IGNORECASE) else None


def _language_code(value: str | None) -> str | None:
    """The ISO 639-1 code in a declaration such as "en-GB"."""
    code = re.match(r"[A-Za-z]{2}(?![A-Za-z])", value or "")
    return code.group().lower() if code else None
