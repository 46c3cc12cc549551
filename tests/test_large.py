"""Searching a library too large to look at all of it: what is left out, and what must not be."""

from __future__ import annotations

import random
import sys
from collections.abc import Iterator
from datetime import date, timedelta

import numpy as np
import pytest
from library_kit import open_library

from index import lexical, reach
from index.filters import filter_clause, make_filters, share_passing
from index.lexical import lexical_ranking
from index.library import Library
from index.reach import far_enough
from index.search import DEPTH
from index.types import Article, Filters, Hit
from index.vectors import exact

SIZE = 600
OUTLETS = ("Harbour Post", "HARBOUR POST", "Meridian Wire", "Straße", "Quiet Gazette")
COMMON, FREQUENT = "harbour ferry council", ("engine", "captain", "storm", "insurer")


def story(number: int) -> Article:
    """One of many short articles; each tenth of the numbers has an outlet that is told apart."""
    chance = random.Random(number)
    words = [word for word in FREQUENT if chance.random() < 0.3]
    quiet = number % 100 == 7
    own = " ".join(f"a{number}x{place}" for place in range(12))  # or all were copies of one
    return Article(
        title=f"Report {number}",
        text=f"The {COMMON} met. {own}. "
        + (
            "Nothing of note." if quiet else f"Of the {' '.join(words)} it was said: zebra{number}."
        ),
        source=OUTLETS[4] if quiet else OUTLETS[number % 4],
        author=f"Ann Ström and P{number % 50}",
        section="Local" if number % 3 else "LOCAL",
        published=date(2020, 1, 1) + timedelta(days=number) if number % 11 else None,
        url=f"https://news.example/{number}",
    )


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Library]:
    with open_library(tmp_path_factory.mktemp("large") / "library") as library:
        library.add([story(number) for number in range(SIZE)])
        yield library


