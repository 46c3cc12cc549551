"""The catalogue of a library, and removals that are undone: what was there is there again."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from library_kit import WordEmbedding, article, body, found, open_library, word, write_articles

from index.catalogue import Entry, Order, elsewhere, holds_file, listed, outlets, state_of
from index.errors import ArticleNotFound, InvalidOption
from index.library import Library
from index.types import Article


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    with open_library(tmp_path / "library") as one:
        yield one


def titles(library: Library, **options: Any) -> list[str]:
    return [entry.title for entry in listed(library, **options).entries]


def report(title: str, day: int | None, source: str | None, text: str, **more: Any) -> Article:
    published = date(2025, 6, day) if day else None
    return Article(title=title, text=text, source=source, published=published, **more)


REPORTS = [
    report("Zebra crosses", 3, "Vale Post", "A zebra crossed the Ålbrook bridge before noon."),
    report("apples sold", 5, "harbour post", "The orchard of Quillam sold each of its apples."),
    report("Mayor resigns", None, None, "The mayor of Quillam resigned.", author="Elin Dahl"),
    report("Bridge closed", 5, "Vale Post", "The bridge was closed. Engineers found a crack."),
]


@pytest.mark.parametrize(
    ("order", "expected"),
    [
        ("newest", ["apples sold", "Bridge closed", "Zebra crosses", "Mayor resigns"]),
        ("oldest", ["Zebra crosses", "apples sold", "Bridge closed", "Mayor resigns"]),
        ("title", ["apples sold", "Bridge closed", "Mayor resigns", "Zebra crosses"]),
        ("outlet", ["apples sold", "Bridge closed", "Zebra crosses", "Mayor resigns"]),
        ("added", ["Bridge closed", "Mayor resigns", "apples sold", "Zebra crosses"]),
    ],
)
def test_each_order(library: Library, order: Order, expected: list[str]) -> None:
    library.add(REPORTS)
    assert titles(library, order=order) == expected


def test_an_unknown_order_is_refused(library: Library) -> None:
    with pytest.raises(InvalidOption, match="none"):
        listed(library, order="random; DROP TABLE articles")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("matching", "expected"),
    [
        ("", 4),
        ("quillam", 2),  # of the text
        ("QUILL", 2),  # the beginning of a word
        ("lbrook", 0),  # which only begins one with another letter before
        ("albrook", 1),  # as the text index folds it
        ("ridge", 1),  # within a headline
        ("vale post", 2),  # an outlet
        ("elin dahl", 1),  # an author
        ("quillam apples", 1),  # both, in different places
        ("crack zebra", 0),
        ('" OR title:* --', 0),
        ("%", 4),  # no word: nothing is asked for
        ("bridge", 2),
    ],
)
def test_what_is_searched_for(library: Library, matching: str, expected: int) -> None:
    library.add(REPORTS)
    assert listed(library, matching=matching).total == expected


@given(st.text(max_size=60))
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_is_typed_can_be_searched_for(library: Library, typed: str) -> None:
    if not len(library):
        library.add(REPORTS)
    assert 0 <= listed(library, matching=typed).total <= 4


def test_a_page_of_a_filtered_list_knows_how_many_there_are(library: Library) -> None:
    library.add([article(number) for number in range(60)])
    page = listed(library, limit=50)
    assert (len(page.entries), page.total) == (50, 60)
    assert listed(library, since="2025-06-01", until="2025-06-30").total == 5
    assert listed(library, sources=("HARBOUR POST",), limit=1).total == 60
    assert listed(library, sources=("Nobody",)).total == 0


def test_an_entry_tells_of_copies_and_versions(library: Library, tmp_path: Path) -> None:
    text = body(1, sentences=12)
    address = "https://a.example/2025/ferry"
    library.add(
        [
            report("Ferry off", 1, "Vale Post", text, url=address),
            report("Ferry off", 2, "Meridian Wire", text),  # the same text elsewhere
            report("Ferry off now", 2, "City Ledger", text + " It rained."),  # a near copy
            report("Ferry off", 3, "Vale Post", body(2), url=address),  # a newer version
        ]
    )
    entries = {entry.source: entry for entry in listed(library).entries}
    assert entries["Vale Post"] == Entry(
        id=entries["Vale Post"].id,
        title="Ferry off",
        source="Vale Post",
        published=date(2025, 6, 3),
        words=len(body(2).split()),
        places=0,
        versions=2,
    )
    copy = library.list(sources=["City Ledger"])[0]
    assert entries["City Ledger"].places == len(elsewhere(library, copy))
    old = library.versions(entries["Vale Post"].id)[0]
    assert {place.source for place in elsewhere(library, old)} == {"Meridian Wire", "City Ledger"}


def test_outlets_are_counted_with_every_place_of_an_article(library: Library) -> None:
    text = body(1)
    library.add(
        [
            report("A", 1, "Vale Post", text),
            report("A", 2, "Meridian Wire", text),
            report("B", 3, "vale post", body(2)),
            report("C", None, None, body(3)),
        ]
    )
    assert [(one.name.lower(), one.articles) for one in outlets(library)] == [
        ("vale post", 2),
        ("meridian wire", 1),
    ]
    assert [one.articles for one in outlets(library, since="2025-06-03")] == [1]
    for one in outlets(library):
        assert listed(library, sources=(one.name,)).total == one.articles


def test_the_state_changes_with_every_write_and_only_then(library: Library, tmp_path: Path) -> None:
    states = [state_of(library)]
    with open_library(library.path) as other:  # as another process would
        for write in (
            lambda: other.add(article(1)),
            lambda: other.edit(article(1).id, published=date(2025, 1, 1)),
            lambda: other.remove(article(1).id),
        ):
            write()
            states.append(state_of(library))
            list(library)
            library.search("ferry")
            assert state_of(library) == states[-1]
    assert len(set(states)) == len(states)


def test_an_empty_library_has_an_empty_catalogue(library: Library) -> None:
    assert (listed(library).total, outlets(library)) == (0, ())
    assert not library.path.exists()


# Removing, and undoing it

TABLES = {
    "articles": "*",
    "appearances": "article, path, url, source, published, size, modified",
    "corrections": "*",
    "bands": "*",
    "passages": "article, start, stop",
    "vectors": "(SELECT p.article || ':' || p.start FROM passages AS p WHERE p.number = passage), "
    "model, data",
}


def rows(library: Library) -> dict[str, list[tuple[Any, ...]]]:
    """Everything that a library knows, but for the numbers of passages, which are never reused."""
    with sqlite3.connect(library.store.file) as db:
        found = {
            table: sorted(db.execute(f"SELECT {columns} FROM {table}").fetchall(), key=repr)
            for table, columns in TABLES.items()
        }
    db.close()
    return found


def stocked(library: Library, folder: Path) -> list[str]:
    """A library with files, versions, copies and corrections; returns the ids of its articles."""
    address = "https://a.example/2025/ferry"
    long = body(7, sentences=12)
    library.add(write_articles(folder, range(3)))
    library.add(
        [
            article(3, url=address, published=date(2025, 6, 1), title="Ferry off the strait"),
            article(4, url=address, published=date(2025, 6, 2), title="Ferry off the strait"),
            article(5, url=address, published=date(2025, 6, 3), title="Ferry off the strait"),
            article(6, published=None),
            article(7, text=long),
            article(8, text=long + " It rained."),
            article(9, text=long, source="Meridian Wire"),
        ]
    )
    ids = [one.id for one in library]
    older = [one.id for one in library.versions(article(5).id)[:-1]]
    library.edit(ids[0], title="A better headline", author="Elin Dahl", published=None)
    library.edit(older[0], section="News")
    return [*ids, *older]


def test_each_removal_is_undone_to_the_last_row(library: Library, tmp_path: Path) -> None:
    ids = stocked(library, tmp_path / "files")
    before = rows(library)
    order = [one.id for one in library]
    for article_id in ids:
        taken = library.take_out([article_id])
        assert rows(library) != before
        with pytest.raises(ArticleNotFound):
            library.get(article_id)
        assert library.put_back(taken).count("added") == 1
        assert rows(library) == before
        assert library.check() == ()
    assert [one.id for one in library] == order


def test_many_are_removed_and_come_back_together(library: Library, tmp_path: Path) -> None:
    ids = stocked(library, tmp_path / "files")
    before = rows(library)
    taken = library.take_out(ids)
    assert len(library) == 0
    library.put_back(taken)
    assert rows(library) == before
    assert library.check() == ()
    assert all(found(library, number) for number in (0, 1, 2, 6))


def test_a_file_that_is_back_is_known_to_be_unchanged(library: Library, tmp_path: Path) -> None:
    (path,) = write_articles(tmp_path, range(1))
    library.add(path)
    assert holds_file(library, path)
    taken = library.take_out([next(iter(library)).id])
    assert not holds_file(library, path)
    library.put_back(taken)
    assert library.sync(tmp_path).count("unchanged") == 1
    assert len(library) == 1


def test_one_unknown_id_removes_nothing(library: Library) -> None:
    library.add(article(1))
    with pytest.raises(ArticleNotFound):
        library.take_out([article(1).id, "0123456789abcdef"])
    assert len(library) == 1


def test_what_was_added_again_meanwhile_is_left_alone(library: Library, tmp_path: Path) -> None:
    (path,) = write_articles(tmp_path, range(1))
    library.add([path, article(5)])
    taken = library.take_out([one.id for one in library])
    library.add(article(5, title="Another headline"))
    library.add(article(6))  # takes a row that was free
    path.write_text(body(8))
    library.add(path)  # the file holds another article by now
    report = library.put_back(taken)
    assert sorted(verdict.status for verdict in report.verdicts) == ["added", "unchanged"]
    assert library.get(article(5).id).title == "Another headline"
    back = next(one for one in library if word(0) in one.text)
    assert back.appearances == ()
    assert library.check() == ()
    assert found(library, 0)
    assert found(library, 8)


def test_what_comes_back_is_embedded_as_its_library_is_by_now(library: Library) -> None:
    library.add([article(1), article(2)])
    taken = library.take_out([article(1).id])
    library.reindex(WordEmbedding(model_name="other", dimension=24))
    library.put_back(taken)
    assert library.check() == ()
    assert found(library, 1)


def test_nothing_of_what_was_removed_stays_on_the_disk(library: Library) -> None:
    library.add([article(1), article(2)])
    taken = library.take_out([article(1).id])
    assert taken[0].article.title == article(1).title
    library.close()
    for path in library.path.rglob("*"):
        if path.is_file():
            assert word(1).encode() not in path.read_bytes(), path
