"""Corrections: what becomes of an article, of searches for it, and of its file when read again."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest
from cli_runs import run
from library_kit import WordEmbedding, article, found, in_process, open_library, write_articles

from index.errors import ArticleNotFound, InvalidInput, InvalidOption
from index.library import Library


@pytest.fixture
def library(tmp_path: Path) -> Library:
    return open_library(tmp_path / "library")


def test_facts_are_corrected_and_searched_by(library: Library) -> None:
    library.add([article(1), article(2)])
    changed = library.edit(
        article(1).id, source="The Observer", published="2025-09-01", author="Ana Ruiz"
    )
    assert (changed.source, changed.published, changed.author) == (
        "The Observer",
        date(2025, 9, 1),
        "Ana Ruiz",
    )
    assert library.get(article(1).id) == changed
    assert [one.id for one in library.list(sources=["the observer"])] == [article(1).id]
    assert [one.id for one in library.list(sources=["Harbour Post"])] == [article(2).id]
    assert [one.id for one in library.list(since="2025-09-01")] == [article(1).id]
    assert library.check() == ()


def test_a_fact_can_be_unknown(library: Library) -> None:
    library.add(article(1))
    assert library.edit(article(1).id, published=None, source=None).published is None
    assert library.count(since="2000-01-01").undated == 1
    assert library.stats().sources == ()


def test_a_headline_is_searched_by_its_new_words(library: Library) -> None:
    library.add([article(1), article(2)])
    before = library.embedder
    assert isinstance(before, object)
    library.edit(article(1).id, title="Trawler zyquux")
    assert library.search("zyquux", top_k=1)[0].article.id == article(1).id
    assert library.get(article(1).id).title == "Trawler zyquux"
    hit = library.search("trawler zyquux", top_k=1)[0]
    assert hit.dense_rank == 1
    assert found(library, 2)
    assert library.check() == ()


def test_a_correction_holds_when_the_file_is_read_again(library: Library, tmp_path: Path) -> None:
    (path,) = write_articles(tmp_path / "articles", range(1))
    library.add(path)
    (known,) = library.list()
    library.edit(known.id, source="The Observer", title="Trawler")
    path.write_text(path.read_text() + "\n")  # read again; its text is the same
    report = library.sync(path.parent)
    assert str(report) == "1 unchanged"
    (again,) = library.list()
    assert (again.title, again.source) == ("Trawler", "The Observer")


def test_nothing_of_a_correction_is_left_when_its_article_is_removed(library: Library) -> None:
    library.add([article(1), article(2)])
    library.edit(article(1).id, title="Zyquux", section="Shipping")
    library.remove(article(1).id)
    library.close()
    assert b"Zyquux" not in (library.path / "library.sqlite").read_bytes()
    library.add(article(1))
    assert library.get(article(1).id).section is None


def test_a_correction_holds_when_the_article_is_told_with_other_facts(library: Library) -> None:
    library.add(article(1))
    library.edit(article(1).id, section="Shipping")
    library.add(article(1, author="Ana Ruiz"))
    again = library.get(article(1).id)
    assert (again.section, again.author) == ("Shipping", "Ana Ruiz")


def test_an_object_added_again_is_known_by_its_corrected_place(library: Library) -> None:
    library.add(article(1))
    library.edit(article(1).id, source="The Observer")
    assert str(library.add(article(1))) == "1 unchanged"
    assert len(library.list()[0].appearances) == 1


def test_an_address_that_is_corrected_finds_its_story(library: Library) -> None:
    one, two = article(1, url=None), article(2, url="https://a.example/x")
    two = article(1, text=one.text + " More soon.", url="https://a.example/x")
    library.add([one, two])
    assert len(library) == 2
    library.edit(one.id, url="https://a.example/x", published="2024-01-01")
    assert [each.id for each in library.versions(two.id)] == [one.id, two.id]
    library.edit(one.id, url=None)
    assert len(library) == 2


@pytest.mark.parametrize(
    "facts",
    [
        {},
        {"text": "other"},
        {"title": None},
        {"title": " "},
        {"published": "June"},
        {"source": 5},
        {"language": ""},
    ],
)
def test_what_is_no_correction_is_refused(library: Library, facts: dict[str, object]) -> None:
    library.add(article(1))
    with pytest.raises(InvalidOption):
        library.edit(article(1).id, **facts)  # type: ignore[arg-type]


def test_an_address_that_may_not_be_fetched_is_none(library: Library) -> None:
    library.add(article(1))
    with pytest.raises(InvalidInput):
        library.edit(article(1).id, url="file:///etc/passwd")


def test_an_unknown_article_cannot_be_corrected(library: Library) -> None:
    library.add(article(1))
    with pytest.raises(ArticleNotFound):
        library.edit("0123456789abcdef", title="x")


def test_another_process_sees_the_new_headline(tmp_path: Path) -> None:
    with open_library(tmp_path) as library:
        library.add([article(1), article(2)])
        assert found(library, 1)
        in_process("open_library(folder).edit(article(1).id, title='Trawler zyquux')", tmp_path)
        assert library.search("zyquux", top_k=1)[0].article.title == "Trawler zyquux"
        assert library.check() == ()


def test_a_headline_is_kept_when_its_words_cannot_be_embedded(tmp_path: Path) -> None:
    with open_library(tmp_path) as library:
        library.add(article(1))
    failing = WordEmbedding(fail_after=0)
    with open_library(tmp_path, embedding=failing) as library:
        with pytest.raises(Exception, match="embedding"):
            library.edit(article(1).id, title="Trawler")
        assert library.get(article(1).id).title == article(1).title
        assert library.check() == ()


# --- in the shell


@pytest.fixture
def shell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "shell"
    monkeypatch.setenv("ASSISTANT_LIBRARY", str(folder))
    with Library(folder) as library:
        library.add(article(1))
    return folder


def test_edit_corrects_and_tells(shell: Path) -> None:
    done = run("edit", article(1).id[:8], "--date", "2025-09-01", "--unknown", "source")
    assert done.code == 0
    assert "date:     2025-09-01" in done.out
    assert "outlet" not in done.out
    told = json.loads(run("edit", article(1).id, "--title", "Trawler", "--json").out)
    assert (told["title"], told["published"]) == ("Trawler", "2025-09-01")


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ([], "Nothing is given to correct"),
        (["--date", "soon"], "not a date"),
        (["--unknown", "colour"], "'colour' cannot be corrected"),
        (["--source", "x", "--unknown", "source"], "--unknown source and a value"),
    ],
)
def test_edit_says_what_is_wrong(shell: Path, options: list[str], said: str) -> None:
    done = run("edit", article(1).id, *options)
    assert done.code in {1, 2}
    assert said in done.err
