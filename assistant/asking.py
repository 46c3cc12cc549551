"""The steps of an answer: understand, search, read, answer, and say how that went."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from assistant.answering import DECLINED, Reply, declined, reply_from_model, reply_from_reading
from assistant.evidence import nearest_articles
from assistant.llms import LanguageModel
from assistant.question import Standalone, rewritten_question, standalone_question
from assistant.reader.extractive import WHOLE, ExtractiveReader
from assistant.reader.reading import Reading
from assistant.reader.spans import SpanReader
from assistant.types import (
    Answer,
    Answered,
    AppliedFilters,
    Event,
    Evidence,
    Searched,
    TextDelta,
    Timings,
    Turn,
)
from index.embedding import BUNDLED
from index.errors import LLMUnavailable
from index.library import Library
from index.types import Filters, Hit

_DEPTH = 40  # passages looked up at least: copies are passed over, the rest is ranked anew


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A question with everything that was settled before it is searched."""

    question: str
    history: tuple[Turn, ...]
    filters: Filters
    top_k: int
    strict: bool
    today: date
    decline: float  # share of answerable questions that may be declined


@dataclass(frozen=True, slots=True)
class _Understood:
    """What is searched for a question, and why the model could not say it."""

    standalone: Standalone
    fallback_reason: str | None = None


def answer_events(
    asked: Asked,
    library: Library,
    model: LanguageModel | None,
    network: SpanReader,
    *,
    started: float,
) -> Iterator[Event]:
    """Answer a question: `Searched`, pieces of text, and the checked answer.

    The built-in reader ranks the passages also when a model answers from them. `started` is the
    `time.perf_counter()` that the answer's total time counts from.
    """
    understood = _understand(asked, model)
    standalone = understood.standalone.text
    began = time.perf_counter()
    hits, applied = _search(library, asked, standalone)
    found = time.perf_counter()
    reading = _read(library, network, asked, understood.standalone, hits)
    evidence = reading.evidence
    yield Searched(
        standalone_question=standalone,
        evidence=evidence,
        filters=applied,
        model=model.name if model else ExtractiveReader.name,
        library_articles=len(library),
        seconds=time.perf_counter() - started,
    )
    writer, reason = model, understood.fallback_reason
    if reason is not None or not evidence:
        writer = None  # it failed a moment ago, or has nothing to write from
    reply = declined()
    for step in _replies(asked, standalone, reading, writer):
        match step:
            case str():
                yield TextDelta(step)
            case Reply():
                reply = step
            case LLMUnavailable():
                writer, reason = None, step.message
                reply = reply_from_reading(reading)
    if writer is None and reply.outcome != "not_in_articles":
        yield TextDelta(reply.checked.text)
    ended = time.perf_counter()
    silent = reply.outcome == "not_in_articles"
    yield Answered(
        Answer(
            question=asked.question,
            standalone_question=standalone,
            text=_silent_text(library, applied) if silent else reply.checked.text,
            outcome=reply.outcome,
            short=reply.short,
            sentences=reply.checked.sentences,
            citations=reply.checked.citations,
            confidence=reading.confidence,
            nearest=nearest_articles(evidence) if silent else (),
            filters=applied,
            model=writer.name if writer else ExtractiveReader.name,
            fallback_reason=reason,
            complete=reply.complete,
            notices=(*_language_notices(library, evidence, reply), *_undated(applied)),
            timings=Timings(
                question=began - started,
                retrieval=found - began,
                answering=ended - found,
                total=ended - started,
            ),
        )
    )


def _replies(
    asked: Asked,
    standalone: str,
    reading: Reading,
    writer: LanguageModel | None,
) -> Iterator[str | Reply | LLMUnavailable]:
    """Pieces of text and the reply; the failure of the model, when it has one, as a value."""
    if writer is None:
        yield reply_from_reading(reading)
        return
    try:
        yield from reply_from_model(
            writer, standalone, reading.evidence, today=asked.today, strict=asked.strict
        )
    except LLMUnavailable as error:
        yield error


def _understand(asked: Asked, model: LanguageModel | None) -> _Understood:
    """The question made standalone: by the model, or by rule when there is none or it fails."""
    standalone = standalone_question(asked.question, asked.history)
    reason: str | None = None
    if model is not None and asked.history:
        try:
            standalone = rewritten_question(asked.question, asked.history, model)
        except LLMUnavailable as error:
            reason = error.message
    return _Understood(standalone, reason)


def _search(library: Library, asked: Asked, standalone: str) -> tuple[list[Hit], AppliedFilters]:
    since, until, sources = asked.filters.since, asked.filters.until, asked.filters.sources
    hits = library.search(
        standalone,
        top_k=max(_DEPTH, 2 * asked.top_k),
        since=since,
        until=until,
        sources=sources,
        whole=WHOLE,
    )
    passed = library.count(since=since, until=until, sources=sources)
    applied = AppliedFilters(
        since=since,
        until=until,
        sources=sources,
        articles=passed.articles,
        undated=passed.undated,
    )
    return hits, applied


def _read(
    library: Library,
    network: SpanReader,
    asked: Asked,
    standalone: Standalone,
    hits: Sequence[Hit],
) -> Reading:
    reader = ExtractiveReader(network, library.term_counts)
    question = asked.question if standalone.before else standalone.text
    return reader.read(
        question, hits, top_k=asked.top_k, decline=asked.decline, before=standalone.before
    )


def _silent_text(library: Library, applied: AppliedFilters) -> str:
    """What is said instead of an answer: where there was nothing to search, that."""
    if applied.articles:
        return DECLINED
    if len(library):
        return "No article passes the filters."
    return f"The library {library.path} is empty: add articles to it first."


def _undated(applied: AppliedFilters) -> list[str]:
    if not applied.undated:
        return []
    articles = (
        "1 undated article was"
        if applied.undated == 1
        else f"{applied.undated} undated articles were"
    )
    return [f"{articles} left out by the dates asked for."]


def _language_notices(library: Library, evidence: Sequence[Evidence], reply: Reply) -> list[str]:
    """That what was cited, or was nearest to a declined question, is in a language read badly."""
    if library.embedder.name != BUNDLED:
        return []
    cited = {citation.article_id for citation in reply.checked.citations}
    if not cited:
        cited = {article.id for article in nearest_articles(evidence)}
    shown = [item.hit.article for item in evidence if item.hit.article.id in cited]
    languages = {article.language for article in shown} - {None, "en"}
    if not languages:
        return []
    named = ", ".join(sorted(language for language in languages if language))
    return [
        f"Some articles are in another language ({named}); the bundled model reads English. "
        "The README names one that reads many."
    ]
