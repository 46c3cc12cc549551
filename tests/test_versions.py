"""Versions of a story at one address: which answers, which are kept, and what changed between."""

from __future__ import annotations

import json
import sqlite3
from datetime import date
from pathlib import Path

import pytest
from cli_runs import run
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from library_kit import article, open_library

from index.library import Library
from index.types import Article
from index.versions import changes, story_address

URL = "https://www.harbour-post.example/2025/ferry-fire"
TOLL = (
    "At least {} people were hurt when the ferry Marisol caught fire off Lindal. Divers searched "
    "the hull until dark, and the coastguard closed the strait to every ship. The owner gave no "
    "reason for the fire."
)


def version(number: int, *, day: int | None = None, url: str = URL, **fields: object) -> Article:
    values = {
        "title": "Ferry burns off Lindal",
        "text": TOLL.format(number),
        "source": "Harbour Post",
        "url": url,
        "published": date(2025, 6, day) if day else None,
        **fields,
    }
    return Article(**values)  # type: ignore[arg-type]


@pytest.fixture
def library(tmp_path: Path) -> Library:
    return open_library(tmp_path / "library")


def answering(library: Library, **only: object) -> list[str]:
    """The articles that a search for the story finds."""
    hits = library.search("people hurt ferry Marisol fire", top_k=10, **only)  # type: ignore[arg-type]
    return list(dict.fromkeys(hit.article.id for hit in hits))


def test_the_newest_version_answers_and_the_older_ones_are_kept(library: Library) -> None:
    first, second, third = version(3, day=1), version(7, day=2), version(9, day=3)
    reports = [library.add(each) for each in (first, second, third)]
    assert [str(report) for report in reports] == ["1 added", "1 updated", "1 updated"]
    assert reports[1].verdicts[0].reason == f"a newer version of {first.title!r} ({first.id})"
    assert answering(library) == [third.id]
    assert [one.id for one in library.list()] == [third.id] == [one.id for one in library]
    assert len(library) == 1
    assert [one.id for one in library.versions(second.id)] == [first.id, second.id, third.id]
    assert library.get(first.id).text == first.text
    assert library.get(third.id).version_of == second.id
    assert library.check() == ()


@settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(order=st.permutations([1, 2, 3, 4]), gone=st.sets(st.integers(1, 4), max_size=3))
def test_versions_follow_by_date_in_whatever_order_they_come(
    tmp_path_factory: pytest.TempPathFactory, order: list[int], gone: set[int]
) -> None:
    with open_library(tmp_path_factory.mktemp("order")) as library:
        made = {day: version(10 * day, day=day) for day in (1, 2, 3, 4)}
        for day in order:
            library.add(made[day])
        library.remove([made[day].id for day in gone])
        left = [made[day].id for day in (1, 2, 3, 4) if day not in gone]
        assert [one.id for one in library.versions(left[0])] == left
        assert [one.version_of for one in library.versions(left[0])] == [None, *left[:-1]]
        assert answering(library) == left[-1:]
        for day in (1, 2, 3, 4):
            then = [made[one].id for one in (1, 2, 3, 4) if one not in gone and one <= day]
            assert answering(library, until=date(2025, 6, day)) == then[-1:]
            assert library.count(until=date(2025, 6, day)).articles == bool(then)


def test_undated_versions_follow_in_the_order_in_which_they_came(library: Library) -> None:
    for number in (3, 9, 7):
        library.add(version(number))
    (newest,) = library.list()
    assert "At least 7" in newest.text


def test_a_headline_that_is_mended_does_not_make_an_old_version_new(library: Library) -> None:
    library.add([version(3), version(9)])
    library.add(version(3, title="Ferry burns off the coast of Lindal"))
    assert ["At least 9" in one.text for one in library.list()] == [True]


def test_another_story_at_the_same_address_is_none_of_its_versions(library: Library) -> None:
    library.add(version(3, day=1))
    library.add(article(5, url=URL, published=date(2025, 6, 2)))
    assert len(library) == 2


def test_two_stories_at_one_address_have_a_history_each(library: Library) -> None:
    other = article(5, url=URL, published=date(2025, 6, 2))
    library.add([version(3, day=1), other, version(8, day=3)])
    assert len(library) == 2
    assert [one.id for one in library.versions(other.id)] == [other.id]


def test_a_front_page_is_no_address_of_a_story(library: Library) -> None:
    front = "https://www.harbour-post.example/"
    library.add([version(3, day=1, url=front), version(8, day=2, url=front)])
    assert len(library) == 2


def test_versions_are_no_copies_of_one_another(library: Library) -> None:
    wire = version(9, day=3, url="https://wire.example/9", source="Lindal Wire")
    library.add([version(3, day=1), version(7, day=2), wire])
    hits = library.search("people hurt ferry Marisol fire", top_k=5)
    assert [place.source for place in hits[0].copies] in (["Lindal Wire"], ["Harbour Post"])
    assert len({hit.article.id for hit in hits}) == 1


