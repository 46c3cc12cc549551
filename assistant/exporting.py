"""Answers and conversations as texts to take along: Markdown with sources, and JSON."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence

from assistant.conversations import Conversation, KeptTurn
from assistant.harmless import web_address
from assistant.rendering import footer, plain, source_line
from assistant.types import Answer, Citation

# What Markdown would take for its own marks; a dot or dash matters only where a line begins.
_MARKS = re.compile(r"([\\`*_\[\]<>|~])|^(\s*)([#+=-]|\d+[.)])(?=\s|$)", re.M)


def answer_text(answer: Answer) -> str:
    """The answer alone, with its markers, for a text that names its sources otherwise."""
    return plain(answer.text)


def answer_markdown(answer: Answer) -> str:
    """The answer, its sources as a numbered list with the quoted words, and how it stands."""
    blocks = [re.sub(r"\\\[(\d+)\\\]", r"[\1]", escaped(answer.text))]
    if answer.citations:
        blocks.append("\n".join(_source(citation) for citation in answer.citations))
    for conflict in answer.conflicts:
        claims = [
            f"- {escaped(claim.value)}: {linked(claim.citation)}" for claim in conflict.claims
        ]
        blocks.append("\n".join(["Reports differ:", "", *claims]))
    if answer.nearest:
        named = [f"- {escaped(source_line(article))}" for article in answer.nearest]
        blocks.append("\n".join(["Nearest articles:", "", *named]))
    blocks.append("\n".join(f"*{escaped(line)}*  " for line in footer(answer)).rstrip())
    return "\n\n".join(blocks)


def conversation_markdown(conversation: Conversation, turns: Sequence[KeptTurn]) -> str:
    """A whole conversation: each question a heading, then its answer with its sources."""
    asked = [f"## {escaped(one.question)}\n\n{answer_markdown(one.answer)}" for one in turns]
    return "\n\n".join([f"# {escaped(conversation.title)}", *asked]) + "\n"


def conversation_json(conversation: Conversation, turns: Sequence[KeptTurn]) -> str:
    """A whole conversation with everything that is kept of it; each answer as `Answer.to_dict`."""
    told = {
        "id": conversation.id,
        "title": conversation.title,
        "changed": conversation.changed.isoformat(),
        "turns": [
            {
                "number": one.number,
                "question": one.question,
                "answer": one.answer.to_dict(),
                "verdict": one.verdict,
                "remark": one.remark,
            }
            for one in turns
        ],
    }
    return json.dumps(told, ensure_ascii=False, indent=2) + "\n"


def _source(citation: Citation) -> str:
    quote = escaped(" ".join(citation.quote.split()))
    return f"{citation.number}. {linked(citation)}: “{quote}”"


def linked(citation: Citation) -> str:
    """Headline, outlet and day of a citation in Markdown, with a link to the original."""
    named = escaped(source_line(citation))
    address = web_address(citation.url)
    return f"[{named}](<{address}>)" if address and not set(address) & set("<>\n") else named


def escaped(text: str) -> str:
    """Words of an article that stay words in Markdown, on as many lines as they have."""
    return _MARKS.sub(
        lambda found: f"\\{found[1]}" if found[1] else f"{found[2]}{found[3][:-1]}\\{found[3][-1]}",
        plain(text),
    )
