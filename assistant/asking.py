"""The steps of an answer: understand, search, read, answer, and say how that went."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date

from assistant.answering import Reply, declined, reply_from_model, reply_from_reading
from assistant.evidence import nearest_articles, numbered
from assistant.grounding.entailment import Entailment
from assistant.grounding.support import Judge
from assistant.llms import LanguageModel
from assistant.narrowing import (
    Understood,
    asked_scope,
    narrowed,
    range_notices,
    silent_text,
    understood,
)
from assistant.question import points_back, rewritten_question
from assistant.reader.extractive import WHOLE, ExtractiveReader
from assistant.reader.overview import articles_of, happening, overview, wide_subject
from assistant.reader.reading import Reading
from assistant.reader.spans import SpanReader
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

_NEWEST = 20  # articles looked at where the newest of all are asked for
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
class _Found:
    """What a question was searched as, what that found, and who is to answer from it."""

    known: Understood
    hits: list[Hit]
    applied: AppliedFilters
    writer: LanguageModel | None
    understanding: float  # seconds until it was known what to search
    searching: float = 0.0
    reason: str | None = None  # why it is not the model that was to


def answer_events(
    asked: Asked,
    library: Library,
    model: LanguageModel | None,
    network: SpanReader,
    entailment: Entailment,
    *,
    started: float,
) -> Iterator[Event]:
    """Answer a question: `Searched`, pieces of text, and the checked answer.

    What is found is told at once, by the rule-made question where it is a follow-up, then as the
    model puts that, and last as the built-in reader ranks it, which it does also when a model
    answers. `started` is the `time.perf_counter()` that the answer's total time counts from.
    """

    def searched(evidence: tuple[Evidence, ...]) -> Searched:
        return Searched(
            standalone_question=found.known.standalone.text,
            evidence=evidence,
            filters=found.applied,
            model=found.writer.name if found.writer else ExtractiveReader.name,
            library_articles=len(library),
            seconds=time.perf_counter() - started,
        )

    for found in _looked_up(asked, library, model):
        yield searched(numbered(found.hits[: asked.top_k]))
    began = time.perf_counter()
    known, applied, writer, reason = found.known, found.applied, found.writer, found.reason
    standalone = known.standalone.text
    reading = _read(library, network, asked, known, found.hits)
    evidence = reading.evidence
    yield searched(evidence)
    if not evidence:
        writer = None  # it has nothing to write from
    reply = declined()
    grounds = Judge(network, entailment, library.embedder.embed)
    for step in _replies(asked, standalone, reading, writer, grounds):
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
            text=(
                silent_text(library, asked.filters, known.scope, applied)
                if silent
                else reply.checked.text
            ),
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
                *range_notices(known.scope, applied),
            ),
            timings=Timings(
                question=found.understanding,
                retrieval=found.searching,
                answering=ended - began,
                total=ended - started,
            ),
        )
    )


def _replies(
    asked: Asked,
    standalone: str,
    reading: Reading,
    writer: LanguageModel | None,
    grounds: Judge,
) -> Iterator[str | Reply | LLMUnavailable]:
    """Pieces of text and the reply; the failure of the model, when it has one, as a value."""
    if writer is None:
        yield reply_from_reading(reading)
        return
    try:
        yield from reply_from_model(
            writer, standalone, reading, grounds, today=asked.today, strict=asked.strict
        )
    except LLMUnavailable as error:
        yield error


def _looked_up(asked: Asked, library: Library, model: LanguageModel | None) -> Iterator[_Found]:
    """What is found for the question as the rules have it, then as the model puts a follow-up.

    The first does not wait for the model: an asker sees at once that something happens.
    """
    began = time.perf_counter()
    known = understood(asked.question, asked.history, library, asked.today)
    settled = time.perf_counter()
    found = _Found(known, *_search(library, asked, known), model, settled - began)
    found = replace(found, searching=time.perf_counter() - settled)
    yield found
    if model is None or not asked.history:
        return
    began = time.perf_counter()
    known, reason = _rewritten(asked, known, library, model)
    settled = time.perf_counter()
    hits, applied = found.hits, found.applied
    if known != found.known:
        hits, applied = _search(library, asked, known)
    yield _Found(
        known,
        hits,
        applied,
        model if reason is None else None,  # it failed a moment ago
        found.understanding + settled - began,
        found.searching + time.perf_counter() - settled,
        reason,
    )


def _rewritten(
    asked: Asked, by_rule: Understood, library: Library, model: LanguageModel
) -> tuple[Understood, str | None]:
    """A follow-up in the model's words, and what it is asked of; why by rule, where it failed."""
    try:
        standalone = rewritten_question(asked.question, asked.history, model)
    except LLMUnavailable as error:
        return by_rule, error.message
    if standalone.before:  # the model gave no question
        return by_rule, None
    own = asked_scope(asked.question, library, asked.today)
    rewritten = asked_scope(standalone.text, library, asked.today)
    return Understood(standalone, own.or_else(rewritten)), None


def _search(library: Library, asked: Asked, known: Understood) -> tuple[list[Hit], AppliedFilters]:
    """The passages that fit, and the filters under which they were found."""
    scope = known.scope
    filters = narrowed(asked.filters, scope)
    if filters is None:  # the question names other days than the caller
        return [], AppliedFilters(
            since=asked.filters.since,
            until=asked.filters.until,
            sources=asked.filters.sources or scope.sources,
            phrases=scope.phrases,
            newest=scope.newest,
        )
    only = asdict(filters)
    hits = library.search(
        scope.without_phrases(known.standalone.text),
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
    known: Understood,
    hits: Sequence[Hit],
) -> Reading:
    """What the hits say: one thing by its sentence, what is asked in general by newest reports."""
    standalone, scope = known.standalone, known.scope
    question = scope.rest_of(standalone.own)
    leans = standalone.before and points_back(question)
    subject = None if leans else wide_subject(question, of_outlet=bool(scope.outlets))
    if subject is None:
        reader = ExtractiveReader(network, library.term_counts)
        reading = reader.read(
            scope.without_phrases(standalone.own),
            hits,
            top_k=asked.top_k,
            decline=asked.decline,
            before=scope.without_phrases(standalone.before),
            newest=scope.newest,
        )
        if reading.answered or (subject := happening(question)) is None:
            return reading
    filters = narrowed(asked.filters, scope)
    if subject or filters is None:
        articles = articles_of(hits)
    else:
        articles = library.list(limit=_NEWEST, **asdict(filters))
    told = overview(articles, subject, top_k=asked.top_k)
    return told if told.answered else Reading(evidence=numbered(hits[: asked.top_k]))


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
