"""The assistant: a library and a model put together once, and asked as often as one likes."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from copy import copy
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Unpack

from assistant.asking import Asked, answer_events
from assistant.config import Settings
from assistant.followups import followups
from assistant.grounding.entailment import shared_entailment
from assistant.libraries import Articles, library_of, open_library, samples_library
from assistant.llms import LanguageModel, language_model
from assistant.question import checked_history, checked_question
from assistant.reader.extractive import ExtractiveReader
from assistant.reader.spans import shared_reader
from assistant.types import Answer, Answered, Event, Evidence, Turn
from index.errors import ArticleNotFound, InvalidOption
from index.filters import FilterOptions, make_filters
from index.library import Library

if TYPE_CHECKING:
    from llama_index.core.base.embeddings.base import BaseEmbedding
    from llama_index.core.llms import LLM

History = Iterable[Turn | Sequence[str]]

SAMPLES_NOTICE = "The library is empty: this comes from the bundled sample articles."


class Assistant:
    """Answers questions from one library, with models that are loaded once.

    `articles`: a path, an `Article`, or several, asked about without an earlier step. `library`:
    the folder of a library, or a `Library`. Neither: the library of the settings, and while that
    is empty the bundled samples. `llm`: "none", "auto", "openai:MODEL", "anthropic:MODEL",
    "ollama:MODEL", "huggingface:MODEL-OR-FOLDER", "http://HOST:PORT/v1#MODEL" or a LlamaIndex LLM;
    None takes the settings'. `embedding`: a sentence-transformers name or folder, or a LlamaIndex
    embedding; None takes the library's own. Raises InvalidOption, MissingExtra or PathUnusable for
    values that cannot be used. Safe to use from several threads.
    """

    def __init__(
        self,
        *,
        articles: Articles | None = None,
        library: str | Path | Library | None = None,
        llm: str | LLM | None = None,
        embedding: str | BaseEmbedding | None = None,
        settings: Settings | None = None,
    ) -> None:
        if articles is not None and library is not None:
            raise InvalidOption("Both articles and library are given.", "Give one of the two.")
        if isinstance(library, Library) and embedding is not None:
            raise InvalidOption(
                "A Library is given, and an embedding.", "Open the Library with the embedding."
            )
        self._settings = settings or Settings.from_environment()
        self._embedding = embedding
        self._notices: list[str] = []
        self._llm = language_model(
            self._settings.llm if llm is None else llm, self._settings.access
        )
        self._network = shared_reader()
        self._entailment = shared_entailment()  # read only where a language model writes
        self._may_use_samples = articles is None and library is None
        self._samples: Library | None = None
        if isinstance(library, Library):
            self._library = library
        elif articles is not None:
            self._library = library_of(articles, self._settings, self._embedding, self._notice)
        else:
            path = self._settings.library if library is None else Path(library)
            self._library = open_library(path, self._settings, self._embedding, self._notice)

    @property
    def library(self) -> Library:
        """The library that questions are asked of."""
        return self._library

    def holding(self, article_id: str) -> Library:
        """The library that an article is in; a sample's too, once it is not asked any more."""
        try:
            self._library.get(article_id)
        except ArticleNotFound:
            if self._may_use_samples:
                return self._sampled()
        return self._library

    @property
    def model(self) -> str:
        """Who answers: the name of the language model, or "built-in reader"."""
        return self._llm.name if self._llm else ExtractiveReader.name

    @property
    def settings(self) -> Settings:
        """What it was made with."""
        return self._settings

    def answering_by(self, llm: str | LLM) -> Assistant:
        """Another assistant over the same library and reader, in which `llm` answers.

        Raises InvalidOption or MissingExtra for what cannot.
        """
        other = copy(self)
        other._llm = language_model(llm, self._settings.access)
        return other

    def warm_up(self) -> None:
        """Load the models now, so that the first question does not wait for them."""
        self._source()[0].warm_up()
        self._network.read("warm up", [("", "warm up")])
        if self._llm:
            self._entailment.read("warm up", [("", "warm up")])

    def ask(
        self,
        question: str,
        *,
        history: History = (),
        top_k: int | None = None,
        strict: bool = False,
        now: datetime | date | None = None,
        **only: Unpack[FilterOptions],
    ) -> Answer:
        """Answer a question; see `assistant.ask` for the arguments."""
        answer: Answer | None = None
        for event in self.stream(
            question,
            history=history,
            top_k=top_k,
            strict=strict,
            now=now,
            **only,
        ):
            if isinstance(event, Answered):
                answer = event.answer
        if answer is None:
            raise RuntimeError("a stream ended without an answer")
        return answer

    def stream(
        self,
        question: str,
        *,
        history: History = (),
        top_k: int | None = None,
        strict: bool = False,
        now: datetime | date | None = None,
        **only: Unpack[FilterOptions],
    ) -> Iterator[Event]:
        """Answer a question step by step: `Searched`, then `TextDelta`s, then `Answered`.

        `Searched` comes as soon as something is found, again for a follow-up in a model's words,
        and last with what is read: each replaces the one before. The answer of `Answered` replaces
        the pieces of text. Closing the iterator stops the model. What cannot be asked raises
        before the first event.
        """
        return self._events(
            self._asked(question, history, top_k, strict=strict, now=now, only=only)
        )

    def suggest(
        self, answer: Answer, evidence: Sequence[Evidence], **only: Unpack[FilterOptions]
    ) -> tuple[str, ...]:
        """Up to three questions to go on with, which the articles are known to answer.

        `evidence` is what the answer was made from; the built-in reader tries the questions under
        the filters `only`.
        """
        library, _ = self._source()

        def ask(question: str) -> Answer:
            asked = self._asked(question, (), None, strict=False, now=None, only=only)
            events = self._answering(asked, library, None, time.perf_counter())
            return next(event.answer for event in events if isinstance(event, Answered))

        return followups(answer, evidence, ask)

    async def aask(self, question: str, **options: object) -> Answer:
        """`ask`, in a thread of its own; takes the same arguments."""
        return await asyncio.to_thread(self.ask, question, **options)  # type: ignore[arg-type]

    async def astream(self, question: str, **options: object) -> AsyncIterator[Event]:
        """`stream`, each step in a thread of its own; takes the same arguments."""
        events = self.stream(question, **options)  # type: ignore[arg-type]
        try:
            while (event := await asyncio.to_thread(next, events, None)) is not None:
                yield event
        finally:
            close = getattr(events, "close", None)
            if close is not None:
                await asyncio.to_thread(close)

    def close(self) -> None:
        """Let go of the libraries' files; the assistant can be used again afterwards."""
        self._library.close()
        if self._samples is not None:
            self._samples.close()

    def __enter__(self) -> Assistant:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _answering(
        self, asked: Asked, library: Library, model: LanguageModel | None, started: float
    ) -> Iterator[Event]:
        self._network.load_ahead()
        networks = self._network, self._entailment
        return answer_events(asked, library, model, *networks, started=started)

    def _events(self, asked: Asked) -> Iterator[Event]:
        started = time.perf_counter()
        library, notices = self._source()
        for event in self._answering(asked, library, self._llm, started):
            if isinstance(event, Answered):
                told = dict.fromkeys((*notices, *self._drain(), *event.answer.notices))
                yield Answered(replace(event.answer, notices=tuple(told)))
            else:
                yield event

    def _asked(
        self,
        question: str,
        history: History,
        top_k: int | None,
        *,
        strict: bool,
        now: datetime | date | None,
        only: FilterOptions,
    ) -> Asked:
        return Asked(
            question=checked_question(question),
            history=checked_history(history),
            filters=make_filters(**only),
            top_k=_checked_top_k(self._settings.top_k if top_k is None else top_k),
            strict=strict,
            today=_today(now),
            decline=self._settings.decline,
        )

    def _source(self) -> tuple[Library, list[str]]:
        """The library to search now, and what must be said of it."""
        if len(self._library):
            return self._library, []
        if not self._may_use_samples:
            return self._library, []
        return self._sampled(), [SAMPLES_NOTICE]

    def _sampled(self) -> Library:
        """The library of the bundled samples, made when it is first wanted."""
        if self._samples is None:
            self._samples = samples_library(self._settings, self._embedding, self._notice)
        return self._samples

    def _notice(self, line: str) -> None:
        self._notices.append(line)

    def _drain(self) -> list[str]:
        notices, self._notices[:] = list(self._notices), []
        return notices


def _checked_top_k(value: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= 50:
        raise InvalidOption(f"top_k={value!r} is not a number from 1 to 50.", "Try 6.")
    return value


def _today(now: datetime | date | None) -> date:
    if now is None:
        return datetime.now().astimezone().date()
    if isinstance(now, datetime):
        return now.date()
    if isinstance(now, date):
        return now
    raise InvalidOption(f"now={now!r} is not a date.", "Pass a date or datetime.")
