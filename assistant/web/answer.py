"""One answer as HTML: its words with their markers, what they rest on, and what one can do next."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from assistant.exporting import answer_markdown, answer_text
from assistant.rendering import day_line, independent_sources
from assistant.types import Answer, AppliedFilters, Claim, Conflict
from assistant.web.exchange import Exchange
from assistant.web.markup import DOT, byline, count, escape, shorten
from assistant.web.sources import Source
from index.types import Article

_MARKER = re.compile(r"\s*\[(\d{1,4})\]")
_DECLINED = "The articles do not say."
_READ = 12  # passages that are listed among the steps
Marker = Callable[[int], str]  # the HTML of the marker with that number


def answered(one: Exchange, answer: Answer) -> str:
    """A whole answer; element ids begin with `t<turn>-`."""
    declined = answer.outcome == "not_in_articles"
    linked = _linked(one.number, one.sources)
    words = _paragraphs(answer.text or _DECLINED, linked, answer.short)
    parts = [
        f'<div class="answer{" declined" if declined else ""}">{words}</div>',
        _unconfirmed(answer),
        _conflicts(answer.conflicts, linked),
        _nearest(answer.nearest) if declined else "",
        f'<p class="outcome">{DOT.join(_outcome(answer))}</p>',
        *(f'<p class="notice">{escape(notice)}</p>' for notice in answer.notices),
        _steps(one, answer),
        _tools(one, answer),
    ]
    return "".join(parts)


def drafted(text: str) -> str:
    """An answer that is still being written: its markers lead nowhere yet."""
    return f'<div class="answer">{_paragraphs(text, _pending)}</div>'


def asking_tools() -> str:
    """What can be done with a question that got no answer."""
    return f'<div class="deeds" role="group" aria-label="This question">{_ASKING}</div>'


_ASKING = (
    '<button type="button" class="tool" data-do="again">Ask again</button>'
    '<button type="button" class="tool" data-do="edit">Edit question</button>'
)


def _tools(one: Exchange, answer: Answer) -> str:
    def copying(label: str, text: str) -> str:
        return (
            f'<button type="button" class="tool" data-do="copy" data-text="{escape(text)}">'
            f"{label}</button>"
        )

    def judging(verdict: str, label: str) -> str:
        pressed = "true" if one.verdict == verdict else "false"
        return (
            f'<button type="button" class="tool" data-do="judge" data-verdict="{verdict}" '
            f'aria-pressed="{pressed}">{label}</button>'
        )

    remark = (
        '<form class="remark" hidden><label>What was wrong? '
        f'<input type="text" maxlength="1000" value="{escape(one.remark)}"></label>'
        '<button type="submit" class="tool">Send</button></form>'
    )
    return (
        '<div class="deeds" role="group" aria-label="This answer">'
        f"{copying('Copy', answer_text(answer))}"
        f"{copying('Copy with sources', answer_markdown(answer))}{_ASKING}"
        f'<span class="judging">{judging("good", "Helpful")}{judging("bad", "Not helpful")}</span>'
        f"</div>{remark}"
    )


def _steps(one: Exchange, answer: Answer) -> str:
    """What was done for an answer, folded: searched how many articles, read how many passages."""
    told = [f"Searched {count(answer.filters.articles, 'article')}"]
    if one.read:
        told.append(f"read {count(len(one.read), 'passage')}")
    told.append(f"{answer.timings.total:.1f} s")
    lines = []
    asked = answer.standalone_question
    if asked and asked.strip().casefold() != answer.question.strip().casefold():
        lines.append(f"<p>Understood as “{escape(asked)}”</p>")
    if answer.confidence:
        sure = f"{answer.confidence:.0%}"
        lines.append(f"<p>Probability that the articles answer it: {sure}</p>")
    if one.read:
        passages = "".join(f"<li>{escape(title)}</li>" for title in one.read[:_READ])
        lines.append(f"<p>Passages read, the most telling first:</p><ol>{passages}</ol>")
    return (
        f'<details class="steps"><summary>{DOT.join(told)}</summary>{"".join(lines)}</details>'
        if lines
        else f'<p class="steps">{DOT.join(told)}</p>'
    )


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
    """What reports say differently, side by side: each claim, its words, who tells it and when."""
    rendered = []
    for conflict in conflicts:
        claims = "".join(_claim(claim, marker) for claim in conflict.claims)
        rendered.append(f'<div class="aside differ"><p>Reports differ</p><ul>{claims}</ul></div>')
    return "".join(rendered)


def _claim(claim: Claim, marker: Marker) -> str:
    citation = claim.citation
    return (
        f"<li><strong>{escape(claim.value)}</strong>{marker(citation.number)}"
        f"<blockquote>{escape(shorten(citation.quote, 240))}</blockquote>"
        f"<span>{byline(citation.source or citation.title, citation.published)}</span></li>"
    )


def _nearest(articles: Sequence[Article]) -> str:
    if not articles:
        return ""
    listed = "".join(
        f"<li><cite>{escape(one.title)}</cite>{DOT}"
        f"<span>{byline(one.source, one.published)}</span></li>"
        for one in articles
    )
    return f'<div class="aside"><p>The nearest articles</p><ul>{listed}</ul></div>'
