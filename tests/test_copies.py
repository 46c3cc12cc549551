"""Near copies: which articles are taken for one, and what becomes of them in a search."""

from __future__ import annotations

import itertools
from collections import Counter, defaultdict
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from library_kit import WordEmbedding, open_library

from assistant import Assistant
from assistant.rendering import outcome_line
from assistant.types import Answer, Citation
from index.copies import THRESHOLD, bands, shingles, similarity
from index.library import Library
from index.types import Article

STORY = (
    "The ferry Marisol caught fire on Tuesday evening with 212 people on board, and all of them "
    "were brought to land before midnight. Its captain, Elin Dahl, blamed the galley. She had "
    "ordered the ship to be stopped within four minutes of the first alarm, and the crew lowered "
    "the boats on the side away from the wind, as they had practised in March. The owner expects "
    "the repairs to cost 3.4 million euros and the route to be closed until the autumn. "
)
OTHER = (
    "A court in the capital has ordered the sale of the old customs house after nine years of "
    "argument between the city, which wanted a museum there, and a bank that had lent money on it. "
    "The judge said that neither of them had kept to the contract of 2016."
)


def wire(outlet: str, text: str, *, day: int = 3, title: str = "Ferry burns") -> Article:
    return Article(title=title, text=text, source=outlet, published=date(2025, 6, day))


FIRST = wire("Harbour Wire", STORY)
EDITED = wire(
    "The Post", STORY.replace("Its captain, Elin Dahl,", "Captain Elin Dahl") + "More soon."
)
APART = wire("Court News", OTHER, title="Customs house sold")
REPORT = wire(
    "The Observer",
    "When the Marisol burned, nobody aboard was hurt. Passengers praised Elin Dahl, who blamed the "
    "galley for the fire on her ferry and stopped the ship at once. Repairs may take months.",
    title="Praise for a captain",
)


@pytest.fixture
def library(tmp_path: Path) -> Library:
    return open_library(tmp_path / "library")


def family(library: Library, one: Article) -> str | None:
    return library.get(one.id).family


def test_a_lightly_edited_story_is_a_copy_of_the_first(library: Library) -> None:
    library.add([FIRST, APART])
    library.add([EDITED, REPORT])
    assert family(library, EDITED) == FIRST.id
    assert [family(library, one) for one in (FIRST, APART, REPORT)] == [None, None, None]


def test_copies_added_together_are_found_as_well(library: Library) -> None:
    thrice = [wire("A", STORY), wire("B", STORY + "One."), wire("C", STORY + "One. Two.")]
    library.add([*thrice, APART])
    assert [family(library, one) for one in thrice] == [None, thrice[0].id, thrice[0].id]


def test_a_search_shows_a_copied_story_once(library: Library) -> None:
    library.add([FIRST, EDITED, APART, REPORT])
    hits = library.search("who is the captain of the Marisol", top_k=10, whole=2)
    found = {hit.article.id for hit in hits}
    assert len(found & {FIRST.id, EDITED.id}) == 1
    assert {APART.id, REPORT.id} <= found
    copied = next(hit for hit in hits if hit.article.id in {FIRST.id, EDITED.id})
    other = "The Post" if copied.article.id == FIRST.id else "Harbour Wire"
    assert [place.source for place in copied.copies] == [other]
    assert all(not hit.copies for hit in hits if hit.article.id in {APART.id, REPORT.id})


def test_a_filter_finds_the_copy_that_it_means(library: Library) -> None:
    library.add([FIRST, EDITED])
    for outlet in ("The Post", "Harbour Wire"):
        (hit, *_) = library.search("captain", sources=[outlet])
        assert hit.article.source == outlet


def test_copies_outlive_the_first(library: Library) -> None:
    library.add([FIRST, EDITED])
    library.remove(FIRST.id)
    assert [hit.article.id for hit in library.search("captain")][:1] == [EDITED.id]
    third = wire("Third", STORY + "Third.")
    library.add(third)
    assert family(library, third) == FIRST.id  # with the one that is left
    assert len({hit.article.id for hit in library.search("captain")}) == 1
    library.remove([EDITED.id, third.id])
    assert library.check() == ()
    with library.store.reading() as db:
        assert db.execute("SELECT count(*) FROM bands").fetchone()[0] == 0


def test_what_was_stored_is_unchanged_when_it_is_added_again(library: Library) -> None:
    library.add([FIRST, EDITED])
    assert {v.status for v in library.add([FIRST, EDITED]).verdicts} == {"unchanged"}


def test_an_answer_names_copies_and_counts_sources(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ASSISTANT_DECLINE", "0")
    with Assistant(articles=[FIRST, EDITED, APART]) as assistant:
        answer = assistant.ask("who blamed the galley")
    assert answer.outcome == "answered"
    (citation,) = answer.citations
    assert citation.also_in == (
        ("The Post",) if citation.source == "Harbour Wire" else ("Harbour Wire",)
    )
    assert outcome_line(answer) == "Answered from 1 article"
    assert f"Also in: {citation.also_in[0]}" in str(answer)


def test_independent_sources_are_outlets() -> None:
    def cited(*outlets: str | None) -> Answer:
        citations = tuple(
            Citation(number=n, article_id=f"a{n}", title="", quote="q", start=0, end=1, source=name)
            for n, name in enumerate(outlets, 1)
        )
        return Answer(question="q", text="t", outcome="answered", citations=citations)

    assert outcome_line(cited("A")) == "Answered from 1 article"
    assert outcome_line(cited("A", "a")) == "Answered from 2 articles, 1 independent source"
    assert outcome_line(cited("A", None, None)) == "Answered from 3 articles, 3 independent sources"


@given(st.text(max_size=200), st.text(max_size=200))
def test_similarity_is_that_of_sets(one: str, other: str) -> None:
    first, second = shingles(one), shingles(other)
    assert similarity(first, second) == similarity(second, first)
    assert 0 <= similarity(first, second) <= 1
    assert similarity(first, first) in {0, 1}
    if first == second:
        assert bands([one]) == bands([other])


@pytest.mark.slow
def test_the_copies_among_real_stories_are_all_linked(shared_data: Path, tmp_path: Path) -> None:
    with Library(tmp_path / "library", embedding=WordEmbedding()) as library:
        library.add(shared_data / "bbc")
        articles = list(library)
    found = [shingles(one.text) for one in articles]
    holders: dict[str, list[int]] = defaultdict(list)
    for place, several in enumerate(found):
        for shingle in several:
            holders[shingle].append(place)
    shared = Counter(
        pair for places in holders.values() for pair in itertools.combinations(places, 2)
    )
    linked = [one.family or one.id for one in articles]
    alike = {
        (one, other)
        for (one, other), count in shared.items()
        if count >= 5 and similarity(found[one], found[other]) >= 0.8
    }
    assert len(alike) >= 15
    assert all(linked[one] == linked[other] for one, other in alike)
    members: dict[str, list[int]] = defaultdict(list)
    for place, name in enumerate(linked):
        members[name].append(place)
    for places in members.values():
        for one, other in itertools.combinations(places, 2):
            assert similarity(found[one], found[other]) >= 0.3
    assert sum(len(places) > 1 for places in members.values()) >= 25
    assert THRESHOLD == 0.5
