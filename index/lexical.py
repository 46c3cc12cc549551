"""Finding passages by their words: FTS5's BM25, with no more passages weighed than it takes."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate

from index import rows
from index.filters import filter_clause
from index.types import Filters

TITLE_WEIGHT = 2.0  # of a word in the headline, against one in the body
# FTS5 finds a passage that holds a word in a fiftieth of a microsecond, and weighs it in one or
# two. So a large library is asked for rarer words first, and for commoner ones where they stand
# together: a sixth of the time (of a million passages 33 ms, not 195). What that costs was seen
# where these shares of a small library were weighed: an accepted answer was in the first five
# passages of 69 questions in 75, not 71, the article first as often.
_SMALL = 20_000  # passages that are weighed in a few milliseconds, all of them
_WEIGHED = 10_000  # passages that hold the rarer words, or two commoner ones
_EVERYWHERE = 0.1  # of the passages: a word that stands in more of them hardly tells them apart
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

    In a large library without filters, passages with none of a query's rarer words are left out.
    """
    terms = query_terms(query)
    if not terms:
        return []
    newest = rows.highest_passage(db)
    known = [one for word in terms if (one := _term(db, word, _WEIGHED, newest)).passages]
    if not known:
        return []
    found = _ranked(db, _matches(known, bool(filters), passages=newest), filters, depth)
    if filters and len(found) < depth:  # what is common elsewhere may be all that passes has
        found = _ranked(db, [_any(known)], filters, depth)
    return found


def _ranked(
    db: sqlite3.Connection, matches: Sequence[str], filters: Filters, depth: int
) -> list[tuple[int, float]]:
    """The `depth` best of what is found by any of the matches, each with its highest score."""
    scores: dict[int, float] = {}
    for number, score in _best(db, matches, filters, depth):
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
    """A word and the number of passages it stands in; past `limit`, as if the rest held as many."""
    count, last = db.execute(
        "SELECT count(*), max(rowid) FROM "
        "(SELECT rowid FROM passage_index WHERE passage_index MATCH ? LIMIT ?)",
        (f'"{word}"', limit + 1),
    ).fetchone()
    return _Term(word, count if count <= limit else count * newest / last)


def _matches(terms: Sequence[_Term], filtered: bool, *, passages: int) -> list[str]:
    """What FTS5 is asked for, so that the best passages come with few weighed.

    All words in a small library, or if they stand in few passages together; all that tell
    passages apart where only those are weighed that pass a filter. Else the rarest words. Passages
    that have one of these and a commoner word are asked for once more, and so get the score that
    all words give them; then those that have two commoner words, while they are few enough.
    """
    if passages <= _SMALL:
        return [_any(terms)]
    ranked = sorted(terms, key=lambda term: term.passages)
    total = list(accumulate(term.passages for term in ranked))
    rare = [term for term, weighed in zip(ranked, total, strict=True) if weighed <= _WEIGHED]
    if len(rare) == len(ranked):
        return [_any(terms)]
    telling = [term for term in ranked if term.passages <= _EVERYWHERE * passages]
    if filtered:
        return [_any(telling or ranked)]
    commoner = telling[len(rare) :]
    matches = [_any(rare), *_both(rare, commoner)] if rare else []
    weighed = 0.0
    for place, term in enumerate(commoner, 1):
        others = commoner[place:]
        weighed += term.passages * min(1.0, sum(one.passages for one in others) / passages)
        if weighed > _WEIGHED and matches:
            break
        matches += _both([term], others)
    return matches or [_any(ranked[:1])]


def _both(some: Sequence[_Term], others: Sequence[_Term]) -> list[str]:
    return [f"({_any(some)}) AND ({_any(others)})"] if others else []


def _any(terms: Sequence[_Term]) -> str:
    return " OR ".join(f'"{term.word}"' for term in terms)


def _best(
    db: sqlite3.Connection, matches: Sequence[str], filters: Filters, depth: int
) -> list[tuple[int, float]]:
    """The `depth` best of each match with their BM25."""
    condition, values = filter_clause(filters)
    allowed = (
        "WITH allowed (number) AS MATERIALIZED (SELECT p.number FROM articles CROSS JOIN "
        f"passages AS p ON p.article = articles.number WHERE {condition}) "
    )
    # With a "+", or SQLite would look into the text index anew for each passage that may pass.
    only = "AND +rowid IN (SELECT number FROM allowed) " if filters else ""
    each = (
        "SELECT * FROM (SELECT rowid, -bm25(passage_index, ?, 1.0) AS score FROM passage_index "
        f"WHERE passage_index MATCH ? {only}ORDER BY score DESC, rowid LIMIT ?)"
    )
    found = db.execute(
        (allowed if filters else "") + " UNION ALL ".join([each] * len(matches)),
        [
            *(values if filters else ()),
            *(value for match in matches for value in (TITLE_WEIGHT, match, depth)),
        ],
    )
    return [(row["rowid"], row["score"]) for row in found]
