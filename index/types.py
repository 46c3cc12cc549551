"""The values that travel out of `index`: articles, passages, hits, and what became of each file."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal

VerdictStatus = Literal["added", "updated", "unchanged", "duplicate", "removed", "skipped"]


def content_id(text: str) -> str:
    """The id of an article: 16 hex digits of the SHA-256 of its text, white space folded."""
    folded = " ".join(text.split())
    return hashlib.sha256(folded.encode("utf-8", "surrogatepass")).hexdigest()[:16]


@dataclass(frozen=True, slots=True, kw_only=True)
class Appearance:
    """One place where an article's text was found."""

    path: str | None = None  # the file, absolute; None when it was handed over as an object
    url: str | None = None
    source: str | None = None  # the outlet, as named there
    published: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Article:
    """One news article; `text` is its body without the headline.

    `published` is what the article itself says, never the time of adding; None is unknown.
    `id` follows from the text when it is left empty, so that equal texts have equal ids.
    """

    title: str
    text: str
    id: str = ""
    source: str | None = None  # the outlet: "Reuters"
    url: str | None = None
    published: date | None = None
    author: str | None = None
    section: str | None = None
    language: str | None = None  # ISO 639-1: "en"; None when not detected
    appearances: tuple[Appearance, ...] = ()
    version_of: str | None = None  # id of the article that this one updates
    family: str | None = None  # id of the first article that this one is a near copy of

    def __post_init__(self) -> None:
        if not self.id:
            object.__setattr__(self, "id", content_id(self.text))


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """An exact slice of an article: `article.text[start:end] == text`, in characters."""

    id: str  # "<article id>:<start>-<end>"
    article_id: str
    start: int
    end: int
    text: str

    @staticmethod
    def of(article: Article, start: int, end: int) -> Passage:
        """The slice of an article from `start` to `end`."""
        return Passage(
            id=f"{article.id}:{start}-{end}",
            article_id=article.id,
            start=start,
            end=end,
            text=article.text[start:end],
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """A passage that a search found, with what each ranking said of it.

    `score` is the fused one (larger is better, comparable within one search only; 0 where neither
    ranking listed the passage, and it stands beside one that was). Ranks count from 1; None means
    that the ranking did not list the passage.
    """

    passage: Passage
    article: Article
    score: float
    dense_rank: int | None = None
    dense_score: float | None = None  # cosine, -1..1
    lexical_rank: int | None = None
    lexical_score: float | None = None  # BM25, larger is better
    copies: tuple[Appearance, ...] = ()  # where near copies of the article were found


@dataclass(frozen=True, slots=True, kw_only=True)
class TermCounts:
    """In how many of a library's `passages` each of some words stands, in any form."""

    passages: int
    counts: Mapping[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """Which articles a search may return: dates inclusive, of any of the names in each tuple."""

    since: date | None = None
    until: date | None = None
    sources: tuple[str, ...] = ()  # outlets
    authors: tuple[str, ...] = ()  # names that a by-line holds
    sections: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()  # ISO 639-1

    def __bool__(self) -> bool:
        named = self.sources or self.authors or self.sections or self.languages
        return self.since is not None or self.until is not None or bool(named)


@dataclass(frozen=True, slots=True, kw_only=True)
class FilterCount:
    """How many articles pass a filter, and how many were left out only for having no date."""

    articles: int
    undated: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What became of one file or article that was offered to a library."""

    path: str  # the file as it was named, or the title of an Article object
    status: VerdictStatus
    part: str = ""  # which article of a file that may hold several: "line 12", "news/a.txt"
    reason: str = ""  # why it was skipped, or which article it duplicates
    article_id: str | None = None
    title: str | None = None

    @property
    def label(self) -> str:
        """The file, and which article of it."""
        return f"{self.path} ({self.part})" if self.part else self.path


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """One step of a long operation: `verdict` is the newest of `done` out of `total`.

    How many articles an export or an archive holds is found out on the way: `total` may grow.
    """

    done: int
    total: int
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class Report:
    """The verdicts of one `add`, `sync` or `remove`, in the order in which they were reached."""

    verdicts: tuple[Verdict, ...] = ()

    def count(self, status: VerdictStatus) -> int:
        """How many verdicts have this status."""
        return sum(verdict.status == status for verdict in self.verdicts)

    @property
    def skipped(self) -> tuple[Verdict, ...]:
        """The files that could not be taken, each with its reason."""
        return tuple(verdict for verdict in self.verdicts if verdict.status == "skipped")

    def __str__(self) -> str:
        counts = Counter(verdict.status for verdict in self.verdicts)
        return (
            ", ".join(f"{number} {status}" for status, number in counts.items()) or "nothing to do"
        )
