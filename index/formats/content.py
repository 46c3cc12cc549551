"""What every reader of a file gives: the text of an article, and what the file says of it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

MAX_HEADLINE = 160  # characters; the longest of 2,225 BBC headlines has under 80

# The names under which a field is found in headers, front matter and exports, as `field_name`
# writes them.
FIELDS: dict[str, tuple[str, ...]] = {
    "title": ("title", "headline", "subject"),
    "published": (
        "published",
        "date",
        "publishedat",
        "publishdate",
        "publicationdate",
        "pubdate",
        "datepublished",
        "publishedon",
        "publicationdatetime",
    ),
    "source": ("source", "outlet", "publisher", "publication", "site", "sitename", "sourcename"),
    "url": ("url", "link", "canonical", "permalink", "weburl", "sourceurl"),
    "author": ("author", "authors", "by", "byline", "creator"),
    "section": ("section", "category", "categories", "sectionname"),
    "language": ("language", "lang", "inlanguage"),
}
FIELD_OF = {name: key for key, names in FIELDS.items() for name in names}


@dataclass(frozen=True, slots=True)
class Content:
    """An article as a file tells it; `fields` has the keys of `FIELDS`, as they are written."""

    text: str
    fields: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One of several articles in a file: `name` tells which, `problem` why it has no content."""

    name: str
    content: Content | None = None
    problem: str = ""


def field_name(name: str) -> str:
    """The name of a field as it is compared: "Published-At" and "publishedAt" are one."""
    return re.sub(r"[\W_]+", "", name).lower()


def first_words(text: str, limit: int = 80) -> str:
    """The beginning of `text` in at most `limit` characters, cut between words."""
    words: Iterable[str] = text[: limit * 4].split()
    beginning = ""
    for word in words:
        if len(beginning) + 1 + len(word) > limit - 1:
            return (beginning or word[: limit - 1]) + "…"
        beginning = f"{beginning} {word}".strip()
    return beginning