def test_a_changed_file_is_replaced_and_leaves_no_history(library: Library, tmp_path: Path) -> None:
    folder = tmp_path / "articles"
    folder.mkdir()
    for number in (3, 9):
        (folder / "ferry.md").write_text(
            f"---\ntitle: Ferry burns off Lindal\nurl: {URL}\n---\n\n{TOLL.format(number)}\n"
        )
        library.sync(folder)
    (only,) = library.list()
    assert [one.id for one in library.versions(only.id)] == [only.id]


def test_many_old_versions_do_not_crowd_out_other_articles(library: Library) -> None:
    library.add([version(number, day=1 + number % 28) for number in range(100, 160)])
    library.add(article(1, text="A ferry and some people: " + article(1).text))
    assert len(answering(library)) == 2
    assert len(library.search("people hurt ferry Marisol fire", top_k=60)) == 2


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("https://a.example/x", "http://www.a.example/x/"),
        ("https://a.example/x?utm_source=mail&id=3", "https://A.example/x?id=3#top"),
        ("https://a.example/x?b=1&a=2", "https://a.example/x?a=2&b=1"),
    ],
)
def test_addresses_that_lead_to_one_story_compare_equal(one: str, other: str) -> None:
    assert story_address(one) == story_address(other) is not None


@pytest.mark.parametrize(
    "url", [None, "", "https://a.example", "mailto:x@a.example", "http://[", "file:///x", "a/b"]
)
def test_what_is_no_address_of_a_story(url: str | None) -> None:
    assert story_address(url) is None


@given(st.text())
def test_any_text_can_be_taken_for_an_address(url: str) -> None:
    assert story_address(url) is None or story_address(url)


def test_changes_are_told_by_the_sentence() -> None:
    first, second = version(3, day=1), version(7, day=2, title="Ferry fire: seven hurt")
    start, change = changes([first, second])
    assert start.dropped == start.added == ()
    assert change.dropped == (first.title, first.text.split(". ")[0] + ".")
    assert change.added == (second.title, second.text.split(". ")[0] + ".")


def test_a_library_of_an_earlier_release_is_brought_up_to_date(tmp_path: Path) -> None:
    with open_library(tmp_path) as library:
        library.add(version(3, day=1))
    with sqlite3.connect(tmp_path / "library.sqlite") as db:  # as version 2 was
        names = ("source", "author", "section", "language")
        later = [*(f"articles_by_{name}" for name in names), "appearances_by_source"]
        for index in ("articles_by_address", "articles_superseded", *later):
            db.execute(f"DROP INDEX {index}")
        for column in ("address", "superseded"):
            db.execute(f"ALTER TABLE articles DROP COLUMN {column}")
        db.execute("DROP TABLE corrections")
        db.execute("PRAGMA user_version = 2")
    with open_library(tmp_path) as library:
        library.add(version(7, day=2))
        assert len(library) == 1
        assert library.check() == ()


# --- in the shell


@pytest.fixture
def shell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "shell"
    monkeypatch.setenv("ASSISTANT_LIBRARY", str(folder))
    with Library(folder) as library:
        library.add([version(3, day=1), version(7, day=2)])
        library.add(article(4, source="The Observer", author="Ana Ruiz", section="Sport"))
    return folder


def test_show_tells_the_versions_and_what_changed(shell: Path) -> None:
    with Library(shell) as library:
        old, new = library.versions(library.list(sources=["Harbour Post"])[0].id)
    done = run("show", old.id, "--versions")
    assert done.code == 0
    lines = done.out.splitlines()
    assert lines[0].split()[:2] == [old.id[:10], "2025-06-01"]
    assert lines[1].split()[:2] == [new.id[:10], "2025-06-02"]
    assert lines[1].endswith("(the newest)")
    assert [line[:9] for line in lines[2:]] == ["  - At le", "  + At le"]
    told = json.loads(run("show", old.id, "--versions", "--json").out)
    assert [one["id"] for one in told] == [old.id, new.id]
    assert [len(one["added"]) for one in told] == [0, 1]
    assert f"{new.id}, a newer version" in run("show", old.id).out


def test_a_timeline_counts_by_day_and_outlet(shell: Path) -> None:
    lines = run("list", "--timeline").out.splitlines()
    assert lines == ["2025-05-05\tThe Observer\t1", "2025-06-02\tHarbour Post\t1"]
    bars = json.loads(run("list", "--timeline", "--json", "--since", "2025-06-01").out)
    assert bars == [{"period": "2025-06-02", "source": "Harbour Post", "articles": 1}]


def test_a_long_timeline_is_told_by_month(shell: Path) -> None:
    with Library(shell) as library:
        days = range(10, 80)
        library.add([article(n, published=date.fromordinal(738_000 + n)) for n in days])
    lines = run("list", "--timeline").out.splitlines()
    assert {len(line.split("\t")[0]) for line in lines} == {7}
    assert sum(int(line.split("\t")[2]) for line in lines) == 72


@pytest.mark.parametrize(
    ("option", "value", "count"),
    [
        ("--author", "ana ruiz", 1),
        ("--author", "Ruiz", 1),
        ("--section", "SPORT", 1),
        ("--language", "en", 2),
        ("--language", "de", 0),
        ("--source", "harbour post", 1),
    ],
)
def test_articles_are_listed_by_what_is_known_of_them(
    shell: Path, option: str, value: str, count: int
) -> None:
    assert len(json.loads(run("list", option, value, "--json").out)) == count
