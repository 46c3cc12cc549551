"""Finding passages by their words: FTS5's BM25, with no more passages weighed than it takes."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass

from index.filters import filter_clause
from index.types import Filters

TITLE_WEIGHT = 2.0  # of a word in the headline, against one in the body
# Finding a passage that holds a word takes FTS5 a fiftieth of a microsecond, weighing it one or
# two. So many are weighed at most, unless a question has no rarer word: up to some 20,000 passages
# that is all of them. Where a filter passes few, only those few are weighed.
_WEIGHED = 10_000
_LOOKED_THROUGH = 50_000
_EVERYWHERE = 0.25  # of the passages: a word that stands in more of them hardly tells them apart
_MAX_TERMS = 64  # distinct words of a query that are searched

_WORD = re.compile(r"\w+")
_STOP_WORDS = (
    "a about after again all am an and any are as at be because been before being between both",
    "but by can could did do does doing down during each few for from further had has have",
    "having he her here hers herself him himself his how i if in into is it its itself just me",
    "more most my myself no nor not now of off on once only or other our ours ourselves out",
    "over own s same she should so some such t than that the their theirs them themselves then",
    "there these they this those through to too under until up very was we were what when where",
    "which while who whom whose why will with would you your yours yourself yourselves tell",
    "please",
)
STOP_WORDS = frozenset(word for line in _STOP_WORDS for word in line.split())


@dataclass(frozen=True, slots=True)
class _Term:
    """A word of a query, and in how many passages it stands, roughly where they are many."""

    word: str
    passages: float


def query_terms(query: str) -> list[str]:
    """The distinct words of a query that are worth looking up, in order.

    Stop words are left out, unless there is nothing else ("who are The Who").
    """
    words = list(dict.fromkeys(_WORD.findall(query.lower())))
    telling = [word for word in words if word not in STOP_WORDS]
    return (telling or words)[:_MAX_TERMS]


def lexical_ranking(
    db: sqlite3.Connection, query: str, filters: Filters, *, depth: int
) -> list[tuple[int, float]]:
    """Passage numbers with their BM25, best first: Porter stems, any word may match.

    In a large library, passages with none of a query's rarer words are left out.
    """
    terms = query_terms(query)
    if not terms:
        return []
    newest = db.execute("SELECT max(number) FROM passages").fetchone()[0] or 0
    limit = _LOOKED_THROUGH if filters else _WEIGHED
    known = [_term(db, word, limit, newest) for word in terms]
    scores: dict[int, float] = {}
    for match in _matches(known, limit=limit, common=_EVERYWHERE * newest):
        for number, score in _best(db, match, filters, depth):
            scores[number] = max(score, scores.get(number, score))
    order = sorted(scores, key=lambda number: (-scores[number], number))
    return [(number, scores[number]) for number in order[:depth]]


def passages_with(db: sqlite3.Connection, word: str) -> int:
    """The number of passages that hold a word or another form of its stem."""
    parts = _WORD.findall(word)
    if not parts:
        return 0
    found = db.execute(
        "SELECT count(*) FROM passage_index WHERE passage_index MATCH ?", (f'"{" ".join(parts)}"',)
    )
    return int(found.fetchone()[0])


def _term(db: sqlite3.Connection, word: str, limit: int, newest: int) -> _Term:
    """A word with the passages it stands in; past `limit`, as if the rest held as many."""
    count, last = db.execute(
        "SELECT count(*), max(rowid) FROM "
        "(SELECT rowid FROM passage_index WHERE passage_index MATCH ? LIMIT ?)",
        (f'"{word}"', limit + 1),
    ).fetchone()
    return _Term(word, count if count <= limit else count * newest / last)


def _matches(terms: Sequence[_Term], *, limit: int, common: float) -> list[str]:
    """What FTS5 is asked for, so that the best passages come with about `limit` weighed.

    All words if they fit, else the rarest that do. Of passages with one of these, those that hold
    commoner words too are asked for once more, and so get the score that all words give them.
    Where even the rarest word is too common, it must stand beside another.
    """
    ranked = sorted(terms, key=lambda term: term.passages)
    rare, weighed = list[_Term](), 0.0
    for term in ranked:
        weighed += term.passages
        if weighed > limit:
            break
        rare.append(term)
    if len(rare) == len(ranked):
        return [_any(terms)]
    first = rare or ranked[:1]
    beside = [term for term in ranked[len(first) :] if term.passages <= common]
    both = [f"({_any(first)}) AND ({_any(beside)})"] if beside else []
    return [_any(first), *both] if rare or not both else both


def _any(terms: Sequence[_Term]) -> str:
    return " OR ".join(f'"{term.word}"' for term in terms)


def _best(
    db: sqlite3.Connection, match: str, filters: Filters, depth: int
) -> list[tuple[int, float]]:
    condition, values = filter_clause(filters)
    # With a "+", or SQLite would look into the text index anew for each passage that may pass.
    allowed = (
        "AND +rowid IN (SELECT p.number FROM articles CROSS JOIN passages AS p "
        f"ON p.article = articles.number WHERE {condition})"
    )
    found = db.execute(
        "SELECT rowid, -bm25(passage_index, ?, 1.0) AS score FROM passage_index "
        f"WHERE passage_index MATCH ? {allowed if filters else ''} "
        "ORDER BY score DESC, rowid LIMIT ?",
        [TITLE_WEIGHT, match, *(values if filters else ()), depth],
    )
    return [(row["rowid"], row["score"]) for row in found]
