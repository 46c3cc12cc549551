"""Disks that refuse, folders that may not be written, files that are no library."""

from __future__ import annotations

import functools
import os
import sqlite3
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from library_kit import article, found, in_process, open_library

from index.errors import LibraryDamaged, LibraryError

NOBODY = 65534
LIMITED = """
    import resource
    import index.build
    from index.errors import AssistantError
    index.build.BATCH_PASSAGES = 8
    library = open_library(folder, on_notice=lambda line: say("notice", line))
    if len(sys.argv) > 3:
        library.add(article(1000))
    resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[2]), -1))
    try:
        library.add(
            [article(number) for number in range(60)],
            on_progress=lambda step: say("added", step.verdict.path),
        )
    except AssistantError as error:
        say("error", type(error).__name__, str(error))
"""


@pytest.fixture
def open_place() -> Iterator[Path]:
    """A folder that any user may look into."""
    with tempfile.TemporaryDirectory() as made:
        Path(made).chmod(0o755)
        yield Path(made)


@pytest.mark.parametrize("limit", [0, 3_000, 60_000, 150_000, 400_000])
def test_a_full_disk_is_one_line_and_what_was_reported_is_kept(tmp_path: Path, limit: int) -> None:
    folder = tmp_path / "library"
    lines = in_process(LIMITED, folder, str(limit))
    errors = [line for line in lines if line.startswith("error")]
    assert len(errors) == 1
    assert errors[0].startswith(f"error StorageFull The disk refused a write to {folder}")
    titles = [line.split(" ", 1)[1] for line in lines if line.startswith("added")]
    with open_library(folder, on_notice=lambda _: None) as library:
        assert {article.title for article in library} >= set(titles)
        assert len(library) < 60
        library.add([article(number) for number in range(60)])
        assert len(library) == 60
        assert all(found(library, number) for number in range(60))
        assert library.check() == ()


def test_where_only_the_vector_index_does_not_fit_the_library_goes_on(tmp_path: Path) -> None:
    folder = tmp_path / "library"
    script = """
        import errno
        import index.chroma.collection
        def full(*args, **options):
            raise OSError(errno.ENOSPC, "No space left on device")
        library = open_library(folder, on_notice=lambda line: say("notice", line))
        say(library.add(article(1)))
        index.chroma.collection._empty = full
        index.chroma.collection.ChromaCollection.upsert = index.chroma.collection.failures()(full)
        say(library.add([article(2), article(3)]))
        say(library.add(article(4)))
        say(all(found(library, number) for number in range(1, 5)))
    """
    added, notice, *rest = in_process(script, folder)
    assert added == "1 added"
    assert rest == ["2 added", "1 added", "True"]
    assert "cannot be used ([Errno 28] No space left on device)" in notice
    with open_library(folder, on_notice=lambda _: None) as library:
        assert all(found(library, number) for number in range(1, 5))
        assert library.check() == ()


def test_a_backup_that_does_not_fit_names_its_own_place(tmp_path: Path) -> None:
    with open_library(tmp_path / "library") as library:
        library.add([article(number) for number in range(60)])
    script = """
        import resource
        from index.errors import AssistantError
        library = open_library(folder)
        resource.setrlimit(resource.RLIMIT_FSIZE, (60_000, -1))
        try:
            library.backup(sys.argv[2])
        except AssistantError as error:
            say(type(error).__name__, error.message)
    """
    (line,) = in_process(script, tmp_path / "library", tmp_path / "copy")
    assert line.startswith(f"StorageFull The disk refused a write to {tmp_path / 'copy'}")
    assert not list((tmp_path / "copy").iterdir())


def own(folder: Path, owner: int) -> None:
    for path in (folder, *folder.rglob("*")):
        os.chown(path, owner, owner)


READER = """
    import datasketch  # of a folder that this user may then not look into
    os.setuid(65534)
    from index.errors import AssistantError
    library = open_library(folder, on_notice=say)
    try:
        say(len(library), found(library, 3), len(library.list()), len(library.search("ferry")))
    except AssistantError as error:
        say(type(error).__name__, error.message)
    for write in (
        lambda: library.add(article(100)),
        lambda: library.remove(library.list()[0].id),
        library.reindex,
    ):
        try:
            write()
        except AssistantError as error:
            say(type(error).__name__, error.message)
"""


@pytest.mark.parametrize("log", [True, False])
def test_a_library_that_may_only_be_read_answers_and_refuses_writes(
    open_place: Path, log: bool
) -> None:
    folder = open_place / "library"
    library = open_library(folder)
    library.add([article(number) for number in range(10)])
    if not log:  # a library in use has a log beside it, one that was closed has none
        library.close()
        assert not (folder / "library.sqlite-wal").exists()
    lines = in_process(READER, folder)
    library.close()
    assert lines[0] == "10 True 10 10"
    assert len(lines) == 4
    for line in lines[1:]:
        assert line.startswith(f"LibraryError The library {folder} cannot be used: Permission")


def test_a_folder_that_may_not_be_looked_into_is_one_line(open_place: Path) -> None:
    folder = open_place / "library"
    with open_library(folder) as library:
        library.add(article(1))
    folder.chmod(0)
    lines = in_process(READER, folder)
    folder.chmod(0o755)
    for line in lines:
        assert line.startswith(f"LibraryError The library {folder} cannot be used: Permission")


def test_a_place_that_is_no_folder_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for place in (tmp_path / "file", tmp_path / "file" / "below", tmp_path / ("x" * 300)):
        library = open_library(place)
        with pytest.raises(LibraryError, match=r"is not a folder|cannot be used"):
            library.add(article(1))


@pytest.mark.parametrize("content", [b"", b"rubbish" * 1000, b"SQLite format 3\0" + b"x" * 9000])
def test_a_file_that_is_no_library_is_left_as_it_is(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "library.sqlite"
    file.write_bytes(content)
    library = open_library(tmp_path)
    add = functools.partial(library.add, article(1))
    for use in (library.list, library.stats, library.reindex, add):
        with pytest.raises(LibraryDamaged, match="is damaged") as refused:
            use()
        assert str(file) in refused.value.message
        assert "backup" in refused.value.hint
    assert library.check() == (refused.value.message,)
    assert file.read_bytes() == content


def test_a_database_of_something_else_is_left_as_it_is(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "library.sqlite") as db:
        db.execute("CREATE TABLE others (number INTEGER)")
        db.execute("PRAGMA user_version = 1")
    db.close()
    library = open_library(tmp_path)
    for use in (library.list, library.stats, functools.partial(library.add, article(1))):
        with pytest.raises(LibraryDamaged, match="no such table"):
            use()
    with sqlite3.connect(tmp_path / "library.sqlite") as db:
        assert db.execute("SELECT name FROM sqlite_master").fetchall() == [("others",)]
    db.close()


def test_a_cut_file_is_said_to_be_damaged(tmp_path: Path) -> None:
    with open_library(tmp_path) as library:
        library.add([article(number) for number in range(60)])
    file = tmp_path / "library.sqlite"
    os.truncate(file, file.stat().st_size // 2)
    with open_library(tmp_path) as library:
        (problem,) = library.check()
        assert problem.startswith(f"The library file {file} is damaged")
        with pytest.raises(LibraryDamaged, match="is damaged"):
            list(library)
