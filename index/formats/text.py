"""What a plain text file says: header lines, a headline, and the body."""

from __future__ import annotations

import re
from itertools import pairwise

from index.decoding import clean_text
from index.formats.content import FIELD_OF, MAX_HEADLINE, Content, field_name
from index.sentences import CLOSERS


def plain_content(text: str) -> Content:
    """The content of a plain text file: header lines if any, the headline, and the body.

    The first line is the headline when it is short, has text after it, and does not read like the
    beginning of a paragraph.
    """
    fields, body = _header_lines(clean_text(text))
    body = _unwrapped(body)
    if "title" not in fields:
        headline, body = split_headline(body)
        if headline:
            fields = {**fields, "title": headline}
    return Content(body, fields)


_HEADER_LINE = re.compile(r"([A-Za-z][\w -]{0,20}):[ \t]*(\S.*)")


def _header_lines(text: str) -> tuple[dict[str, str], str]:
    """Fields such as `Date: 2025-06-02`, if that is all there is before the first blank line."""
    head, blank, body = text.partition("\n\n")
    fields: dict[str, str] = {}
    for line in head.split("\n") if blank else ():
        match = _HEADER_LINE.fullmatch(line)
        key = FIELD_OF.get(field_name(match[1])) if match else None
        if match is None or key is None:
            return {}, text
        fields.setdefault(key, match[2])
    return (fields, body) if fields else ({}, text)


def split_headline(text: str) -> tuple[str, str]:
    """The headline on the first line of `text` and what follows it; "" when it has none."""
    first, _, rest = text.partition("\n")
    ending = first.rstrip(CLOSERS)
    prose = ending.endswith((".", ",", ";", ":", "。")) and not ending.endswith("..")
    runs_on = rest[:1].islower()
    if prose or runs_on or not rest or len(first) > MAX_HEADLINE or not _has_letters(first):
        return "", text
    return first, rest.lstrip("\n")


def _has_letters(text: str) -> bool:
    return any(character.isalpha() for character in text)


def _unwrapped(text: str) -> str:
    """`text` with the lines of each paragraph joined when they were broken at a fixed width.

    That was done when nearly every line is so full that the next word had no room on it.
    """
    lines = text.split("\n")
    width = max(map(len, lines))
    breaks = [bool(above and below) for above, below in pairwise(lines)]
    full = [
        broken and len(above) + 1 + len(below.split(maxsplit=1)[0]) > width
        for broken, (above, below) in zip(breaks, pairwise(lines), strict=True)
    ]
    if not 50 <= width <= 100 or sum(breaks) < 3 or sum(full) < 0.8 * sum(breaks):
        return text
    joined = lines[0]
    for line, goes_on in zip(lines[1:], full, strict=True):
        joined += (" " if goes_on else "\n") + line
    return joined
