"""Source cards: the articles that an answer stands on, the quoted words marked in their place."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from pathlib import PurePath

from assistant.harmless import web_address
from assistant.types import Answer, Citation, Evidence
from assistant.web.markup import byline, count, escape
from assistant.web.timeline import moments

_CONTEXT = 240  # characters shown at most on each side of a quote: about five lines of a card
_SENTENCE_END = re.compile(r"[.!?][\"'”’)]*\s+")
# A blank line, or the end of a line that ends a sentence: lines of a fixed width do not break it.
_PARAGRAPH_END = re.compile(r"(?<=[.!?\"'”’)])\s*\n\s*|\s*\n\s*\n\s*")
_SPACE = re.compile(r"\s+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Excerpt:
    """A slice of an article around its quotes: `article.text[start:end] == text`.

    `opens` and `closes` say whether the slice begins and ends where the article does.
    """

    text: str
    start: int
    end: int
    opens: bool
    closes: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One article that an answer cites, with every quote taken from it and its excerpts."""

    article_id: str
    title: str
    outlet: str | None
    published: date | None
    url: str | None
    also_in: tuple[str, ...]
    citations: tuple[Citation, ...]
    excerpts: tuple[Excerpt, ...]


def gather(
    answer: Answer, evidence: Iterable[Evidence], text_of: Callable[[str], str]
) -> tuple[Source, ...]:
    """The sources of an answer and of what differs from it, one an article, as they are cited.

    `text_of` gives the text of an article by its id; it is asked for articles that are not among
    the evidence, and gives "" when it has none.
    """
    hits = [one.hit for one in evidence]
    texts = {hit.article.id: hit.article.text for hit in hits}
    passages = [(hit.article.id, hit.passage.start, hit.passage.end) for hit in hits]
    by_article: dict[str, list[Citation]] = {}
    rivals = [claim.citation for conflict in answer.conflicts for claim in conflict.claims]
    for citation in dict.fromkeys((*answer.citations, *rivals)):
        by_article.setdefault(citation.article_id, []).append(citation)
    found = []
    for article_id, citations in by_article.items():
        text = texts.get(article_id) or text_of(article_id)
        bounds = [(start, end) for owner, start, end in passages if owner == article_id]
        first = citations[0]
        found.append(
            Source(
                article_id=article_id,
                title=first.title,
                outlet=first.source,
                published=first.published,
                url=first.url,
                also_in=tuple(dict.fromkeys(name for one in citations for name in one.also_in)),
                citations=tuple(citations),
                excerpts=_excerpts(text, citations, bounds),
            )
        )
    # The newest first, the undated last; of one day as they are cited.
    return tuple(sorted(found, key=lambda one: -(one.published or date.min).toordinal()))


def _excerpts(
    text: str, citations: Sequence[Citation], passages: Sequence[tuple[int, int]]
) -> tuple[Excerpt, ...]:
    windows = sorted(
        _window(text, one.start, one.end, passages)
        for one in citations
        if text[one.start : one.end] == one.quote
    )
    merged: list[tuple[int, int]] = []
    for start, end in windows:
        if merged and start <= merged[-1][1] + 1:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return tuple(
        Excerpt(
            text=text[start:end],
            start=start,
            end=end,
            opens=not text[:start].strip(),
            closes=not text[end:].strip(),
        )
        for start, end in merged
    )


def _window(
    text: str, start: int, end: int, passages: Sequence[tuple[int, int]]
) -> tuple[int, int]:
    """The bounds of what is shown around a quote: its paragraph, or whole sentences of it."""
    around = [bounds for bounds in passages if bounds[0] <= start and end <= bounds[1]]
    first, last = around[0] if around else (0, len(text))
    low, high = max(first, start - _CONTEXT), min(last, end + _CONTEXT)
    if before := list(_PARAGRAPH_END.finditer(text, low, start)):
        low = before[-1].end()
    elif low > first:
        breaks = [*_SENTENCE_END.finditer(text, low, start)] or [*_SPACE.finditer(text, low, start)]
        low = breaks[0].end() if breaks else start
    if after := _PARAGRAPH_END.search(text, end, high):
        high = after.start()
    elif high < last:
        breaks = [*_SENTENCE_END.finditer(text, end, high)] or [*_SPACE.finditer(text, end, high)]
        high = breaks[-1].end() if breaks else end
    while low < start and text[low].isspace():
        low += 1
    while high > end and text[high - 1].isspace():
        high -= 1
    return low, high


