"""What plain text and Markdown files say: title, body, date, outlet and the like."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import pairwise

from index.decoding import clean_text
from index.errors import PathUnusable
from index.sentences import CLOSERS

MAX_HEADLINE = 160  # characters; the longest of 2,225 BBC headlines has under 80

# The names under which a field is found in headers and front matter.
FIELDS: dict[str, tuple[str, ...]] = {
    "title": ("title", "headline"),
    "published": ("published", "date", "published_at", "publish_date", "pubdate", "datepublished"),
    "source": ("source", "outlet", "publisher", "publication", "site"),
    "url": ("url", "link", "canonical", "permalink"),
    "author": ("author", "authors", "by", "byline"),
    "section": ("section", "category", "categories"),
    "language": ("language", "lang"),
}
_FIELD_OF = {name: key for key, names in FIELDS.items() for name in names}


@dataclass(frozen=True, slots=True)
class Content:
    """An article as a file tells it; `fields` has the keys of `FIELDS`, as they are written."""

    text: str
    fields: Mapping[str, str] = field(default_factory=dict)


def plain_content(text: str) -> Content:
    """The content of a plain text file: header lines if any, the headline, and the body.

    The first line is the headline when it is short, has text after it, and does not read like the
    beginning of a paragraph.
    """
    fields, body = _header_lines(clean_text(text))
    body = _unwrapped(body)
    if "title" not in fields:
        headline, body = _headline(body)
        if headline:
            fields = {**fields, "title": headline}
    return Content(body, fields)


def markdown_content(text: str) -> Content:
    """The content of a Markdown file: front matter, the first `#` heading as title, plain body.

    Raises PathUnusable when the front matter is not valid YAML.
    """
    fields, body = _front_matter(text)
    heading, body = _without_marks(clean_text(body))
    if "title" in fields:
        if heading and heading != fields["title"]:
            body = f"{heading}\n\n{body}"
    elif heading:
        fields = {**fields, "title": heading}
    else:
        headline, body = _headline(body)
        if headline:
            fields = {**fields, "title": headline}
    return Content(body, fields)


# --- plain text

_HEADER_LINE = re.compile(r"([A-Za-z][\w -]{0,20}):[ \t]*(\S.*)")


def _header_lines(text: str) -> tuple[dict[str, str], str]:
    """Fields such as `Date: 2025-06-02`, if that is all there is before the first blank line."""
    head, blank, body = text.partition("\n\n")
    fields: dict[str, str] = {}
    for line in head.split("\n") if blank else ():
        match = _HEADER_LINE.fullmatch(line)
        key = _FIELD_OF.get(_field_name(match[1])) if match else None
        if match is None or key is None:
            return {}, text
        fields.setdefault(key, match[2])
    return (fields, body) if fields else ({}, text)


def _field_name(name: str) -> str:
    return name.strip().lower().replace("-", "_").replace(" ", "_")


def _headline(text: str) -> tuple[str, str]:
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


# --- Markdown

_YAML_KEY = re.compile(r"[A-Za-z][\w -]{0,30}:(?:\s|$)")


def _front_matter(text: str) -> tuple[dict[str, str], str]:
    """The fields between the two `---` lines at the top of `text`, and the text after them."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    if lines[0].rstrip() != "---":
        return {}, text
    end = next((n for n, line in enumerate(lines) if n and line.rstrip() in ("---", "...")), None)
    if end is None:
        if len(lines) > 1 and _YAML_KEY.match(lines[1]):
            raise PathUnusable(
                "Its front matter, begun on line 1, has no end.", "Close it with a line of '---'."
            )
        return {}, text
    parsed = _parse_yaml("\n".join(lines[1:end]))
    if not isinstance(parsed, Mapping):
        return {}, text  # two rules drawn across the page
    fields: dict[str, str] = {}
    for name, value in parsed.items():
        key = _FIELD_OF.get(_field_name(name)) if isinstance(name, str) else None
        line = _one_line(value)
        if key and line:
            fields.setdefault(key, line)
    return fields, "\n".join(lines[end + 1 :])


