"""One writer at a time: who waits, who is told, and what a death leaves held."""

from __future__ import annotations

import os
import signal
import threading
import time
from pathlib import Path

import pytest
from library_kit import article, finish, found, in_process, open_library, start, word

from index.errors import LibraryLocked
from index.locks import exclusive, shared

HOLDER = """
    from index.locks import exclusive
    folder.mkdir(exist_ok=True)
    with exclusive(folder / "write.lock", wait=5):
        say("held")
        time.sleep(100)
"""
ADDER = """
    library = open_library(folder, on_notice=lambda line: say("notice", line))
    first, last = int(sys.argv[2]), int(sys.argv[3])
    say("ready")
    sys.stdin.readline()
    for number in range(first, last, 5):
        report = library.add([article(n) for n in range(number, number + 5)])
        say("added", report.count("added"))
"""


def test_two_processes_that_add_at_once_lose_nothing(tmp_path: Path) -> None:
    folder = tmp_path / "library"
    ranges = ((0, 40), (100, 140))
    adders = [start(ADDER, folder, str(a), str(b), stdin=-1) for a, b in ranges]
    for adder in adders:
        assert adder.stdout is not None
        assert adder.stdout.readline() == "ready\n"
    for adder in adders:
        assert adder.stdin is not None
        adder.stdin.write("\n")
        adder.stdin.flush()
    for adder in adders:
        assert finish(adder) == ["added 5"] * 8
    with open_library(folder, on_notice=pytest.fail) as library:
        assert len(library) == 80
        assert all(found(library, number) for a, b in ranges for number in range(a, b))
        assert library.check() == ()


def test_two_threads_that_add_at_once_lose_nothing(tmp_path: Path) -> None:
    with open_library(tmp_path / "library", on_notice=pytest.fail) as library:
        threads = [
            threading.Thread(target=lambda n=n: library.add([article(n), article(n + 1)]))
            for n in range(0, 16, 2)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(library) == 16
        assert all(found(library, number) for number in range(16))
        assert library.check() == ()


def test_who_waits_too_long_is_told_who_holds_the_lock(tmp_path: Path) -> None:
    folder = tmp_path / "library"
    with open_library(folder, lock_wait=1.0) as library:
        library.add(article(1))
        holder = start(HOLDER, folder)
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        begun = time.monotonic()
        with pytest.raises(LibraryLocked) as refused:
            library.add(article(2))
        assert 1.0 <= time.monotonic() - begun < 5
        assert refused.value.pid == holder.pid
        assert refused.value.retryable
        assert f"process {holder.pid}; waited 1 seconds" in refused.value.message
        for write in (lambda: library.remove(library.list()[0].id), library.reindex):
            with pytest.raises(LibraryLocked):
                write()
        assert found(library, 1)  # readers do not wait
        assert len(library) == 1

        holder.send_signal(signal.SIGKILL)
        finish(holder, code=-signal.SIGKILL)
        library.add(article(2))
        assert found(library, 2)


def test_a_stopped_writer_does_not_stop_readers(tmp_path: Path) -> None:
    folder = tmp_path / "library"
    with open_library(folder) as library:
        library.add([article(n) for n in range(5)])
        writer = start(
            """
            import index.chroma.collection
            def stop(*args):
                say("in the middle")
                time.sleep(100)
            library = open_library(folder)
            library.search("ferry")
            index.chroma.collection.ChromaCollection.upsert = stop
            library.add(article(50))
            """,
            folder,
        )
        assert writer.stdout is not None
        assert writer.stdout.readline() == "in the middle\n"
        begun = time.monotonic()
        assert all(found(library, number) for number in (*range(5), 50))
        assert time.monotonic() - begun < 5
        writer.kill()
        finish(writer, code=None)
        assert found(library, 50)
        assert library.check() == ()


def test_a_lock_names_its_holder_and_ends_with_it(tmp_path: Path) -> None:
    path = tmp_path / "folder" / "lock"
    with exclusive(path, wait=0):
        assert path.read_text() == str(os.getpid())
        with shared(path) as free:
            assert not free
        with pytest.raises(LibraryLocked) as refused, exclusive(path, wait=0):
            pytest.fail("held twice")
        assert refused.value.pid == os.getpid()
    with shared(path) as one, shared(path) as two:
        assert one
        assert two
        with pytest.raises(LibraryLocked), exclusive(path, wait=0.1):
            pytest.fail("held while others read")
    with exclusive(path, wait=0):
        assert path.read_text() == str(os.getpid())


def test_a_lock_file_of_someone_else_is_no_one(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    with exclusive(path, wait=0):
        path.write_text("no number")
        with (
            pytest.raises(LibraryLocked, match="another process") as refused,
            exclusive(path, wait=0),
        ):
            pytest.fail("held twice")
        assert refused.value.pid == 0


def test_a_reader_makes_no_lock_file(tmp_path: Path) -> None:
    with shared(tmp_path / "missing" / "lock") as free:
        assert not free
    assert list(tmp_path.iterdir()) == []


def test_the_shell_can_add_while_a_library_is_open(tmp_path: Path) -> None:
    folder = tmp_path / "library"
    with open_library(folder) as library:
        library.add(article(1))
        library.search(word(1))
        assert in_process("say(open_library(folder).add(article(2)))", folder) == ["1 added"]
        assert found(library, 2)
