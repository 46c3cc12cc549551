"""The conversation as HTML: questions, answers with their markers, what each answer rests on."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from assistant.rendering import day_line, independent_sources
from assistant.types import Answer, AppliedFilters, Conflict
from assistant.web.exchange import Exchange
from assistant.web.markup import byline, count, escape, shorten
from assistant.web.sources import Source, panel
from index.errors import AssistantError
from index.types import Article

_MARKER = re.compile(r"\s*\[(\d{1,4})\]")
_DECLINED = "The articles do not say."
_QUESTION_SHOWN = 600  # characters
Marker = Callable[[int], str]  # the HTML of the marker with that number

_DOT = '<span class="dot" aria-hidden="true"> · </span>'


def conversation(exchanges: Sequence[Exchange], empty: str = "") -> str:
    """Every turn, or `empty` (HTML) when nothing was asked yet.

    A screen reader is told of a turn when it is complete, not of each word as it comes.
    """
    turns = "".join(_turn(one) for one in exchanges)
    return f'<div class="log" role="log" aria-label="Conversation">{turns or empty}</div>'


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
    reason = f"{_DOT}<strong>{escape(fallback_reason)}</strong>" if fallback_reason else ""
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


def problem(error: AssistantError) -> str:
    """What went wrong and what to do about it, as one plain line."""
    return f'<p class="problem" role="status">{escape(str(error))}</p>'


def _turn(one: Exchange) -> str:
    question = escape(shorten(one.question, _QUESTION_SHOWN))
    busy = "true" if one.open else "false"
    return (
        f'<article class="turn" id="t{one.number}" aria-labelledby="t{one.number}-asked" '
        f'aria-busy="{busy}">'
        f'<h2 class="question" id="t{one.number}-asked">{question}</h2>{_body(one)}</article>'
    )


def _body(one: Exchange) -> str:
    if one.error:
        return problem(one.error)
    if one.answer:
        return _answer(one.number, one.answer, one.sources)
    draft = f'<div class="answer">{_paragraphs(one.draft, _pending)}</div>'
    if one.stopped:
        return f'{draft if one.draft else ""}<p class="outcome">Stopped before the end.</p>'
    status = f'<p class="status" role="status">{escape(one.status)}</p>'
    return draft if one.draft else status


def _answer(turn: int, answer: Answer, cited: Sequence[Source]) -> str:
    declined = answer.outcome == "not_in_articles"
    linked = _linked(turn, cited)
    words = _paragraphs(answer.text or _DECLINED, linked, answer.short)
    parts = [
        f'<div class="answer{" declined" if declined else ""}">{words}</div>',
        _unconfirmed(answer),
        _conflicts(answer.conflicts, linked),
        _nearest(answer.nearest) if declined else "",
        f'<p class="outcome">{_DOT.join(_outcome(answer))}</p>',
        *(f'<p class="notice">{escape(notice)}</p>' for notice in answer.notices),
    ]
    return "".join(parts)


def _linked(turn: int, cited: Sequence[Source]) -> Marker:
    """Markers as links to the quoted words; the first of each number can be linked back to."""
    known = {
        one.number: (place, source.title, one.quote)
        for place, source in enumerate(cited, 1)
        for one in source.citations
    }
    seen: set[int] = set()

    def marker(number: int) -> str:
        if number not in known:
            return f" [{number}]"
        place, title, quote = known[number]
        anchor = "" if number in seen else f' id="t{turn}-m{number}"'
        seen.add(number)
        return (
            f'<a class="marker"{anchor} href="#t{turn}-q{number}" data-card="t{turn}-a{place}" '
            f'data-n="{number}" title="{escape(shorten(quote, 400))}" '
            f'aria-label="Source {number}: {escape(shorten(title, 120))}">{number}</a>'
        )

    return marker


def _pending(number: int) -> str:
    return f'<span class="marker">{number}</span>'


def _paragraphs(text: str, marker: Marker, short: str = "") -> str:
    """The text in paragraphs, its markers rendered and everything between them escaped.

    The words that answer, `short`, stand out where they first appear.
    """
    rendered = []
    told = re.compile(rf"(?<!\w){re.escape(short)}(?!\w)") if short else None
    for paragraph in re.split(r"\n\s*\n", text.strip()):
        pieces, at = [], 0
        for match in [*_MARKER.finditer(paragraph), None]:
            words = paragraph[at : match.start() if match else None]
            if told and (found := told.search(words)):
                before, after = words[: found.start()], words[found.end() :]
                pieces += [escape(before), f"<strong>{escape(short)}</strong>", escape(after)]
                told = None
            else:
                pieces.append(escape(words))
            if match:
                pieces.append(marker(int(match[1])))
                at = match.end()
        rendered.append("<p>" + "".join(pieces).replace("\n", "<br>") + "</p>")
    return "".join(rendered)


def _outcome(answer: Answer) -> list[str]:
    """The parts of the line under an answer, as HTML."""
    cited = {citation.article_id for citation in answer.citations}
    searched = answer.filters.articles
    told = count(len(cited), "article")
    if len(cited) > 1:
        told += f", {count(independent_sources(answer), 'independent source')}"
    label = {
        "answered": f"Answered from {told}",
        "partial": f"Partly confirmed, from {told}" if cited else "Not confirmed by any article",
        "not_in_articles": f"Searched {count(searched, 'article')}"
        if searched
        else "Nothing to search",
    }[answer.outcome]
    parts = [f"<strong>{label}</strong>"]
    if answer.filters.newest:
        parts.append("newest first")
    if answer.as_of:
        parts.append(f"as of {day_line(answer.as_of)}")
    parts += _filters(answer.filters)
    if not answer.complete:
        parts.append("cut short: the model stopped before the end")
    if answer.model:
        parts.append(escape(answer.model))
    return parts


def _filters(applied: AppliedFilters) -> list[str]:
    if not applied:
        return []
    said = " · ".join(filter(None, (applied.range, " or ".join(applied.names))))
    undated = f", {applied.undated:,} undated left out" if applied.undated else ""
    return [f"{escape(said)} ({count(applied.articles, 'article')}{undated})"]


def _unconfirmed(answer: Answer) -> str:
    """The sentences that no article bears out, named so that they are not taken for the rest."""
    doubtful = [one.text for one in answer.sentences if one.support != "confirmed"]
    if answer.outcome != "partial" or not doubtful:
        return ""
    listed = "".join(f"<li>{escape(text)}</li>" for text in doubtful)
    return f'<div class="aside"><p>Not confirmed by the articles</p><ul>{listed}</ul></div>'


def _conflicts(conflicts: Sequence[Conflict], marker: Marker) -> str:
    """What reports say differently, side by side, each claim with a marker that leads to it."""
    rendered = []
    for conflict in conflicts:
        claims = "".join(
            f"<li>{escape(claim.value)} <span>"
            f"{byline(claim.citation.source or claim.citation.title, claim.citation.published)}"
            f"</span>{marker(claim.citation.number)}</li>"
            for claim in conflict.claims
        )
        rendered.append(f'<div class="aside"><p>Reports differ</p><ul>{claims}</ul></div>')
    return "".join(rendered)


def _nearest(articles: Sequence[Article]) -> str:
    if not articles:
        return ""
    listed = "".join(
        f"<li><cite>{escape(one.title)}</cite>{_DOT}"
        f"<span>{byline(one.source, one.published)}</span></li>"
        for one in articles
    )
    return f'<div class="aside"><p>The nearest articles</p><ul>{listed}</ul></div>'
