"""A library: what goes in, what comes out, what is left when it is taken away."""

from __future__ import annotations

import os
import shutil
import sqlite3
import tempfile
import threading
import time
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path

import pytest
from library_kit import (
    DIMENSION,
    Notices,
    WordEmbedding,
    article,
    body,
    found,
    in_process,
    open_library,
    word,
    write_articles,
)

from index import schema
from index.errors import (
    ArticleNotFound,
    EmbeddingMismatch,
    EmbeddingUnavailable,
    InvalidOption,
    LibraryNewer,
    PathUnusable,
)
from index.library import Library
from index.types import Appearance, Article, Progress, Report, content_id


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where a library may be made."""
    return tmp_path / "library"


@pytest.fixture
def open_place() -> Iterator[Path]:
    """A folder that any user may look into."""
    with tempfile.TemporaryDirectory() as made:
        Path(made).chmod(0o755)
        yield Path(made)


def outcome(report: Report) -> list[str]:
    return [verdict.status for verdict in report.verdicts]


def open_files() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


def raw(folder: Path) -> sqlite3.Connection:
    return sqlite3.connect(folder / "library.sqlite")


# -- add ----------------------------------------------------------------------------------------


def test_files_are_added_once_and_told_apart(folder: Path, tmp_path: Path) -> None:
    first, second = write_articles(tmp_path / "a", range(2))
    copy = Path(shutil.copy2(first, tmp_path / "a" / "copy.txt"))
    (tmp_path / "a" / "empty.txt").touch()
    steps: list[Progress] = []
    with open_library(folder) as library:
        report = library.add(tmp_path / "a", on_progress=steps.append)
        assert outcome(report) == ["added", "added", "duplicate", "skipped"]
        assert str(first.resolve()) in report.verdicts[2].reason
        assert report.skipped[0].path.endswith("empty.txt")
        assert [step.verdict for step in steps] == list(report.verdicts)
        assert [(step.done, step.total) for step in steps] == [(n, 4) for n in (1, 2, 3, 4)]
        assert outcome(library.add([second, copy])) == ["unchanged", "unchanged"]
        assert len(library) == 2
        (same,) = [a for a in library if word(0) in a.text]
        assert [place.path for place in same.appearances] == [
            str(path.resolve()) for path in (first, copy)
        ]
        assert same.id == content_id(same.text)


def test_the_id_follows_from_the_text_alone(tmp_path: Path) -> None:
    ids = []
    for name, title in (("one", "A title"), ("two", "Another title")):
        with open_library(tmp_path / name) as library:
            library.add([article(5), article(0, title=title, source=name)])
            ids.append({a.id for a in library})
    assert ids[0] == ids[1]


def test_the_same_text_from_two_outlets_is_one_article(folder: Path) -> None:
    with open_library(folder) as library:
        report = library.add([article(1), article(1, source="Evening Gull"), article(1)])
        assert outcome(report) == ["added", "duplicate", "unchanged"]
        (only,) = library.list()
        assert {place.source for place in only.appearances} == {"Harbour Post", "Evening Gull"}


def test_a_changed_file_replaces_its_old_version(folder: Path, tmp_path: Path) -> None:
    path, _ = write_articles(tmp_path / "a", range(2))
    with open_library(folder) as library:
        library.add(tmp_path / "a")
        path.write_text(f"Ferry\n\n{body(7)}")
        assert outcome(library.add(path)) == ["updated"]
        assert len(library) == 2
        assert found(library, 7)
        assert not found(library, 0)
        assert library.check() == ()
    assert not holding(folder, word(0).encode())


def test_until_the_new_version_is_embedded_the_old_one_answers(
    folder: Path, tmp_path: Path
) -> None:
    write_articles(tmp_path / "a", range(3))
    with open_library(folder) as library:
        library.add(tmp_path / "a")
    for number, path in enumerate(sorted((tmp_path / "a").iterdir())):
        path.write_text(f"Ferry\n\n{body(50 + number)}")
    with open_library(folder, embedding=WordEmbedding(fail_after=2)) as library:
        with pytest.raises(EmbeddingUnavailable, match="service is gone"):
            library.add(tmp_path / "a")
        assert all(found(library, number) for number in range(3))
        assert not any(found(library, 50 + number) for number in range(3))
    with open_library(folder) as library:
        assert outcome(library.add(tmp_path / "a")) == ["updated"] * 3
        assert all(found(library, 50 + number) for number in range(3))
        assert len(library) == 3


def test_what_was_reported_before_a_failure_is_kept(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("index.build.BATCH_PASSAGES", 4)
    told: list[str] = []
    with open_library(folder, embedding=WordEmbedding(fail_after=5)) as library:
        with pytest.raises(EmbeddingUnavailable, match="service is gone"):
            library.add(
                [article(n) for n in range(10)],
                on_progress=lambda step: told.append(step.verdict.path),
            )
        assert len(told) == len(library) > 0
        assert all(found(library, number) for number in range(len(told)))


def test_a_change_of_metadata_alone_is_an_update(folder: Path, tmp_path: Path) -> None:
    path = tmp_path / "a.md"
    path.write_text(f"---\ntitle: Old headline\ndate: 2025-06-01\n---\n{body(1)}\n")
    embedding = WordEmbedding()
    with open_library(folder, embedding=embedding) as library:
        library.add(path)
        (before,) = library.list()
        path.write_text(f"---\ntitle: New headline\ndate: 2025-06-03\n---\n{body(1)}\n")
        assert outcome(library.add(path)) == ["updated"]
        (after,) = library.list()
        assert (after.id, after.title, after.published) == (
            before.id,
            "New headline",
            date(2025, 6, 3),
        )
        assert library.search("new headline", top_k=1)[0].article == after
        assert library.term_counts(["old"]).counts == {"old": 0}
        assert library.check() == ()


def test_a_corrected_article_object_is_an_update(folder: Path) -> None:
    with open_library(folder) as library:
        library.add(article(1, title="Old headline"))
        assert outcome(library.add(article(1, title="New headline"))) == ["updated"]
        assert [a.title for a in library] == ["New headline"]
        assert len(library.list()[0].appearances) == 1


def test_touching_files_embeds_nothing(folder: Path, tmp_path: Path) -> None:
    paths = write_articles(tmp_path / "a", range(5))
    embedding = WordEmbedding()
    with open_library(folder, embedding=embedding) as library:
        library.add(tmp_path / "a")
        embedded = embedding.calls
        for path in paths:
            path.touch()
        assert outcome(library.add(tmp_path / "a")) == ["unchanged"] * 5
        assert embedding.calls == embedded


def test_a_text_that_moves_to_another_file_while_its_own_gets_a_new_one(
    folder: Path, tmp_path: Path
) -> None:
    first, second, third = write_articles(tmp_path / "a", range(3))
    with open_library(folder) as library:
        library.add(tmp_path / "a")
        third.write_text(second.read_text())  # 0 1 2 become 9 0 1
        second.write_text(first.read_text())
        first.write_text(f"Ferry\n\n{body(9)}")
        library.sync(tmp_path / "a")
        assert {a.text for a in library} == {body(0), body(1), body(9)}
        places = {a.text: [Path(p.path or "").name for p in a.appearances] for a in library}
        assert places == {body(9): [first.name], body(0): [second.name], body(1): [third.name]}
        assert library.check() == ()


def test_a_copy_that_outlives_its_original_takes_over(folder: Path, tmp_path: Path) -> None:
    one, other = tmp_path / "one.md", tmp_path / "two.md"
    for path, title in ((one, "First title"), (other, "Second title")):
        path.write_text(f"---\ntitle: {title}\n---\n{body(1)}\n")
    with open_library(folder) as library:
        library.add([one, other])
        one.write_text(f"---\ntitle: Other\n---\n{body(2)}\n")
        other.write_text(f"---\ntitle: Third title\n---\n{body(1)}\n")
        library.add([one, other])
        assert {(a.title, len(a.appearances)) for a in library} == {
            ("Other", 1),
            ("Third title", 1),
        }
        assert library.check() == ()


def test_bad_articles_are_skipped_and_the_rest_is_added(folder: Path) -> None:
    with open_library(folder) as library:
        report = library.add([article(1), Article(title="Nothing", text=" \0 "), article(2)])
        assert outcome(report) == ["added", "skipped", "added"]
        assert report.skipped[0].path == "Nothing"


def test_words_beyond_all_bounds_are_taken(folder: Path) -> None:
    with open_library(folder) as library:
        giant = Article(title="Giant", text="w" * 200_000)
        odd = Article(title="Odd", text=f"nul\0 and lone \ud800 surrogate. {body(3)}")
        assert outcome(library.add([giant, odd])) == ["added", "added"]
        assert found(library, 3)
        assert {a.title: len(a.text) for a in library}["Giant"] == 200_000


def test_missing_paths_and_folders_without_articles_are_refused(
    folder: Path, tmp_path: Path
) -> None:
    (tmp_path / "empty").mkdir()
    with open_library(folder) as library:
        for wrong in ("missing.txt", "empty"):
            with pytest.raises(PathUnusable, match=wrong):
                library.add(tmp_path / wrong)
        with pytest.raises(PathUnusable):
            library.add([*write_articles(tmp_path / "a", range(1)), tmp_path / "missing.txt"])
    assert not folder.exists()


# -- sync and remove ----------------------------------------------------------------------------


def test_sync_drops_the_articles_of_files_that_are_gone(folder: Path, tmp_path: Path) -> None:
    paths = write_articles(tmp_path / "a", range(4))
    elsewhere = write_articles(tmp_path / "b", range(3, 5))
    with open_library(folder) as library:
        library.add(elsewhere)
        assert library.sync(tmp_path / "a").count("added") == 3
        paths[1].unlink()
        paths[3].unlink()  # the same text lies in folder b too
        report = library.sync(tmp_path / "a")
        assert (report.count("unchanged"), report.count("removed")) == (2, 2)
        assert sorted(map(word, (0, 2, 3, 4))) == sorted(a.title.split()[1] for a in library)
        assert not found(library, 1)
        assert library.check() == ()


@pytest.mark.parametrize("spelling", ["link", "a/../a", "relative"])
def test_sync_knows_a_folder_however_it_is_spelled(
    folder: Path, tmp_path: Path, spelling: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    paths = write_articles(tmp_path / "a", range(2))
    (tmp_path / "link").symlink_to(tmp_path / "a")
    monkeypatch.chdir(tmp_path / "a")
    named = Path() if spelling == "relative" else tmp_path / spelling
    with open_library(folder) as library:
        library.sync(tmp_path / "a")
        paths[0].unlink()
        assert library.sync(named).count("removed") == 1
        assert len(library) == 1


def test_sync_does_not_empty_a_library_for_a_folder_that_is_not_there(
    folder: Path, tmp_path: Path
) -> None:
    paths = write_articles(tmp_path / "a", range(2))
    with open_library(folder) as library:
        library.sync(tmp_path / "a")
        for path in paths:
            path.unlink()
        with pytest.raises(PathUnusable, match="no article"):
            library.sync(tmp_path / "a")
        (tmp_path / "a").rmdir()
        with pytest.raises(PathUnusable, match="no file or folder"):
            library.sync(tmp_path / "a")
        (tmp_path / "a").touch()
        with pytest.raises(PathUnusable, match="is a file"):
            library.sync(tmp_path / "a")
        assert len(library) == 2


def test_sync_keeps_what_lies_in_a_folder_that_cannot_be_read(open_place: Path) -> None:
    folder, articles = open_place / "library", open_place / "a"
    write_articles(articles, range(2))
    write_articles(articles / "closed", range(2, 4))
    with open_library(folder) as library:
        library.sync(articles)
    for path in (folder, *folder.rglob("*")):
        os.chown(path, 65534, 65534)
    (articles / "closed").chmod(0)
    script = """
        os.setuid(65534)
        with open_library(folder) as library:
            for verdict in library.sync(sys.argv[2]).verdicts:
                say(verdict.status)
            say(len(library))
    """
    lines = in_process(script, folder, articles)
    assert lines == ["unchanged", "unchanged", "skipped", "4"]


def holding(folder: Path, needle: bytes) -> list[str]:
    """The files below a folder that hold some bytes."""
    return [
        path.name for path in folder.rglob("*") if path.is_file() and needle in path.read_bytes()
    ]


def test_removal_leaves_nothing_behind_in_any_store(folder: Path) -> None:
    with open_library(folder) as library:
        library.add([article(number) for number in range(20)])
        gone = library.search(word(7), top_k=1)[0].article
        with raw(folder) as db:
            (blob,) = db.execute(
                "SELECT data FROM vectors JOIN passages ON passages.number = passage "
                "JOIN articles ON articles.number = article WHERE articles.id = ?",
                (gone.id,),
            ).fetchone()
        db.close()
    assert holding(folder, word(7).encode())
    assert len(holding(folder, blob)) >= 2  # SQLite's and Chroma's
    # In a process of its own: Chroma saves memory that it never set, which may be of anything.
    removed = in_process("say(open_library(folder).remove(sys.argv[2]))", folder, gone.id[:8])
    assert removed == ["1 removed"]
    assert holding(folder, word(7).encode()) == []
    assert holding(folder, blob) == []
    notices = Notices()
    with open_library(folder, on_notice=notices.append) as library:
        assert not found(library, 7)
        assert found(library, 8)
        assert library.check() == ()
        assert library.term_counts([word(7)]).counts == {word(7): 0}
    assert notices == []


def test_removal_where_a_log_is_in_use_leaves_no_word_either(folder: Path) -> None:
    with open_library(folder) as library, open_library(folder) as other:
        library.add([article(number) for number in range(20)])
        assert found(other, 7)
        library.remove(library.search(word(7), top_k=1)[0].article.id)
        assert holding(folder, word(7).encode()) == []
        assert not found(other, 7)


def test_removal_of_an_unknown_article_removes_none(folder: Path) -> None:
    with open_library(folder) as library:
        library.add([article(1), article(2)])
        ids = [a.id for a in library]
        with pytest.raises(ArticleNotFound, match="deadbeef"):
            library.remove([*ids, "deadbeef"])
        assert len(library) == 2
        assert outcome(library.remove([])) == []
        assert outcome(library.remove(ids * 2)) == ["removed", "removed"]
        assert len(library) == 0
        assert library.search("ferry") == []
        assert library.check() == ()


def test_an_emptied_library_takes_another_model(folder: Path) -> None:
    notices = Notices()
    with open_library(folder) as library:
        library.add(article(1))
        library.remove([a.id for a in library])
    other = WordEmbedding(model_name="others", dimension=40)
    with open_library(folder, embedding=other, on_notice=notices.append) as library:
        library.add(article(2))
        assert found(library, 2)
        assert library.stats().embedding == "others"
    assert notices == []


# -- get, list, count, filters ------------------------------------------------------------------


def test_get_by_a_beginning_of_the_id(folder: Path) -> None:
    with open_library(folder) as library:
        library.add([article(number) for number in range(30)])
        one = library.list()[0]
        assert library.get(one.id) == library.get(one.id[:9]) == library.get(f" {one.id}\n") == one
        for wrong in ("", one.id[:3], "zzzz", "*" * 5, "\ud800\0", one.id + "0", "x" * 10_000):
            with pytest.raises(ArticleNotFound):
                library.get(wrong)


def test_a_beginning_that_two_ids_share_is_refused(folder: Path) -> None:
    with open_library(folder) as library:
        library.add([article(1), article(2)])
        with raw(folder) as db:
            for number, row in enumerate(db.execute("SELECT number FROM articles").fetchall()):
                db.execute("UPDATE articles SET id = ? WHERE number = ?", (f"abcd{number}", row[0]))
        db.close()
        with pytest.raises(ArticleNotFound, match="More than one"):
            library.get("abcd")
        assert library.get("abcd1").id == "abcd1"


def test_list_is_newest_first_and_undated_last(folder: Path) -> None:
    days = [date(2025, 3, 1), None, date(2025, 5, 1), date(2024, 1, 1), None, date(2025, 3, 1)]
    with open_library(folder) as library:
        library.add([article(n, published=day) for n, day in enumerate(days)])
        listed = [a.published for a in library.list()]
        assert listed == [*sorted((d for d in days if d), reverse=True), None, None]
        assert list(library) == library.list()
        assert [a.id for a in library.list(limit=2, offset=3)] == [
            a.id for a in library.list()[3:5]
        ]
        assert library.list(limit=0) == []
        for wrong in ({"limit": -1}, {"offset": -1}):
            with pytest.raises(InvalidOption):
                library.list(**wrong)


def test_iteration_reads_everything_once_while_others_write(folder: Path) -> None:
    with open_library(folder) as library, open_library(folder) as other:
        library.add([article(number) for number in range(250)])
        seen = []
        for position, each in enumerate(library):
            seen.append(each.id)
            if position == 120:
                other.add(article(999, published=date(2099, 1, 1)))
                other.remove(seen[0])
        assert len(seen) == len(set(seen)) == 250


@pytest.fixture(scope="module")
def filtered(tmp_path_factory: pytest.TempPathFactory) -> Library:
    """Five articles: three dated, two undated; one text by two outlets."""
    library = open_library(tmp_path_factory.mktemp("filtered") / "library")
    library.add(
        [
            article(1, published=date(2025, 6, 1), source="Ästeri ÉCHO"),
            article(2, published=date(2025, 6, 2), source="Harbour Post"),
            article(3, published=date(2025, 6, 3), source="Straße"),
            article(4, published=None, source="Harbour Post"),
            article(5, published=None, source=None),
            article(3, published=date(2025, 6, 9), source="Evening Gull"),
        ]
    )
    return library


@pytest.mark.parametrize(
    ("options", "passed", "undated"),
    [
        ({}, {1, 2, 3, 4, 5}, 0),
        ({"since": date(2025, 6, 2)}, {2, 3}, 2),
        ({"until": "2025-06-02"}, {1, 2}, 2),
        ({"since": "2025-06-02", "until": datetime(2025, 6, 2, 23, 59)}, {2}, 2),
        ({"since": "2030-01-01"}, set(), 2),
        ({"sources": ["harbour post"]}, {2, 4}, 0),
        ({"sources": "HARBOUR POST", "since": "2020-01-01"}, {2}, 1),
        ({"sources": ["äSTERI écho"]}, {1}, 0),
        ({"sources": ["STRASSE"]}, {3}, 0),
        ({"sources": ["evening gull"]}, {3}, 0),
        ({"sources": ["evening gull", " Harbour  Post "]}, {2, 3, 4}, 0),
        ({"sources": ["harbour"]}, set(), 0),
    ],
)
def test_filters(
    filtered: Library, options: dict[str, object], passed: set[int], undated: int
) -> None:
    expected = {word(number) for number in passed}
    assert {a.title.split()[1] for a in filtered.list(**options)} == expected
    hits = filtered.search("ferry harbour noon", top_k=20, **options)
    assert {hit.article.title.split()[1] for hit in hits} == expected
    counted = filtered.count(**options)
    assert (counted.articles, counted.undated) == (len(passed), undated)


@pytest.mark.parametrize(
    "options",
    [
        {"since": "yesterday"},
        {"until": "2025-13-01"},
        {"since": "2025-06-02", "until": "2025-06-01"},
        {"sources": [""]},
        {"since": 20250601},
    ],
)
def test_filters_that_make_no_sense_are_refused(
    filtered: Library, options: dict[str, object]
) -> None:
    for method in (lambda **o: filtered.search("x", **o), filtered.list, filtered.count):
        with pytest.raises(InvalidOption):
            method(**options)


def test_stats(filtered: Library) -> None:
    stats = filtered.stats()
    assert (stats.articles, stats.passages, stats.undated) == (5, 5, 2)
    assert stats.sources == (
        "Evening Gull",
        "Harbour Post",
        "Straße",
        "Ästeri ÉCHO",
    )
    assert (stats.oldest, stats.newest) == (date(2025, 6, 1), date(2025, 6, 3))
    assert stats.embedding == "words"
    assert stats.bytes > 100_000


# -- search -------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def news(tmp_path_factory: pytest.TempPathFactory, shared_data: Path) -> Library:
    """Real articles in a library with the bundled model."""
    folder = tmp_path_factory.mktemp("news")
    paths = sorted((shared_data / "bbc").rglob("*.txt"))
    chosen = [*paths[::110], shared_data / "real" / "istanbul-talks.txt"]
    library = Library(folder / "library")
    library.add(chosen)
    return library


def test_search_finds_by_meaning_and_by_words(news: Library) -> None:
    hit = news.search("Which city hosted the negotiations between Kyiv and Moscow?")[0]
    assert "Istanbul" in hit.article.text
    assert hit.passage.article_id == hit.article.id
    assert hit.article.text[hit.passage.start : hit.passage.end] == hit.passage.text
    assert hit.dense_rank is not None
    assert hit.lexical_rank is not None
    assert -1 <= (hit.dense_score or 0) <= 1.001
    assert (hit.lexical_score or 0) > 0


def test_hits_are_in_the_order_of_their_scores(news: Library) -> None:
    hits = news.search("the government's plans for schools", top_k=25)
    assert len(hits) == 25
    assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)
    assert len({hit.passage.id for hit in hits}) == 25
    for hit in hits:
        fused = sum(
            weight / (60 + rank)
            for weight, rank in ((1.0, hit.dense_rank), (2.0, hit.lexical_rank))
            if rank
        )
        assert hit.score == pytest.approx(fused)
    assert news.search("the government's plans for schools", top_k=3) == hits[:3]


def test_a_search_without_bounds_returns_every_passage(news: Library) -> None:
    hits = news.search("said", top_k=100_000)
    assert len({hit.passage.id for hit in hits}) == news.stats().passages > 50


@pytest.mark.parametrize(
    "query",
    [
        "",
        " \n",
        "?!",
        '"',
        "a AND OR NOT NEAR(",
        "col:on * ^ -x",
        "\0",
        "\ud800 lone",
        "_",
        "the who",
        "नमस्ते 你好 Ω ² ़",
        "word " * 200_000,
    ],
)
def test_any_query_is_answered(filtered: Library, query: str) -> None:
    assert len(filtered.search(query, top_k=2)) == 2


def test_top_k_below_one_is_refused(filtered: Library) -> None:
    for wrong in (0, -3):
        with pytest.raises(InvalidOption, match="top_k"):
            filtered.search("ferry", top_k=wrong)


def test_words_are_counted_by_their_stem(filtered: Library) -> None:
    counts = filtered.term_counts(
        ["harbours", "Leaving", word(3), "no-such", 'x" OR "ferry', "\0?"]
    ).counts
    assert counts == {
        "harbours": 5,
        "Leaving": 0,
        word(3): 1,
        "no-such": 0,
        'x" OR "ferry': 0,
        "\0?": 0,
    }


# -- several at once ----------------------------------------------------------------------------


def test_two_libraries_on_one_folder_see_each_others_writes(folder: Path) -> None:
    notices = Notices()
    options = {"on_notice": notices.append}
    with open_library(folder, **options) as one, open_library(folder, **options) as two:
        one.add(article(1))
        assert found(two, 1)
        two.add(article(2))
        assert found(one, 2)
        one.remove(two.search(word(1), top_k=1)[0].article.id)
        assert not found(two, 1)
        assert found(two, 2)
        two.add(article(3))
        assert found(one, 3)
        assert found(two, 3)
    assert notices == []


def test_an_open_library_follows_a_change_of_model(folder: Path) -> None:
    with open_library(folder) as one, open_library(folder) as two:
        one.add([article(n) for n in range(3)])
        assert found(two, 1)
        one.reindex(WordEmbedding(model_name="others", dimension=24))
        assert found(one, 1)
        with pytest.raises(EmbeddingMismatch):
            two.search(word(1))


def test_sixteen_threads_search_while_another_adds(folder: Path) -> None:
    notices = Notices()
    failures: list[str] = []
    done = threading.Event()
    with open_library(folder, on_notice=notices.append) as library:
        library.add([article(number) for number in range(20)])

        def search(own: int) -> None:
            while not done.is_set():
                hits = library.search(word(own), top_k=1)
                if not hits or word(own) not in hits[0].passage.text:
                    failures.append(f"{own}: {hits}")

        threads = [threading.Thread(target=search, args=(number,)) for number in range(16)]
        for thread in threads:
            thread.start()
        for number in range(100, 112):
            library.add(article(number))
            assert found(library, number)
        done.set()
        for thread in threads:
            thread.join(timeout=30)
        assert not any(thread.is_alive() for thread in threads)
        assert library.check() == ()
    assert failures == []
    assert notices == []


def test_five_hundred_searches_leave_no_file_open(folder: Path) -> None:
    with open_library(folder) as library, open_library(folder) as writer:
        writer.add([article(number) for number in range(5)])
        library.search("ferry")
        before = open_files()
        for number in range(500):
            library.search(word(number))
            if number % 10 == 0:  # the next search opens the vector index anew
                writer.add(article(1000 + number))
        assert open_files() <= before + 20  # Chroma's pools come and go


# -- backup -------------------------------------------------------------------------------------


def test_a_backup_is_a_library_of_its_own(folder: Path, tmp_path: Path) -> None:
    notices = Notices()
    with open_library(folder) as library:
        library.add([article(n) for n in range(5)])
        library.backup(tmp_path / "copy")
        library.remove(library.list()[0].id)
        with pytest.raises(PathUnusable, match="exists already"):
            library.backup(tmp_path / "copy")
    assert [path.name for path in (tmp_path / "copy").iterdir()] == ["library.sqlite"]
    with open_library(tmp_path / "copy", on_notice=notices.append) as copy:
        assert len(copy) == 5
        assert found(copy, 3)
        copy.add(article(9))
        assert found(copy, 9)
        assert copy.check() == ()


def test_there_is_no_backup_of_nothing(tmp_path: Path) -> None:
    library = open_library(tmp_path / "mistyped")
    with pytest.raises(PathUnusable, match="no library"):
        library.backup(tmp_path / "copy")
    assert list(tmp_path.iterdir()) == []


def test_a_backup_is_of_one_moment_while_another_thread_writes(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("index.build.BATCH_PASSAGES", 6)
    with open_library(folder) as library:
        library.add(article(0))
        writer = threading.Thread(
            target=lambda: library.add([article(n) for n in range(1, 60)]), daemon=True
        )
        writer.start()
        copies = 0
        while writer.is_alive() or copies < 2:
            library.backup(tmp_path / f"copy{copies}")
            copies += 1
            time.sleep(0.05)
        writer.join()
    for number in range(copies):
        with open_library(tmp_path / f"copy{number}", on_notice=lambda _: None) as copy:
            articles = len(copy)
            assert articles
            assert {a.title for a in copy} == {article(n).title for n in range(articles)}
            assert found(copy, articles - 1)
            assert copy.check() == ()


def test_a_backup_that_is_put_back_answers_by_its_own_articles(
    folder: Path, tmp_path: Path
) -> None:
    notices = Notices()
    with open_library(folder) as library:
        library.add([article(n) for n in range(3)])
        library.backup(tmp_path / "copy")
        library.add(article(10))
    for name in ("library.sqlite-wal", "library.sqlite-shm"):
        (folder / name).unlink(missing_ok=True)
    shutil.copy(tmp_path / "copy" / "library.sqlite", folder / "library.sqlite")
    with open_library(folder, on_notice=notices.append) as library:
        library.add(article(11))  # the same generation and count that Chroma has seen
        hits = library.search(word(11), top_k=1)
        assert word(11) in hits[0].passage.text
        assert hits[0].dense_rank == 1
        assert not found(library, 10)
    assert len(notices) <= 1


# -- models -------------------------------------------------------------------------------------


def test_another_model_is_refused_with_the_command_that_changes_it(tmp_path: Path) -> None:
    folder = tmp_path / "my library"
    with open_library(folder) as library:
        library.add(article(1))
    with open_library(folder, embedding=WordEmbedding(model_name="others")) as library:
        for attempt in (lambda: library.search("ferry"), lambda: library.add(article(2))):
            with pytest.raises(EmbeddingMismatch) as refused:
                attempt()
            assert "'words'" in refused.value.message
            assert (
                f"assistant reindex --library '{folder}' --embedding others" in refused.value.hint
            )
    with Library(folder) as library, pytest.raises(EmbeddingMismatch, match="Hand in the same"):
        library.search("ferry")


def test_a_model_of_the_same_name_and_another_dimension_is_refused(folder: Path) -> None:
    with open_library(folder) as library:
        library.add(article(1))
    with open_library(folder, embedding=WordEmbedding(dimension=12)) as library:
        for attempt in (lambda: library.search("ferry"), lambda: library.add(article(2))):
            with pytest.raises(EmbeddingMismatch, match=f"12 numbers.*{DIMENSION}"):
                attempt()
        assert len(library) == 1


def test_a_name_that_is_no_model_is_refused(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "model").mkdir()
    library = Library(folder, embedding=str(tmp_path / "model"))
    with pytest.raises(EmbeddingUnavailable, match="model"):
        library.add(article(1))
    assert not folder.exists()
    with pytest.raises(InvalidOption), Library(folder, embedding=object()) as library:
        library.add(article(1))


def test_unusable_vectors_are_refused(folder: Path) -> None:
    class Broken(WordEmbedding):
        def _vector(self, text: str) -> list[float]:
            return [float("nan")] * 4

    with open_library(folder, embedding=Broken()) as library:
        with pytest.raises(EmbeddingUnavailable, match="unusable vectors"):
            library.add(article(1))
        assert len(library) == 0


def test_vectors_without_a_direction_do_no_harm(folder: Path) -> None:
    class Nothing(WordEmbedding):
        def _vector(self, text: str) -> list[float]:
            return [0.0] * 4

    notices = Notices()
    for _ in range(2):
        with open_library(folder, embedding=Nothing(), on_notice=notices.append) as library:
            library.add([article(n) for n in range(3)])
            assert found(library, 1)
            assert library.check() == ()
    assert notices == []


def test_reindex_with_another_model_goes_on_after_an_interruption(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("index.upkeep._BATCH", 10)
    notices = Notices()
    with open_library(folder, on_notice=notices.append) as library:
        library.add([article(n) for n in range(35)])
        failing = WordEmbedding(model_name="others", dimension=24, fail_after=25)
        with pytest.raises(EmbeddingUnavailable, match="service is gone"):
            library.reindex(failing)
        assert found(library, 30)  # by the old vectors
        assert library.check() == ()
        fresh = WordEmbedding(model_name="others", dimension=24)
        steps: list[tuple[int, int]] = []
        library.reindex(fresh, on_progress=lambda done, total: steps.append((done, total)))
        assert fresh.calls == 15
        assert steps == [(30, 35), (35, 35)]
        assert all(found(library, n) for n in range(35))
        assert library.stats().embedding == "others"
        assert library.check() == ()
    with raw(folder) as db:
        assert db.execute("SELECT count(*), min(length(data)) FROM vectors").fetchone() == (35, 96)
    db.close()
    assert notices == []


def test_reindex_without_a_model_makes_the_vector_index_anew(folder: Path) -> None:
    notices = Notices()
    embedding = WordEmbedding()
    with open_library(folder, embedding=embedding, on_notice=notices.append) as library:
        library.add([article(n) for n in range(5)])
        shutil.rmtree(folder / "chroma")
        library.reindex()
        assert (folder / "chroma" / "chroma.sqlite3").exists()
        assert embedding.calls == 5
        assert found(library, 3)
        assert library.check() == ()
    assert notices == []


def test_reindex_without_a_model_mends_all_that_check_finds(folder: Path) -> None:
    embedding, notices = WordEmbedding(), Notices()
    with open_library(folder, embedding=embedding, on_notice=notices.append) as library:
        library.add([article(n) for n in range(5)])
    with raw(folder) as db:
        db.execute("DELETE FROM vectors WHERE passage IN (SELECT min(number) FROM passages)")
        db.execute("INSERT INTO passage_index (passage_index) VALUES ('delete-all')")
    db.close()
    with open_library(folder, embedding=embedding, on_notice=notices.append) as library:
        bare, words = library.check()
        assert bare == "1 passage has no vector; `assistant reindex` makes it."
        assert "text index" in words
        steps: list[tuple[int, int]] = []
        library.reindex(on_progress=lambda done, total: steps.append((done, total)))
        assert library.check() == ()
        assert steps == [(5, 5)]
        assert embedding.calls == 6
        assert all(found(library, n) for n in range(5))
    assert notices == []


def test_reindex_without_a_model_keeps_the_librarys_own(folder: Path) -> None:
    other = WordEmbedding(model_name="others")
    with open_library(folder) as library:
        library.add([article(n) for n in range(5)])
    with raw(folder) as db:
        db.execute("DELETE FROM vectors WHERE passage < (SELECT max(number) FROM passages)")
    db.close()
    with open_library(folder, embedding=other) as library:
        assert library.check()[0].startswith("4 passages have no vector")
        with pytest.raises(EmbeddingMismatch):
            library.reindex()
        assert other.calls == 0
    with open_library(folder) as library:
        library.reindex()
        assert library.check() == ()


# -- the file -----------------------------------------------------------------------------------


def test_reading_a_mistyped_folder_creates_nothing(tmp_path: Path) -> None:
    with open_library(tmp_path / "mistyped") as library:
        assert library.search("ferry") == []
        assert library.list() == []
        assert list(library) == []
        assert len(library) == 0
        assert library
        assert library.stats().articles == 0
        assert library.count().articles == 0
        assert library.check() == ()
        assert library.term_counts(["x"]).counts == {"x": 0}
        library.reindex()
        library.reindex(WordEmbedding(model_name="others"))
        with pytest.raises(ArticleNotFound):
            library.get("abcdef")
        with pytest.raises(ArticleNotFound):
            library.remove("abcdef")
    assert list(tmp_path.iterdir()) == []


def test_a_library_of_a_later_release_is_refused(folder: Path) -> None:
    with open_library(folder) as library:
        library.add(article(1))
    with raw(folder) as db:
        db.execute(f"PRAGMA user_version = {schema.SCHEMA_VERSION + 1}")
    db.close()
    with open_library(folder) as library:
        for attempt in (library.list, lambda: library.search("x"), lambda: library.add(article(2))):
            with pytest.raises(LibraryNewer, match="upgrade") as refused:
                attempt()
            assert str(folder) in refused.value.message


def test_an_older_library_is_brought_up_to_date(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with open_library(folder) as library:
        library.add(article(1))
    step = "CREATE TABLE later (number INTEGER); INSERT INTO later VALUES (7);"
    monkeypatch.setattr(schema, "MIGRATIONS", (*schema.MIGRATIONS, step))
    monkeypatch.setattr(schema, "SCHEMA_VERSION", schema.SCHEMA_VERSION + 1)
    with open_library(folder) as library:
        together = threading.Barrier(4)

        def read() -> None:
            together.wait()
            library.list()

        threads = [threading.Thread(target=read) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert found(library, 1)
    with raw(folder) as db:
        assert db.execute("SELECT number FROM later").fetchall() == [(7,)]
        assert db.execute("PRAGMA user_version").fetchone() == (schema.SCHEMA_VERSION,)
    db.close()


def test_a_new_file_has_the_current_schema_and_keeps_nothing_it_was_made_from(folder: Path) -> None:
    with open_library(folder) as library:
        library.add(article(1))
    with raw(folder) as db:
        assert db.execute("PRAGMA user_version").fetchone() == (schema.SCHEMA_VERSION,)
        assert db.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        assert db.execute("PRAGMA quick_check").fetchone() == ("ok",)
    db.close()
    assert not list(folder.glob("*.new*"))


def test_the_log_of_a_file_that_is_gone_is_not_read_into_a_new_one(folder: Path) -> None:
    library = open_library(folder)
    library.add([article(n) for n in range(20)])
    log = (folder / "library.sqlite-wal").read_bytes()
    library.close()
    assert len(log) > 1000
    (folder / "library.sqlite").unlink()
    (folder / "library.sqlite-wal").write_bytes(log)
    with open_library(folder, on_notice=lambda _: None) as library:
        library.add(article(100))
        assert [a.title for a in library] == [article(100).title]
        assert found(library, 100)
        assert library.check() == ()


def test_an_appearance_keeps_what_it_said(folder: Path) -> None:
    place = {"source": "Gull", "url": "https://example.org/a", "published": date(2025, 1, 2)}
    with open_library(folder) as library:
        library.add([article(1), article(1, **place), article(1, url="javascript:alert(1)")])
        (only,) = library.list()
        assert only.appearances[1] == Appearance(**place)
        assert len(only.appearances) == 2


def test_an_odd_encoding_and_another_language_are_told_with_the_verdict(tmp_path: Path) -> None:
    news = tmp_path / "news"
    news.mkdir()
    (news / "a.txt").write_bytes(
        "The fine was £15m, the court in Lorn said on Monday.".encode("cp1252")
    )
    (news / "b.txt").write_text(
        "Vor der Küste ist am Dienstagabend eine Fähre in Brand geraten. Die Küstenwache brachte "
        "alle Passagiere in Sicherheit, teilte der Kapitän am Mittwoch mit.",
        "utf-8",
    )
    (news / "c.txt").write_text("The mayor of Lorn resigned on Monday after the vote.", "utf-8")
    with Library(tmp_path / "library") as library:
        reasons = [verdict.reason for verdict in library.add(news).verdicts]
    assert reasons[0] == "not valid UTF-8: read as Windows-1252"
    assert "'de'" in reasons[1]
    assert reasons[2] == ""
