"""One question and what came back, from "searching" to the checked answer, as the page knows it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, cast

from assistant.conversations import KeptTurn, Verdict
from assistant.types import Answer, Answered, Evidence, Searched, TextDelta, Turn
from assistant.web.markup import count
from assistant.web.running import Running
from assistant.web.sources import Source, gather
from index.errors import ArticleNotFound, AssistantError
from index.filters import FilterOptions

if TYPE_CHECKING:
    from collections.abc import Generator

    from assistant.assistant import Assistant
    from assistant.types import Event

_REFRESH = 0.08  # seconds between two states of a growing answer: reads as steady, costs little


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """A question of the conversation and where it stands.

    While it is open, `status` says what is being done and `draft` holds the text so far; it ends
    with an `answer`, an `error`, or `stopped`.
    """

    number: int
    question: str
    status: str = ""
    draft: str = ""
    answer: Answer | None = None
    sources: tuple[Source, ...] = ()
    error: AssistantError | None = None
    stopped: bool = False
    read: tuple[str, ...] = ()  # headlines of the passages that were read
    verdict: Verdict = ""  # what its reader said of the answer
    remark: str = ""
    evidence: tuple[Evidence, ...] = field(default=(), repr=False)

    @property
    def open(self) -> bool:
        """Whether more is to come."""
        return self.answer is None and self.error is None and not self.stopped

    def fail(self, error: AssistantError) -> Exchange:
        """This exchange ended by an error; an ended one is unchanged."""
        return replace(self, status="", draft="", error=error) if self.open else self

    def stop(self) -> Exchange:
        """This exchange as the reader left it; an ended one is unchanged.

        Stopping may break an answer off in the middle of a step, which then fails as nobody
        foresaw, a moment before it is known that it was stopped: that is no failure.
        """
        broken_off = type(self.error) is AssistantError  # each that was foreseen has its own class
        if self.open or broken_off:
            return replace(self, status="", error=None, stopped=True)
        return self


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    """How a reader wants to be answered: from how many passages, how strictly, from what."""

    top_k: int | None = None
    strict: bool = False
    only: FilterOptions = field(default_factory=FilterOptions)


_AS_IT_COMES = Wishes()


def history(exchanges: Sequence[Exchange]) -> tuple[Turn, ...]:
    """The answered turns of a conversation, for the next question to refer to."""
    return tuple(
        Turn(question=one.question, answer=one.answer.text) for one in exchanges if one.answer
    )


def follow(
    assistant: Assistant,
    question: str,
    earlier: Sequence[Exchange] = (),
    wishes: Wishes = _AS_IT_COMES,
    *,
    running: Running | None = None,
    ready: bool = True,
    clock: Callable[[], float] = time.monotonic,
) -> Iterator[Exchange]:
    """Ask, and give every state that the page should show; the last one has ended.

    `running` lets the reader end it. `ready` is False while the models are being loaded. An
    AssistantError ends the exchange, it is never raised.
    """
    number = earlier[-1].number + 1 if earlier else 1
    waiting = "Searching the articles" if ready else "Loading the models, then searching"
    now = Exchange(number=number, question=question, status=f"{waiting}…")
    yield now
    shown_at = clock()
    try:
        events = cast(
            "Generator[Event]",
            assistant.stream(
                question,
                history=history(earlier),
                top_k=wishes.top_k,
                strict=wishes.strict,
                **wishes.only,
            ),
        )
        # A model's stream ends when this generator is closed, and when the reader stops it.
        told = running.pulled(events) if running else events
        with closing(told):
            for event in told:
                now = _after(now, event, assistant)
                if not isinstance(event, TextDelta) or clock() - shown_at >= _REFRESH:
                    yield now
                    shown_at = clock()
        if now.open:  # the reader stopped it
            yield now.stop()
    except AssistantError as error:
        yield now.fail(error)


def _after(now: Exchange, event: Event, assistant: Assistant) -> Exchange:
    if isinstance(event, Searched):
        articles = len({one.hit.article.id for one in event.evidence})
        reading = f"Reading {count(articles, 'article')}" if articles else "Nothing found"
        return replace(now, status=f"{reading}…", evidence=event.evidence)
    if isinstance(event, Answered):
        return _answered(now, event.answer, assistant)
    return replace(now, draft=now.draft + event.text)


def _answered(now: Exchange, answer: Answer, assistant: Assistant) -> Exchange:
    sources = gather(answer, now.evidence, _texts(assistant))
    read = tuple(one.hit.article.title for one in now.evidence)
    return replace(now, status="", draft="", answer=answer, sources=sources, read=read)


def restored(turn: KeptTurn, assistant: Assistant) -> Exchange:
    """A kept turn as it was; where an article is gone since, its quotes are still shown."""
    return Exchange(
        number=turn.number,
        question=turn.question,
        answer=turn.answer,
        sources=gather(turn.answer, (), _texts(assistant)),
        verdict=turn.verdict,
        remark=turn.remark,
    )


def _texts(assistant: Assistant) -> Callable[[str], str]:
    """What gives the text of an article by its id."""

    def text_of(article_id: str) -> str:
        try:
            return assistant.holding(article_id).get(article_id).text
        except ArticleNotFound:  # removed since: the card shows the quote
            return ""

    return text_of
