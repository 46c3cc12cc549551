"""The values of a conversation: turns, evidence, citations, answers, and the events of a stream."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal

from index.types import Article, Hit

Support = Literal["confirmed", "unconfirmed", "uncited"]
Outcome = Literal["answered", "partial", "not_in_articles"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Citation:
    """The exact words of an article that a sentence stands on.

    `start` and `end` are character offsets: `article.text[start:end] == quote`. `number` is the
    `[n]` of the answer's text, from 1 in order of appearance, one for each distinct quote.
    """

    number: int
    article_id: str
    title: str
    quote: str
    start: int
    end: int
    source: str | None = None
    url: str | None = None
    published: date | None = None
    also_in: tuple[str, ...] = ()  # outlets or files with the same text, or a near copy


@dataclass(frozen=True, slots=True, kw_only=True)
class Sentence:
    """One sentence of an answer, without markers, and whether its citations bear it out."""

    text: str
    citations: tuple[Citation, ...] = ()
    support: Support = "uncited"


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """An earlier question of the conversation and the text that answered it."""

    question: str
    answer: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Quote:
    """An exact slice of an article: `article.text[start:end] == text`."""

    text: str
    start: int
    end: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """A hit that was chosen to answer from; `number` is what a model cites it by, from 1."""

    number: int
    hit: Hit
    quotes: tuple[Quote, ...] = ()  # the words in it that bear on the question


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """One side of a disagreement: what is claimed, and who claims it."""

    value: str
    citation: Citation


@dataclass(frozen=True, slots=True, kw_only=True)
class Conflict:
    """Different claims about one thing by independent sources."""

    subject: str
    claims: tuple[Claim, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class AppliedFilters:
    """The filters that a question was answered under and what they left.

    They are those that the caller gave together with those that the question itself named, in its
    words `phrases`. `newest` tells that it asked how things are now, so that of several reports
    the newer ones were preferred. `articles` counts the articles that passed, `undated` those left
    out only because their date is unknown.
    """

    since: date | None = None
    until: date | None = None
    sources: tuple[str, ...] = ()
    authors: tuple[str, ...] = ()
    sections: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    phrases: tuple[str, ...] = ()
    newest: bool = False
    articles: int = 0
    undated: int = 0

    def __bool__(self) -> bool:
        return bool(self.range or self.names)

    @property
    def range(self) -> str:
        """The days in words: "1-7 June 2025", "since 2 June 2025"; "" without any."""
        from assistant.rendering import days_line

        return days_line(self.since, self.until)

    @property
    def names(self) -> tuple[str, ...]:
        """Every outlet, author, section and language that was asked for."""
        return (*self.sources, *self.authors, *self.sections, *self.languages)

    def __str__(self) -> str:
        told = ", ".join(filter(None, (self.range, *self.names))) or "all articles"
        return f"{told}: {self.articles:,} article{'' if self.articles == 1 else 's'}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Timings:
    """Seconds that each stage of an answer took."""

    question: float = 0.0  # follow-up to standalone question
    retrieval: float = 0.0
    answering: float = 0.0  # reading, or writing by a model
    total: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What the articles say to a question, or that they do not tell.

    `text` carries `[n]` markers; `sentences` is the same without them, sentence by sentence.
    `short` is the few words within them that answer, where the built-in reader found them.
    `confidence` (0..1) is the probability that the articles answer the question, given also when
    declined. `nearest` names the closest articles of a declined question. `complete` is False
    when a model's stream was cut. `notices` are lines that the asker should see: that bundled
    samples answered, that an index was rebuilt, that an article's language is not read well.
    """

    question: str
    text: str
    outcome: Outcome
    standalone_question: str = ""
    short: str = ""
    sentences: tuple[Sentence, ...] = ()
    citations: tuple[Citation, ...] = ()
    confidence: float = 0.0
    nearest: tuple[Article, ...] = ()
    conflicts: tuple[Conflict, ...] = ()
    as_of: date | None = None
    filters: AppliedFilters = field(default_factory=AppliedFilters)
    model: str = ""
    fallback_reason: str | None = None
    complete: bool = True
    notices: tuple[str, ...] = ()
    timings: Timings = field(default_factory=Timings)

    def to_dict(self) -> dict[str, Any]:
        """This answer as JSON-ready values; dates are ISO strings."""
        from pydantic import TypeAdapter

        dumped: dict[str, Any] = TypeAdapter(Answer).dump_python(self, mode="json")
        return dumped

    @staticmethod
    def from_dict(data: Mapping[str, Any]) -> Answer:
        """The answer that `to_dict` gave; raises ValidationError, a ValueError, otherwise."""
        from pydantic import TypeAdapter

        return TypeAdapter(Answer).validate_python(dict(data))

    def __str__(self) -> str:
        from assistant.rendering import as_text

        return as_text(self)

    def _repr_html_(self) -> str:
        from assistant.rendering import as_html

        return as_html(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class Searched:
    """First events of a stream: what was found. Each replaces the one before.

    The first comes before anything is read, and before a model is asked to put a follow-up into
    words of its own; the last one's `evidence` is what the answer is made from.
    """

    standalone_question: str
    evidence: tuple[Evidence, ...]
    filters: AppliedFilters
    model: str  # who is about to answer
    library_articles: int
    seconds: float


@dataclass(frozen=True, slots=True)
class TextDelta:
    """A further piece of the answer's text; markers are never split between pieces."""

    text: str


@dataclass(frozen=True, slots=True)
class Answered:
    """Last event of a stream: the checked answer, which replaces the pieces before it."""

    answer: Answer


Event = Searched | TextDelta | Answered
