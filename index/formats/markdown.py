"""What a Markdown file says: front matter, a heading, and the text without its marks."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from index.decoding import clean_text
from index.errors import PathUnusable
from index.formats.content import FIELD_OF, Content, field_name
from index.formats.text import split_headline


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
        headline, body = split_headline(body)
        if headline:
            fields = {**fields, "title": headline}
    return Content(body, fields)


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
        key = FIELD_OF.get(field_name(name)) if isinstance(name, str) else None
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
