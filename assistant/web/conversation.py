"""The conversation as HTML: questions, answers with their markers, what each answer rests on."""

from __future__ import annotations

from collections.abc import Sequence

from assistant.web.answer import answered, asking_tools, drafted
from assistant.web.exchange import Exchange
from assistant.web.markup import DOT, escape, shorten
from assistant.web.sources import panel
from index.errors import AssistantError

_QUESTION_SHOWN = 600  # characters


def conversation(exchanges: Sequence[Exchange], empty: str = "", kept: str = "") -> str:
    """Every turn, or `empty` (HTML) when nothing was asked yet; `kept` is the conversation's id.

    A screen reader is told of a turn when it is complete, not of each word as it comes.
    """
    turns = "".join(_turn(one) for one in exchanges)
    return (
        f'<div class="log" role="log" aria-label="Conversation" data-kept="{escape(kept)}">'
        f"{turns or empty}</div>"
    )


def sources(exchanges: Sequence[Exchange]) -> str:
    """The source cards of every turn; the last one that has any is the one on view."""
    panels = [panel(one.number, shorten(one.question, 90), one.sources) for one in exchanges]
    shown = [text for text in panels if text]
    if not shown:
        return '<p class="none">The words that an answer rests on appear here.</p>'
    shown[-1] = shown[-1].replace('class="cards"', 'class="cards current"', 1)
    return "".join(shown)


def model_line(model: str, fallback_reason: str | None = None) -> str:
    """Who answers, and why it is not the model that was asked for."""
    reason = f"{DOT}<strong>{escape(fallback_reason)}</strong>" if fallback_reason else ""
    return f'<p class="model">Answers by <span>{escape(model)}</span>{reason}</p>'


def welcome(lead: str, questions: Sequence[str]) -> str:
    """What stands in an empty conversation: one line, and questions that can be pressed."""
    chips = "".join(
        f'<li><button type="button" class="chip" data-question="{escape(one)}">{escape(one)}'
        "</button></li>"
        for one in questions
    )
    listed = f'<ul class="chips" aria-label="Questions to begin with">{chips}</ul>' if chips else ""
    return (
        '<div class="welcome"><h2>What would you like to know?</h2>'
        f"<p>{escape(lead)}</p>{listed}</div>"
    )


def suggestions(questions: Sequence[str]) -> str:
    """Questions to go on with, as buttons in a row."""
    chips = "".join(
        f'<li><button type="button" class="next" data-question="{escape(one)}">{escape(one)}'
        "</button></li>"
        for one in questions
    )
    return f'<ul aria-label="Questions to go on with">{chips}</ul>' if chips else ""


def problem(error: AssistantError) -> str:
    """What went wrong and what to do about it, as one plain line."""
    return f'<p class="problem" role="status">{escape(str(error))}</p>'


def _turn(one: Exchange) -> str:
    question = escape(shorten(one.question, _QUESTION_SHOWN))
    busy = "true" if one.open else "false"
    return (
        f'<article class="turn" id="t{one.number}" aria-labelledby="t{one.number}-asked" '
        f'aria-busy="{busy}" data-number="{one.number}" data-question="{escape(one.question)}">'
        f'<h2 class="question" id="t{one.number}-asked">{question}</h2>{_body(one)}</article>'
    )


def _body(one: Exchange) -> str:
    if one.error:
        return problem(one.error) + asking_tools()
    if one.answer:
        return answered(one, one.answer)
    draft = drafted(one.draft) if one.draft else ""
    if one.stopped:
        return f'{draft}<p class="outcome">Stopped before the end.</p>{asking_tools()}'
    return draft or f'<p class="status" role="status">{escape(one.status)}</p>'
