"""The steps of an answer: understand, search, read, answer, and say how that went."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from assistant.answering import DECLINED, Reply, declined, reply_from_model, reply_from_reading
from assistant.evidence import choose_evidence, nearest_articles
from assistant.llms import LanguageModel
from assistant.question import rewritten_question, standalone_question
from assistant.reader.extractive import ExtractiveReader
from assistant.reader.reading import Reading
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
from index.types import Filters

_DEPTH = 4  # passages looked at for each one taken, so that repeated ones can be passed over


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A question with everything that was settled before it is searched."""

    question: str
    history: tuple[Turn, ...]
    filters: Filters
    top_k: int
    strict: bool
    today: date


@dataclass(frozen=True, slots=True)
class _Understood:
    """What is searched for a question, and why the model could not say it."""

    standalone: str
    fallback_reason: str | None = None


def answer_events(
    asked: Asked, library: Library, model: LanguageModel | None, *, started: float
) -> Iterator[Event]:
    """Answer a question: `Searched`, pieces of text, and the checked answer.

    `started` is the `time.perf_counter()` that the answer's total time counts from.
    """
    understood = _understand(asked, model)
    standalone = understood.standalone
    began = time.perf_counter()
    evidence, applied = _search(library, asked, standalone)
    found = time.perf_counter()
    yield Searched(
        standalone_question=standalone,
        evidence=evidence,
        filters=applied,
        model=model.name if model else ExtractiveReader.name,
        library_articles=len(library),
        seconds=found - started,
    )
    reading = _read(library, asked.question, standalone, evidence)
    writer, reason = model, understood.fallback_reason
    if reason is not None or not evidence:
        writer = None  # it failed a moment ago, or has nothing to write from
    reply = declined()
    for step in _replies(asked, standalone, evidence, reading, writer):
        match step:
            case str():
                yield TextDelta(step)
            case Reply():
                reply = step
            case LLMUnavailable():
                writer, reason = None, step.message
                reply = reply_from_reading(reading, evidence)
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
    evidence: Sequence[Evidence],
    reading: Reading,
    writer: LanguageModel | None,
) -> Iterator[str | Reply | LLMUnavailable]:
    """Pieces of text and the reply; the failure of the model, when it has one, as a value."""
    if writer is None:
        yield reply_from_reading(reading, evidence)
        return
    try:
        yield from reply_from_model(
            writer, standalone, evidence, today=asked.today, strict=asked.strict
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


def _search(
    library: Library, asked: Asked, standalone: str
) -> tuple[tuple[Evidence, ...], AppliedFilters]:
    since, until, sources = asked.filters.since, asked.filters.until, asked.filters.sources
    hits = library.search(
        standalone, top_k=asked.top_k * _DEPTH, since=since, until=until, sources=sources
    )
    passed = library.count(since=since, until=until, sources=sources)
    applied = AppliedFilters(
        since=since,
        until=until,
        sources=sources,
        articles=passed.articles,
        undated=passed.undated,
    )
    return choose_evidence(hits, asked.top_k), applied


def _read(
    library: Library, question: str, standalone: str, evidence: Sequence[Evidence]
) -> Reading:
    reader = ExtractiveReader(library.embedder, library.term_counts, library.stats().passages)
    if standalone.startswith(question):  # a follow-up with what it leans on put behind it
        return reader.read(question, evidence, context=standalone)
    return reader.read(standalone, evidence)


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
