"""What a PDF says: the text layer of its pages, as paragraphs."""

from __future__ import annotations

import logging
import re
import time
from collections import Counter
from collections.abc import Sequence
from io import BytesIO
from typing import TYPE_CHECKING

from index.decoding import clean_line, clean_text
from index.errors import PathUnusable
from index.formats.content import Content
from index.formats.text import plain_content
from index.sentences import CLOSERS

if TYPE_CHECKING:
    from pypdf import PdfReader

MAX_PAGES = 1_000
MAX_SECONDS = 20.0  # for one document; a page of a newspaper takes a tenth of one
MAX_DRAWING = 8_000_000  # bytes of one page's operators, pictures apart: a few seconds' work
_FULL_LINE = 0.95  # of the longest line: letters differ in width
_EDGE = 2  # lines at the top and at the bottom of a page that may be its header or footer
_NUMBERS = re.compile(r"\d+")


def pdf_content(data: bytes) -> Content:
    """The content of a PDF; the day of publication only where a header line states it.

    The dates in a PDF's own data are those of the file, not of the article. Raises PathUnusable
    when it is encrypted, damaged, or has no text layer, as a scan has none.
    """
    from pypdf.errors import DependencyError, DeprecationError, PyPdfError

    logging.getLogger("pypdf").setLevel(logging.CRITICAL)  # the verdict says what went wrong
    try:
        reader = _opened(data)
        pages = _page_lines(reader)
        title = clean_line(str(getattr(reader.metadata, "title", None) or ""))
    except PathUnusable:
        raise
    except DependencyError as error:
        raise PathUnusable(
            "The PDF is encrypted in a way that is not read here.", "Save it without a password."
        ) from error
    except (
        PyPdfError,
        DeprecationError,  # of names that old writers use
        ValueError,
        TypeError,
        KeyError,
        IndexError,
        AttributeError,
        OSError,
        RecursionError,
        ArithmeticError,
        AssertionError,
        NotImplementedError,
    ) as error:
        # pypdf meets a damaged file with whatever its parts raise.
        raise PathUnusable(
            f"The PDF is damaged ({type(error).__name__}).", "Save it again, or as plain text."
        ) from error
    text = "\n\n".join(filter(None, map(_paragraphs, _without_edges(pages))))
    if not text.strip():
        raise PathUnusable(
            "The PDF has no text layer; it may be a scan.", "Run text recognition on it first."
        )
    content = plain_content(_joined(text))
    if "title" not in content.fields and _is_headline(title):
        return Content(content.text, {**content.fields, "title": title})
    return content


def _opened(data: bytes) -> PdfReader:
    from pypdf import PdfReader

    reader = PdfReader(BytesIO(data))
    # Many are encrypted with an empty password, only to forbid printing.
    if reader.is_encrypted and not reader.decrypt(""):
        raise PathUnusable(
            "The PDF is protected by a password.", "Save it without one and add it again."
        )
    return reader


def _page_lines(reader: PdfReader) -> list[list[str]]:
    """The lines of each page."""
    if len(reader.pages) > MAX_PAGES:
        raise PathUnusable(
            f"The PDF has more than {MAX_PAGES:,} pages.", "Split it into one file an article."
        )
    end = time.monotonic() + MAX_SECONDS
    pages: list[list[str]] = []
    for page in reader.pages:
        drawn = page.get_contents()
        if drawn is not None and len(drawn.get_data()) > MAX_DRAWING:
            raise PathUnusable(
                f"A page of the PDF has more than {MAX_DRAWING // 1_000_000} MB of drawing.",
                "Save it as plain text.",
            )
        text = clean_text(page.extract_text())
        pages.append([line.strip() for line in text.split("\n")])
        if time.monotonic() > end:
            raise PathUnusable(
                f"The PDF takes longer than {MAX_SECONDS:.0f} seconds to read.",
                "Save it as plain text.",
            )
    return pages


def _without_edges(pages: Sequence[list[str]]) -> list[list[str]]:
    """The pages without the headers and footers that stand on most of them."""
    if len(pages) < 3:
        return list(pages)

    def edges(lines: Sequence[str]) -> list[int]:
        filled = [place for place, line in enumerate(lines) if line]
        return [*filled[:_EDGE], *filled[-_EDGE:]]

    seen = Counter(
        shape for lines in pages for shape in {_shape(lines[place]) for place in edges(lines)}
    )
    kept: list[list[str]] = []
    for lines in pages:
        repeated = {place for place in edges(lines) if seen[_shape(lines[place])] > len(pages) / 2}
        kept.append([line for place, line in enumerate(lines) if place not in repeated])
    return kept


def _shape(line: str) -> str:
    return _NUMBERS.sub("0", line)


def _paragraphs(lines: Sequence[str]) -> str:
    """The lines of a page with those of one paragraph joined.

    A line ends one when it ends a sentence although the next word had room on it.
    """
    width = max(map(len, lines), default=0)
    text, open_line = "", False
    for place, line in enumerate(lines):
        if not line:
            open_line = False
            continue
        if not open_line:
            text += f"\n\n{line}" if text else line
        elif text.endswith("-") and line[:1].islower() and text[-2:-1].isalpha():
            text = text[:-1] + line  # a word divided at the end of the line
        else:
            text += f" {line}"
        ends = line.rstrip(CLOSERS).endswith((".", "!", "?", ":"))
        # The next word had room on this line, and was not put there.
        following = lines[place + 1].split(maxsplit=1) if place + 1 < len(lines) else []
        room = len(line) + len(following[0] if following else "") + 1 < _FULL_LINE * width
        heads = place < 3 and room and not ends  # a headline, a date line, a byline
        open_line = not (room and (ends or heads))
    return text


def _joined(text: str) -> str:
    """Paragraphs that a page break has cut put together again."""
    paragraphs = text.split("\n\n")
    whole: list[str] = []
    for paragraph in paragraphs:
        if whole and paragraph[:1].islower() and not whole[-1].endswith((".", "!", "?", ":")):
            whole[-1] += f" {paragraph}"
        else:
            whole.append(paragraph)
    return "\n\n".join(whole)


_PROGRAMS = re.compile(r"(?i)\.(docx?|indd|qxp|pages|pdf)\b|^untitled|^microsoft")


def _is_headline(title: str) -> bool:
    """Whether a PDF's own title names the article, and not the program or file it came from."""
    return " " in title and not re.search(
        r"(?i)\.(docx?|indd|qxp|pages|pdf)\b|^untitled|^microsoft", title
    )