@pytest.fixture
def bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Bounds that a library of six hundred passages exceeds."""
    monkeypatch.setattr(lexical, "_SMALL", 0)
    monkeypatch.setattr(lexical, "_WEIGHED", 40)


ONLY = [
    {"since": "2020-03-01"},
    {"since": "2020-03-01", "until": "2020-03-20"},
    {"sources": ["harbour post"]},
    {"sources": ["STRASSE", "quiet gazette"]},
    {"sources": ["Quiet Gazette"], "until": "2020-12-31"},
    {"authors": ["ann STRÖM"], "sections": ["local"]},
    {"authors": ["p17"]},
    {"sources": ["nobody's"]},
]


@pytest.mark.parametrize("only", ONLY, ids=str)
@pytest.mark.parametrize("far", [20, 200, None])
def test_a_filter_gives_the_same_however_it_is_searched(
    library: Library, monkeypatch: pytest.MonkeyPatch, only: dict[str, object], far: int | None
) -> None:
    whole = [summary(hit) for hit in library.search("engine storm zebra70", **only)]  # type: ignore[arg-type]
    monkeypatch.setattr("index.search.far_enough", lambda db, filters, depth, most: far)
    # Chroma's neighbours are approximate: here they are to be all of them.
    monkeypatch.setattr(
        library._vectors,
        "search",
        lambda db, vector, *, top_k, filters: exact(db, vector, top_k=top_k, filters=filters),
    )
    assert [summary(hit) for hit in library.search("engine storm zebra70", **only)] == whole  # type: ignore[arg-type]
    assert bool(whole) == ("nobody's" not in str(only))


@pytest.mark.usefixtures("bounded")
def test_a_word_that_is_common_elsewhere_is_weighed_among_what_passes_a_filter(
    library: Library,
) -> None:
    filters = make_filters(sources=["Straße"])
    with library.store.reading() as db:
        # zebra70 is rare, and in none that passes; engine is too common to be asked for elsewhere.
        found = lexical_ranking(db, "zebra70 engine", filters, depth=DEPTH)
        alone = lexical_ranking(db, "engine", filters, depth=DEPTH)
    assert alone
    assert {number for number, _ in found} == {number for number, _ in alone}


def summary(hit: Hit) -> tuple[str, int | None, int | None]:
    return hit.article.id, hit.dense_rank, hit.lexical_rank


def test_a_ranking_with_none_of_an_outlet_is_looked_through_by_outlet(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("index.search.far_enough", lambda db, filters, depth, most: 10)
    hits = library.search("engine captain storm insurer", sources=["Quiet Gazette"], top_k=3)
    assert [hit.article.source for hit in hits] == ["Quiet Gazette"] * 3


@pytest.mark.parametrize("only", ONLY, ids=str)
def test_both_conditions_of_a_filter_say_the_same(
    library: Library, only: dict[str, object]
) -> None:
    filters = make_filters(**only)  # type: ignore[arg-type]
    condition, values = filter_clause(filters)
    with library.store.reading() as db:
        listed = db.execute(
            "SELECT p.number FROM passages AS p JOIN articles ON articles.number = p.article "
            f"WHERE {condition}",
            values,
        ).fetchall()
        assert reach._passing(db, range(1, SIZE + 1), filters) == {row[0] for row in listed}
        assert share_passing(db, filters) == pytest.approx(len(listed) / SIZE, abs=0.02)


def test_few_that_pass_are_compared_and_of_many_the_nearest_are_taken(library: Library) -> None:
    with library.store.reading() as db:
        few, many = Filters(sources=("quiet gazette",)), Filters(sections=("local",))
        assert far_enough(db, few, DEPTH, sys.maxsize) is None
        assert far_enough(db, many, DEPTH, sys.maxsize) == pytest.approx(1.5 * DEPTH, abs=1)
        assert far_enough(db, many, DEPTH, DEPTH) is None  # as a cloud that gives no more


def test_no_filter_of_names_goes_through_the_articles(library: Library) -> None:
    for only in ONLY:
        condition, values = filter_clause(make_filters(**only))  # type: ignore[arg-type]
        with library.store.reading() as db:
            plan = db.execute(
                f"EXPLAIN QUERY PLAN SELECT number FROM articles WHERE {condition}", values
            ).fetchall()
        steps = [row["detail"] for row in plan]
        assert not [step for step in steps if step.startswith(("SCAN articles", "SCAN appear"))]


def ranked(library: Library, query: str, filters: Filters | None = None) -> list[tuple[int, float]]:
    with library.store.reading() as db:
        return lexical_ranking(db, query, filters or Filters(), depth=20)


@pytest.mark.parametrize(
    "query", ["zebra70 engine storm", "engine storm captain insurer", "zebra3 zebra4 engine"]
)
def test_bounded_words_keep_the_scores_of_the_best(
    library: Library, monkeypatch: pytest.MonkeyPatch, bounded: None, query: str
) -> None:
    monkeypatch.setattr(lexical, "_EVERYWHERE", 0.9)
    few = ranked(library, query)
    monkeypatch.setattr(lexical, "_SMALL", SIZE)
    full = dict(ranked(library, query))
    assert few[0] == next(iter(full.items()))
    assert all(full[number] == pytest.approx(score) for number, score in few if number in full)


def test_a_word_that_stands_everywhere_is_still_found(library: Library, bounded: None) -> None:
    assert len(ranked(library, "harbour")) == 20
    assert len(ranked(library, "harbour ferry council")) == 20
    assert ranked(library, "harbour unheardof")  # the rarest stands nowhere
    assert ranked(library, "harbour ferry", Filters(sources=("quiet gazette",)))


def test_counts_of_many_passages_are_estimated_near_the_truth(library: Library) -> None:
    with library.store.reading() as db:
        words = [lexical._term(db, word, limit, SIZE) for word in FREQUENT for limit in (60, SIZE)]
    for rough, true in zip(words[::2], words[1::2], strict=True):
        assert np.log(rough.passages / true.passages) == pytest.approx(0, abs=0.4)
