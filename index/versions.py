"""Versions: articles that stood one after the other at one address, of which the newest answers."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import pairwise
from urllib.parse import parse_qsl, urlencode, urlsplit

from index.copies import shingles
from index.sentences import sentence_spans
from index.types import Article

# An address may hold one story after the other, as a front page does. Two texts there are one
# story when a twentieth of the shorter one's 5-word runs are in both, or half of the long words of
# the shorter headline, two or more: reports of different events share neither.
_SHARED_TEXT = 0.05
_SHARED_TITLE = 0.5
_TRACKING = re.compile(r"utm_|(?:fbclid|gclid|ref|cmpid|at_\w+)\Z", re.I)
_LONG_WORD = re.compile(r"\w{4,}")


@dataclass(frozen=True, slots=True)
class _Member:
    """One version, as far as its place among the others is concerned."""

    number: int
    id: str
    version_of: str | None
    published: str | None
    title: str
    text: str


def story_address(url: str | None) -> str | None:
    """An address as it is compared: without scheme, "www.", marks of tracking, and fragment.

    None for what is no address of one story: a site's front page, or no web address at all.
    """
    try:
        parts = urlsplit((url or "").strip())
        host = (parts.hostname or "").removeprefix("www.")
    except ValueError:  # "http://[": no address
        return None
    path = parts.path.rstrip("/")
    kept = [pair for pair in parse_qsl(parts.query) if not _TRACKING.match(pair[0])]
    if parts.scheme.lower() not in {"http", "https"} or not host or not (path or kept):
        return None
    return f"{host}{path}" + (f"?{urlencode(sorted(kept))}" if kept else "")


def link(db: sqlite3.Connection, number: int, article: Article) -> None:
    """Put a stored article in its place among the versions of its story.

    They follow one another by date, or where one has none, in the order in which they were added.
    """
    address = story_address(article.url)
    db.execute("UPDATE articles SET address = ? WHERE number = ?", (address, number))
    if address is None:
        return
    there = [
        _Member(**dict(row))
        for row in db.execute(
            "SELECT number, id, version_of, published, title, text FROM articles "
            "WHERE address = ? ORDER BY number",
            (address,),
        )
    ]
    own = next(member for member in there if member.number == number)
    story = [own]
    for chain in _chains([member for member in there if member is not own]):
        if any(_one_story(own, member) for member in chain):
            story += chain
    if len(story) == 1:
        return
    dated = all(member.published for member in story)
    story.sort(key=lambda member: (member.published or "" if dated else "", member.number))
    for place, member in enumerate(story):
        before = story[place - 1].id if place else None
        after = story[place + 1] if place + 1 < len(story) else None
        db.execute(
            "UPDATE articles SET version_of = ?, superseded = ? WHERE number = ?",
            (before, None if after is None else after.published or "", member.number),
        )


def version_before(db: sqlite3.Connection, number: int) -> str | None:
    """The headline and id of the version that an article follows; None for the first."""
    row = db.execute(
        "SELECT before.title, before.id FROM articles AS now "
        "JOIN articles AS before ON before.id = now.version_of WHERE now.number = ?",
        (number,),
    ).fetchone()
    return None if row is None else f"{row['title']!r} ({row['id']})"


def story_of(db: sqlite3.Connection, number: int) -> list[int]:
    """The rows of all versions of an article's story, the oldest first; its own where it is one."""
    found = db.execute(
        "WITH RECURSIVE "
        "older (number, id, version_of, depth) AS ("
        " SELECT number, id, version_of, 0 FROM articles WHERE number = ?"
        " UNION SELECT a.number, a.id, a.version_of, depth - 1 FROM articles AS a"
        " JOIN older ON a.id = older.version_of), "
        "newer (number, id, depth) AS ("
        " SELECT number, id, 0 FROM articles WHERE number = ?"
        " UNION SELECT a.number, a.id, depth + 1 FROM articles AS a"
        " JOIN newer ON a.version_of = newer.id) "
        "SELECT number, depth FROM older UNION SELECT number, depth FROM newer ORDER BY depth",
        (number, number),
    )
    return [int(row["number"]) for row in found]


@dataclass(frozen=True, slots=True)
class Change:
    """The sentences that a version of a story has no more ("-") and has anew ("+"), in order."""

    steps: tuple[tuple[str, str], ...] = ()  # sign and sentence

    @property
    def dropped(self) -> tuple[str, ...]:
        """The sentences of the version before that are gone."""
        return tuple(line for sign, line in self.steps if sign == "-")

    @property
    def added(self) -> tuple[str, ...]:
        """The sentences that the version before did not have."""
        return tuple(line for sign, line in self.steps if sign == "+")


def changes(story: Sequence[Article]) -> list[Change]:
    """What each version of a story changed against the one before; the first changed nothing.

    A headline counts as a sentence; white space does not count.
    """
    told = [_sentences(article) for article in story]
    return [Change() for _ in story[:1]] + [
        Change(tuple(_steps(before, after))) for before, after in pairwise(told)
    ]


def _steps(before: Mapping[str, None], after: Mapping[str, None]) -> Iterator[tuple[str, str]]:
    """What was dropped and added, what stands in its place beside it; moving changes nothing."""
    old, new = list(before), list(after)
    for _, start, end, first, last in SequenceMatcher(None, old, new, False).get_opcodes():
        yield from (("-", line) for line in old[start:end] if line not in after)
        yield from (("+", line) for line in new[first:last] if line not in before)


def _sentences(article: Article) -> dict[str, None]:
    """The headline and sentences of an article, in order, each once."""
    spans = sentence_spans(article.text)
    lines = [article.title, *(article.text[span.start : span.end] for span in spans)]
    return dict.fromkeys(" ".join(line.split()) for line in lines)


def _chains(members: Sequence[_Member]) -> list[list[_Member]]:
    """Members grouped by story: those that lead to one another by `version_of`."""
    chains: list[list[_Member]] = []
    for member in members:
        linked = [
            chain
            for chain in chains
            if any(member.version_of == one.id or one.version_of == member.id for one in chain)
        ]
        chains = [chain for chain in chains if chain not in linked]
        chains.append([*(one for chain in linked for one in chain), member])
    return chains


def _one_story(one: _Member, other: _Member) -> bool:
    """Whether two texts at one address tell one story."""
    ours, theirs = _words(one.title), _words(other.title)
    if len(ours & theirs) > 1 and _share(ours, theirs) >= _SHARED_TITLE:
        return True
    return _share(shingles(one.text), shingles(other.text)) >= _SHARED_TEXT


def _words(title: str) -> frozenset[str]:
    return frozenset(_LONG_WORD.findall(title.casefold()))


def _share(one: frozenset[str], other: frozenset[str]) -> float:
    """How much of the smaller set is in the other."""
    return len(one & other) / (min(len(one), len(other)) or 1)
