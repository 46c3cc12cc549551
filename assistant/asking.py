"""The steps of an answer: understand, search, read, answer, and say how that went."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import date

from assistant.answering import Reply, declined, reply_from_model, reply_from_reading
from assistant.evidence import nearest_articles
from assistant.llms import LanguageModel
from assistant.narrowing import asked_scope, narrowed, range_notices, silent_text
from assistant.question import Standalone, rewritten_question, standalone_question
from assistant.reader.extractive import WHOLE, ExtractiveReader
from assistant.reader.reading import Reading
from assistant.reader.spans import SpanReader
from assistant.scope import Scope
from assistant.standing import as_of, conflicts
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
    scope: Scope
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
    understood = _understand(asked, library, model)
    standalone = understood.standalone.text
    began = time.perf_counter()
    hits, applied = _search(library, asked, understood)
    found = time.perf_counter()
    reading = _read(library, network, asked, understood, hits)
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
            text=silent_text(library, applied) if silent else reply.checked.text,
            outcome=reply.outcome,
            short=reply.short,
            sentences=reply.checked.sentences,
            citations=reply.checked.citations,
            confidence=reading.confidence,
            nearest=nearest_articles(evidence) if silent else (),
            conflicts=() if silent else conflicts(asked.question, reading, reply.checked.citations),
            as_of=None if silent else as_of(standalone, reply.checked.citations, evidence, library),
            filters=applied,
            model=writer.name if writer else ExtractiveReader.name,
            fallback_reason=reason,
            complete=reply.complete,
            notices=(
                *_language_notices(library, evidence, reply),
                *range_notices(understood.scope, applied),
            ),
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


def _understand(asked: Asked, library: Library, model: LanguageModel | None) -> _Understood:
    """The question made standalone, by the model or by rule, and what it is asked of.

    A follow-up that names no days and no outlet is asked of those of the question before it.
    """
    standalone = standalone_question(asked.question, asked.history)
    reason: str | None = None
    if model is not None and asked.history:
        try:
            standalone = rewritten_question(asked.question, asked.history, model)
        except LLMUnavailable as error:
            reason = error.message
    own = asked.question if standalone.before else standalone.text
    scope = asked_scope(own, library, asked.today)
    if not scope.phrases and standalone.before:
        scope = asked_scope(standalone.before, library, asked.today)
    return _Understood(standalone, scope, reason)


def _search(
    library: Library, asked: Asked, understood: _Understood
) -> tuple[list[Hit], AppliedFilters]:
    """The passages that fit, and the filters under which they were found."""
    scope = understood.scope
    filters = narrowed(asked.filters, scope)
    if filters is None:  # the question names other days than the caller
        return [], AppliedFilters(
            since=scope.since, until=scope.until, phrases=scope.phrases, newest=scope.newest
        )
    only = asdict(filters)
    hits = library.search(
        scope.without_phrases(understood.standalone.text),
        top_k=max(_DEPTH, 2 * asked.top_k),
        whole=WHOLE,
        **only,
    )
    passed = library.count(**only)
    return hits, AppliedFilters(
        **only,
        phrases=scope.phrases,
        newest=scope.newest,
        articles=passed.articles,
        undated=passed.undated,
    )


def _read(
    library: Library,
    network: SpanReader,
    asked: Asked,
    understood: _Understood,
    hits: Sequence[Hit],
) -> Reading:
    reader = ExtractiveReader(network, library.term_counts)
    standalone, scope = understood.standalone, understood.scope
    question = asked.question if standalone.before else standalone.text
    return reader.read(
        scope.without_phrases(question),
        hits,
        top_k=asked.top_k,
        decline=asked.decline,
        before=scope.without_phrases(standalone.before),
        newest=scope.newest,
    )


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
