"""From a file, or an article handed over, to an `Article` that can be stored."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path

from index.dates import stated_date
from index.decoding import clean_line, clean_text, decode, decode_page
from index.errors import InvalidInput, PathUnusable
from index.files import PAGES, SUFFIXES, check_size, path_key, path_text, read_bytes
from index.formats import Content, first_words, markdown_content, plain_content
from index.pages import page_content
from index.types import Appearance, Article, content_id

__all__ = ["clean_article", "clean_text", "path_key", "read_article", "read_bytes"]


def read_article(path: Path, data: bytes | None = None) -> Article:
    """The article in the file at `path`, or in `data`, the bytes that such a file has.

    Its language is what the file declares, None if it declares none. Raises PathUnusable, with
    the reason and without the path, when the file cannot be read or holds no article.
    """
    reader = _reader(path)
    if data is None:
        data = read_bytes(path)
    check_size(len(data))
    content = reader(data)
    text = clean_text(content.text)
    if not text:
        holder = "page" if path.suffix.lower() in PAGES else "file"
        raise PathUnusable(f"The {holder} holds no text.", "Check that the article is in it.")
    fields = {name: clean_line(value) for name, value in content.fields.items()}
    source, url = fields.get("source") or None, _web_address(fields.get("url"))
    published = stated_date(fields.get("published", ""))
    return Article(
        title=fields.get("title") or _title_from_name(path) or first_words(text),
        text=text,
        source=source,
        url=url,
        published=published,
        author=fields.get("author") or None,
        section=fields.get("section") or None,
        language=_language_code(fields.get("language")),
        appearances=(Appearance(path=path_key(path), url=url, source=source, published=published),),
    )


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


def _reader(path: Path) -> Callable[[bytes], Content]:
    match path.suffix.lower():
        case ".txt":
            return lambda data: plain_content(decode(data))
        case ".md" | ".markdown":
            return lambda data: markdown_content(decode(data))
        case ".html" | ".htm":
            return lambda data: page_content(decode_page(data))
    ending = path_text(Path(path.suffix))
    kind = f"Files that end in {ending}" if ending != "." else "Files with no ending"
    raise PathUnusable(f"{kind} are not read.", f"Those that are: {', '.join(SUFFIXES)}.")


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
