"""What a reader types of an article in a form: read into facts, or told what is wrong with it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date

from index.dates import stated_date
from index.editing import Facts
from index.errors import InvalidOption
from index.types import Article

_NUMBERS = re.compile(r"(0?[1-9]|1[0-2])[-/.](0?[1-9]|1[0-2])[-/.]\d{4}")  # 02/06/2025
NO_TEXT = "Paste the text of the article first."


def day_typed(words: str) -> date | None:
    """The day that a reader typed, None for nothing; raises InvalidOption for what is no day."""
    typed = " ".join(words.split())
    if not typed:
        return None
    day = stated_date(typed)
    if day is None:
        why = "could be two days" if _NUMBERS.fullmatch(typed) else "is no date"
        raise InvalidOption(f"“{typed[:40]}” {why}.", "Write it like 2 June 2025.")
    return day


def address_typed(words: str) -> str | None:
    """The address that a reader typed, None for nothing; raises AddressUnusable."""
    from index.net.guard import checked_address  # which brings an HTTP client

    typed = words.strip()
    return checked_address(typed) if typed else None


def pasted_article(form: Mapping[str, str]) -> Article:
    """The article in a form: `text`, and `title`, `source` and `published` where they are known.

    Without a headline the first line is it, where it reads like one. Raises InvalidOption.
    """
    text = form.get("text", "").strip()
    title = " ".join(form.get("title", "").split())
    if not title:
        first, _, rest = text.partition("\n")
        if rest.strip() and len(first.split()) <= 20:
            title, text = " ".join(first.split()), rest.strip()
    if not text:
        raise InvalidOption(NO_TEXT, "")
    return Article(
        title=title or " ".join(text.split()[:10]),
        text=text,
        source=" ".join(form.get("source", "").split()) or None,
        published=day_typed(form.get("published", "")),
        url=address_typed(form.get("url", "")),
    )


def corrected_facts(form: Mapping[str, str], known: Article) -> Facts:
    """What a form says otherwise than an article; an emptied field is not known any more.

    Raises InvalidInput with a plain word on what cannot be.
    """
    facts = Facts()
    title = " ".join(form.get("title", known.title).split())
    if not title:
        raise InvalidOption("An article needs a headline.", "")
    if title != known.title:
        facts["title"] = title
    if (source := _line(form, "source", known.source)) != known.source:
        facts["source"] = source
    if (author := _line(form, "author", known.author)) != known.author:
        facts["author"] = author
    if (section := _line(form, "section", known.section)) != known.section:
        facts["section"] = section
    published = day_typed(form["published"]) if "published" in form else known.published
    if published != known.published:
        facts["published"] = published
    if form.get("url", known.url or "").strip() != (known.url or ""):
        facts["url"] = address_typed(form["url"])
    return facts


def _line(form: Mapping[str, str], name: str, known: str | None) -> str | None:
    return " ".join(form.get(name, known or "").split()) or None
