"""An answer as one message of a chat client: Markdown with a list of sources at its end."""

from __future__ import annotations

import re

from assistant.exporting import escaped, linked
from assistant.rendering import footer, source_line
from assistant.types import Answer

_SOURCES, _DIFFER, _NEAREST = "**Sources**", "**Reports differ**", "**Nearest articles**"
_ENDS = tuple(f"\n\n{heading}" for heading in (_SOURCES, _DIFFER, _NEAREST))


def spoken(text: str) -> str:
    """The text of an answer, in which words of articles stay words and not marks of Markdown.

    A text that still grows is given up to its last whole word: the next may change how it reads.
    """
    whole = text[: text.rfind(" ") + 1]
    return _with_markers(escaped(whole))


def content_of(answer: Answer) -> str:
    """The answer, its numbered sources, what reports tell differently, and what to know of it."""
    blocks = [_with_markers(escaped(answer.text))]
    if answer.citations:
        sources = [f"- [{one.number}] {linked(one)}" for one in answer.citations]
        blocks.append("\n".join([_SOURCES, "", *sources]))
    claims = [
        f"- {escaped(claim.value)}: {linked(claim.citation)}"
        for conflict in answer.conflicts
        for claim in conflict.claims
    ]
    if claims:
        blocks.append("\n".join([_DIFFER, "", *claims]))
    if answer.nearest:
        named = [f"- {escaped(source_line(article))}" for article in answer.nearest]
        blocks.append("\n".join([_NEAREST, "", *named]))
    blocks += [f"*{escaped(line)}*" for line in footer(answer)[1:]]
    return "\n\n".join(blocks)


def text_of_reply(content: str) -> str:
    """The answer's own text in a message that `content_of` made: what a next question refers to."""
    found = [place for place in map(content.find, _ENDS) if place >= 0]
    return content[: min(found)] if found else content


def _with_markers(text: str) -> str:
    return re.sub(r"\\\[(\d+)\\\]", r"[\1]", text)