def _parse_yaml(block: str) -> object:
    import yaml

    try:
        # The base loader leaves every value as it is written: "No" and 1984 may be titles.
        return yaml.load(block, Loader=yaml.BaseLoader)
    except (yaml.YAMLError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        where = f"line {mark.line + 2}" if mark else "the front matter"
        problem = getattr(error, "problem", None) or "it cannot be parsed"
        raise PathUnusable(
            f"Its front matter is not valid YAML at {where}: {problem}.",
            "Put values that hold a colon or quotes into quotes.",
        ) from error


def _one_line(value: object) -> str:
    if isinstance(value, str):
        return " ".join(value.split())
    if isinstance(value, list):
        return ", ".join(" ".join(item.split()) for item in value if isinstance(item, str))
    return ""


_FENCE = re.compile(r"(?:```|~~~)")
_HEADING = re.compile(r"(#{1,6})\s+(\S.*)")
_UNDERLINE = re.compile(r"=+|-{2,}")
_RULE = re.compile(r"(?:[-*_]\s*){3,}")
_OWN_LINE = re.compile(r"(?:[-*+•]|\d{1,3}[.)])\s+\S|\|")


@dataclass(slots=True)
class _Page:
    """The lines of a Markdown page as they are freed of their marks."""

    lines: list[str] = field(default_factory=list)
    title: str = ""
    open: bool = False  # whether the next line goes on with the last one

    def add(self, line: str) -> None:
        if self.open:
            self.lines.append(" ")
        self.lines.append(line)
        self.open = True

    def end(self, mark: str = "\n") -> None:
        self.lines.append(mark)
        self.open = False

    def head(self, level: int, words: str) -> None:
        if level == 1 and not self.title:
            self.title = words
        else:
            self.lines.extend(("\n\n", words))
        self.end("\n\n")


def _without_marks(text: str) -> tuple[str, str]:
    """The first heading of level 1 ("" if none) and the rest of the page as plain text."""
    page = _Page()
    fenced = False
    lines = text.split("\n")
    for line, below in zip(lines, [*lines[1:], ""], strict=True):
        if _FENCE.match(line):
            fenced = not fenced
            page.end()
        elif fenced:
            page.lines.append(line)
            page.end()
        else:
            _free(page, line.strip(), below)
    return page.title, clean_text("".join(page.lines))


def _free(page: _Page, line: str, below: str) -> None:
    quote = line.lstrip("> ") if line.startswith(">") else line
    if heading := _HEADING.fullmatch(line):
        page.head(len(heading[1]), _inline(heading[2].rstrip("# ")))
    elif line and not page.open and _UNDERLINE.fullmatch(below) and not _RULE.fullmatch(line):
        page.head(1 if below[0] == "=" else 2, _inline(line))
    elif _UNDERLINE.fullmatch(line) or _RULE.fullmatch(line) or not quote:
        page.end("\n\n")
    else:
        if _OWN_LINE.match(quote):
            page.end()
        page.add(_inline(quote))


# Lengths are bounded so that a line of a million opening marks costs no more than other text.
_INLINE: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"!\[[^\]\[]{0,500}\]\([^()\s]{0,2000}(?:\s+\"[^\"]{0,300}\")?\)"), ""),
    (re.compile(r"\[([^\]\[]{1,500})\]\([^()\s]{0,2000}(?:\s+\"[^\"]{0,300}\")?\)"), r"\1"),
    (re.compile(r"<(https?://[^\s<>]{1,2000})>"), r"\1"),
    (re.compile(r"(\*\*|__)(?=[^\s*_])([^*\n]{1,500}?)(?<=\S)\1"), r"\2"),
    (re.compile(r"(?<![\w*])\*(?=[^\s*])([^*\n]{1,500})(?<=\S)\*(?![\w*])"), r"\1"),
    (re.compile(r"(?<![\w_])_(?=[^\s_])([^_\n]{1,500})(?<=\S)_(?![\w_])"), r"\1"),
    (re.compile(r"(?<!`)`([^`\n]{1,500})`(?!`)"), r"\1"),
    (re.compile(r"\\([\\`*_{}\[\]()#+.!>~-])"), r"\1"),
)


def _inline(line: str) -> str:
    for pattern, replacement in _INLINE:
        line = pattern.sub(replacement, line)
    return line


def first_words(text: str, limit: int = 80) -> str:
    """The beginning of `text` in at most `limit` characters, cut between words."""
    words: Iterable[str] = text[: limit * 4].split()
    beginning = ""
    for word in words:
        if len(beginning) + 1 + len(word) > limit - 1:
            return (beginning or word[: limit - 1]) + "…"
        beginning = f"{beginning} {word}".strip()
    return beginning
