"""Text made safe to stand in the page: the only way in which words of articles enter its HTML."""

from __future__ import annotations

import html
import re
from datetime import date

from assistant.rendering import day_line

# What HTML forbids or a reader cannot see: controls, and the marks that turn text around, with
# which a headline could pretend to say something else.
_UNSEEN = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ufeff]")


DOT = '<span class="dot" aria-hidden="true"> · </span>'


def escape(value: str) -> str:
    """The text as HTML, fit for element content and for a quoted attribute alike."""
    whole = value.encode("utf-8", "replace").decode("utf-8")  # a lone surrogate cannot be sent
    return html.escape(_UNSEEN.sub("", whole), quote=True)


def shorten(value: str, length: int) -> str:
    """The text on one line, cut at a word and closed with an ellipsis when longer than `length`."""
    line = " ".join(value.split())
    if len(line) <= length:
        return line
    head = line[: length - 1]
    cut = head.rfind(" ")
    return (head[:cut] if cut > length // 2 else head).rstrip(" ,;:.") + "…"


def count(number: int, noun: str) -> str:
    """A number with its noun: "1 article", "2,225 articles"."""
    return f"{number:,} {noun}" + ("" if number == 1 else "s")


def byline(outlet: str | None, published: date | None) -> str:
    """Who published an article and when, as HTML."""
    when = (
        f'<time datetime="{published.isoformat()}">{day_line(published)}</time>'
        if published
        else ""
    )
    # Isolated: an outlet that is written from right to left would take the date with it.
    parts = [f"<bdi>{escape(outlet)}</bdi>" if outlet else "", when or day_line(None)]
    return DOT.join(part for part in parts if part)
