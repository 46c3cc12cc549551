"""What a Word document says: its paragraphs and tables in order, and its title."""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Iterator
from io import BytesIO
from typing import TYPE_CHECKING

from index.decoding import clean_line
from index.errors import PathUnusable
from index.formats.archives import check_packing
from index.formats.content import Content
from index.formats.text import plain_content

if TYPE_CHECKING:
    from docx.document import Document

MAX_UNPACKED = 200_000_000  # bytes of XML and images in one document
_OLD = b"\xd0\xcf\x11\xe0"  # what an encrypted document is wrapped in


def word_content(data: bytes) -> Content:
    """The content of a .docx file; headline and header lines are found as in plain text.

    The dates in the document's own data are those of the file, not of the article. Raises
    PathUnusable when it is encrypted or damaged.
    """
    if data.startswith(_OLD):
        raise PathUnusable(
            "The document is protected by a password, or of an old Word.",
            "Save it as .docx without a password.",
        )
    try:
        title, lines = _told(_opened(data))
    except PathUnusable:
        raise
    except _damage() as error:
        raise PathUnusable(
            f"The Word document is damaged ({type(error).__name__}).", "Save it again."
        ) from error
    content = plain_content("\n\n".join([title, *lines] if title else lines))
    if title and "title" not in content.fields:
        body = content.text.removeprefix(title).lstrip("\n")
        return Content(body, {**content.fields, "title": title})
    return content


def _damage() -> tuple[type[Exception], ...]:
    """What the parts of python-docx raise of a file whose parts are not what they should be."""
    from docx.opc.exceptions import OpcError
    from lxml.etree import LxmlError

    unpacking = (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError)
    parts = (OpcError, LxmlError, LookupError, ValueError, TypeError, AttributeError)
    return (*unpacking, *parts, RuntimeError)


def _told(document: Document) -> tuple[str, list[str]]:
    """The title, "" where no paragraph has that style, and the lines of the body."""
    title, lines = "", list[str]()
    for style, text in _blocks(document):
        if style == "Title" and not title:
            title = clean_line(text)
        elif text.strip():
            lines.append(text.strip())
    return title, lines


def _opened(data: bytes) -> Document:
    import docx

    with zipfile.ZipFile(BytesIO(data)) as archive:
        check_packing(archive)
        unpacked = sum(entry.file_size for entry in archive.infolist())
    if unpacked > MAX_UNPACKED:
        raise PathUnusable(
            f"Unpacked, the document has more than {MAX_UNPACKED // 1_000_000} MB.",
            "Save it without its pictures.",
        )
    return docx.Document(BytesIO(data))


def _blocks(document: Document) -> Iterator[tuple[str, str]]:
    """The style and the text of each paragraph, and of each row of a table."""
    from docx.table import Table

    for block in document.iter_inner_content():
        if isinstance(block, Table):
            for row in block.rows:
                cells = dict.fromkeys(clean_line(cell.text) for cell in row.cells)  # merged: once
                yield "Table", " | ".join(filter(None, cells))
        else:
            yield (block.style.name if block.style else "") or "", block.text