def panel(turn: int, question: str, sources: Sequence[Source]) -> str:
    """The source cards of one answer as HTML; element ids begin with `t<turn>-`."""
    if not sources:
        return ""
    when = moments([one.published for one in sources if one.published])
    cards = "".join(_card(turn, place, source) for place, source in enumerate(sources, 1))
    return (
        f'<section class="cards" id="t{turn}-sources" data-turn="{turn}">'
        f"<h2>Sources <span>{_tally(sources)}</span></h2>"
        '<button type="button" class="lower tool">Close</button>'
        f'<p class="about">for “{escape(question)}”</p>{when}{cards}</section>'
    )


def _tally(sources: Sequence[Source]) -> str:
    """How many articles, and how many of them do not come from one outlet."""
    told = count(len(sources), "article")
    outlets = {(one.outlet or one.article_id).casefold() for one in sources}
    return told if len(sources) < 2 else f"{told}, {len(outlets)} independent"


def _card(turn: int, place: int, source: Source) -> str:
    numbers = "".join(
        f'<a class="number" href="#t{turn}-m{one.number}" aria-label="Back to marker '
        f'{one.number} in the answer">{one.number}</a>'
        for one in source.citations
    )
    shown = "".join(_excerpt_html(turn, excerpt, source.citations) for excerpt in source.excerpts)
    if not source.excerpts:  # its article has gone since the answer: the quotes are still known
        shown = "".join(
            f'<blockquote><mark data-n="{one.number}"><sup id="t{turn}-q{one.number}">{one.number}'
            f"</sup>{escape(one.quote)}</mark></blockquote>"
            for one in source.citations
        )
    also = (
        f'<p class="also">Also in: {escape(", ".join(map(_place, source.also_in)))}</p>'
        if source.also_in
        else ""
    )
    address = web_address(source.url)
    link = (
        f'<a href="{escape(address)}" target="_blank" rel="noopener noreferrer">'
        "Read the original</a>"
        if address
        else ""
    )
    ways = (
        f'<p class="open"><button type="button" data-article="{escape(source.article_id)}" '
        f'data-turn="{turn}">Open article</button>{link}</p>'
    )
    return (
        f'<article class="card" id="t{turn}-a{place}" tabindex="-1" '
        f'aria-labelledby="t{turn}-h{place}">'
        f'<header><p class="numbers">{numbers}</p><p class="by">'
        f"{byline(source.outlet, source.published)}</p></header>"
        f'<h3 id="t{turn}-h{place}">{escape(source.title)}</h3>{shown}{also}{ways}</article>'
    )


def _place(name: str) -> str:
    """An outlet as it is named; of a file, the name without its folders."""
    return PurePath(name).name if PurePath(name).is_absolute() else name


def _excerpt_html(turn: int, excerpt: Excerpt, citations: Sequence[Citation]) -> str:
    inside = [one for one in citations if excerpt.start <= one.start and one.end <= excerpt.end]
    edges = {excerpt.start, excerpt.end}
    edges.update(edge for one in inside for edge in (one.start, one.end))
    cuts = sorted(edges)
    pieces = []
    for start, end in pairwise(cuts):  # quotes may overlap: mark by segments
        words = escape(excerpt.text[start - excerpt.start : end - excerpt.start])
        covering = [one for one in inside if one.start <= start and end <= one.end]
        if not covering:
            pieces.append(words)
            continue
        labels = "".join(
            f'<sup id="t{turn}-q{one.number}">{one.number}</sup>'
            for one in covering
            if one.start == start
        )
        numbers = " ".join(str(one.number) for one in covering)
        pieces.append(f'<mark data-n="{numbers}">{labels}{words}</mark>')
    before = "" if excerpt.opens else '<span class="cut">…&nbsp;</span>'
    after = "" if excerpt.closes else '<span class="cut">&nbsp;…</span>'
    return f"<blockquote>{before}{''.join(pieces)}{after}</blockquote>"
