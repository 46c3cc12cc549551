"""Moving a library's vectors to a Chroma server: resumed, verified, and in nobody's way."""

from __future__ import annotations

import json
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from chroma_servers import Between, between, chroma_server, free_port
from cli_runs import run
from library_kit import Notices, article, found, open_library, start, word

from index.chroma import moving as moving_module
from index.chroma.address import ChromaAddress
from index.chroma.moving import move_vectors
from index.errors import LibraryError, LibraryLocked, PathUnusable
from index.library import Library


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a Chroma server."""
    port = free_port()
    with chroma_server(tmp_path_factory.mktemp("server") / "data", port):
        yield f"http://127.0.0.1:{port}"


@pytest.fixture
def small_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ten passages a batch, and short pauses."""
    monkeypatch.setattr(moving_module, "_BATCH", 10)
    monkeypatch.setattr(moving_module, "_PAUSES", (0.1, 0.1, 0.1))


def made(folder: Path, size: int) -> Library:
    library = open_library(folder, on_notice=lambda _: None)
    library.add([article(number) for number in range(size)])
    return library


def sent(door: Between) -> list[str]:
    """The numbers of the passages that were sent, in order."""
    return [
        number
        for request, body in zip(door.requests, door.bodies, strict=True)
        if request.endswith("/upsert")
        for number in json.loads(body)["ids"]
    ]


def test_a_moved_library_is_in_step_and_nothing_was_embedded(server: str, tmp_path: Path) -> None:
    folder, notices, steps = tmp_path / "library", Notices(), []
    with made(folder, 60) as library:
        calls = library.embedder.embed(["x"]) is not None and library._asked_embedding.calls
        moved = move_vectors(
            library.store, ChromaAddress(server), on_progress=lambda *step: steps.append(step)
        )
        assert library._asked_embedding.calls == calls
        assert (moved.passages, moved.sent) == (60, 60)
        assert moved.recall > 0.9
        assert steps[0] == (0, 60)
        assert steps[-1] == (60, 60)
        assert found(library, 3)  # where it was, all is as before
        again = move_vectors(library.store, ChromaAddress(server))
        assert again.sent == 0
    with open_library(folder, chroma=server, on_notice=notices.append) as library:
        (best,) = [hit for hit in library.search(word(7), top_k=60) if hit.dense_rank == 1]
        assert word(7) in best.passage.text
        assert library.check() == ()
    assert notices == []


def test_two_libraries_on_one_server_keep_to_themselves(server: str, tmp_path: Path) -> None:
    for name, numbers in (("one", range(20)), ("two", range(50, 75))):
        with open_library(tmp_path / name) as library:
            library.add([article(number) for number in numbers])
            moved = move_vectors(library.store, ChromaAddress(server))
            assert moved.passages == len(numbers)
    notices = Notices()
    for name, number, size in (("one", 3, 20), ("two", 60, 25)):
        with open_library(tmp_path / name, chroma=server, on_notice=notices.append) as library:
            hits = library.search(word(number), top_k=100)
            assert word(number) in hits[0].passage.text
            assert sum(hit.dense_rank is not None for hit in hits) == size
    assert notices == []


def test_what_others_write_meanwhile_is_carried_over(
    server: str, tmp_path: Path, small_steps: None
) -> None:
    folder, notices = tmp_path / "library", Notices()
    with made(folder, 60) as library, open_library(folder) as other:
        written: list[str] = []

        def write(done: int, _total: int) -> None:
            if done >= 30 and not written:
                gone = other.search(word(2), top_k=1)[0].article.id
                renamed = other.search(word(1), top_k=1)[0].article.id
                written.extend((gone, renamed))
                other.remove(gone)  # one that was sent
                other.edit(renamed, title=f"Renamed {word(800)}")
                other.remove(other.search(word(55), top_k=1)[0].article.id)  # one that was not
                other.add(article(300))
                assert found(other, 300)

        moved = move_vectors(library.store, ChromaAddress(server), on_progress=write)
        assert written
        assert moved.passages == 59
    with open_library(folder, chroma=server, on_notice=notices.append) as library:
        (best,) = [hit for hit in library.search(word(300), top_k=60) if hit.dense_rank == 1]
        assert word(300) in best.passage.text
        assert library.check() == ()
    assert notices == []


def test_a_server_that_goes_away_and_comes_back_is_waited_for(
    server: str, tmp_path: Path, small_steps: None
) -> None:
    with made(tmp_path / "library", 60) as library, between(server) as door:
        broken: list[int] = []

        def break_off(done: int, _total: int) -> None:
            if done == 30 and not broken:
                broken.append(done)
                door.breaks = 2

        moved = move_vectors(library.store, ChromaAddress(door.url), on_progress=break_off)
        assert moved.passages == 60
        assert 60 < len(sent(door)) <= 60 + 2 * 10  # the broken batch is sent again, not the others
        assert len(set(sent(door))) == 60


def test_a_server_that_stays_away_ends_the_move_and_the_next_goes_on(
    server: str, tmp_path: Path, small_steps: None
) -> None:
    with made(tmp_path / "library", 60) as library, between(server) as door:

        def break_off(done: int, _total: int) -> None:
            door.breaks = 1000 if done >= 30 else 0

        with pytest.raises(LibraryError, match="cannot be reached") as caught:
            move_vectors(library.store, ChromaAddress(door.url), on_progress=break_off)
        assert "goes on" in caught.value.hint
        door.breaks = 0
        door.requests.clear()
        door.bodies.clear()
        moved = move_vectors(library.store, ChromaAddress(door.url))
        assert (moved.passages, moved.sent) == (60, 30)
        assert len(sent(door)) == 30


def test_a_killed_move_goes_on_where_it_stopped(server: str, tmp_path: Path) -> None:
    folder = tmp_path / "library"
    with made(folder, 300) as library, between(server) as door:
        process = start(
            """
            from index.chroma import moving
            from index.chroma.address import ChromaAddress
            moving._BATCH = 20
            def tell(done, total):
                say(done, total)
                time.sleep(0.05)
            moving.move_vectors(
                open_library(folder).store, ChromaAddress(sys.argv[2]), on_progress=tell
            )
            """,
            folder,
            door.url,
        )
        assert process.stdout is not None
        for line in process.stdout:
            if int(line.split()[0]) >= 100:
                process.send_signal(signal.SIGKILL)
                break
        process.communicate()
        before = set(sent(door))
        assert 100 <= len(before) < 300
        library.add(article(500))  # and the library has not stood still since
        door.requests.clear()
        door.bodies.clear()
        moved = move_vectors(library.store, ChromaAddress(door.url))
        assert moved.passages == 301
        assert moved.sent == 301 - len(before)
        assert not before & set(sent(door))
    notices = Notices()
    with open_library(folder, chroma=server, on_notice=notices.append) as library:
        assert found(library, 500)
        assert library.check() == ()
    assert notices == []


def test_questions_are_answered_by_the_server_only_when_all_is_there(
    server: str, tmp_path: Path, small_steps: None
) -> None:
    """One who uses the server already, while the vectors are still on their way."""
    folder = tmp_path / "library"
    with (
        made(folder, 60) as library,
        open_library(folder, chroma=server, on_notice=lambda _: None) as asker,
    ):
        asked: list[bool] = []
        move_vectors(
            library.store,
            ChromaAddress(server),
            on_progress=lambda done, _total: asked.append(found(asker, done % 60)),
        )
        assert len(asked) > 5
        assert all(asked)
        assert asker.check() == ()


def test_one_move_at_a_time_and_nothing_where_there_is_nothing(
    server: str, tmp_path: Path, small_steps: None
) -> None:
    with made(tmp_path / "library", 30) as library:
        refused: list[LibraryLocked] = []

        def another(_done: int, _total: int) -> None:
            try:
                move_vectors(library.store, ChromaAddress(server))
            except LibraryLocked as error:
                refused.append(error)

        move_vectors(library.store, ChromaAddress(server), on_progress=another)
        assert refused
    with pytest.raises(PathUnusable, match="no articles"):
        move_vectors(Library(tmp_path / "none").store, ChromaAddress(server))
    assert not (tmp_path / "none").exists()


def test_back_to_a_folder(server: str, tmp_path: Path) -> None:
    folder, notices = tmp_path / "library", Notices()
    with open_library(folder, chroma=server) as library:
        library.add([article(number) for number in range(30)])
        assert not (folder / "chroma").exists()
        moved = move_vectors(library.store, ChromaAddress())
        assert (moved.passages, moved.sent) == (30, 30)
    with open_library(folder, on_notice=notices.append) as library:
        assert found(library, 3)
        assert library.check() == ()
    assert notices == []


# -- the command --------------------------------------------------------------------------------


def test_the_command_moves_and_says_how_to_use_it(
    server: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "library"
    run("add", Path(__file__).parents[1] / "assistant" / "samples", "--library", folder)
    with between(server) as door:
        door.token = "Bearer hunter2"
        done = run("move", "--to", door.url, "--library", folder)
        assert done.code == 1
        assert "does not allow it" in done.err
        monkeypatch.setenv("ASSISTANT_CHROMA_HEADERS", "Authorization: Bearer hunter2\nX-Desk: 7")
        done = run("move", "--to", door.url, "--library", folder)
        assert (done.code, done.err) == (0, "")
        assert f"export ASSISTANT_CHROMA={door.url}" in done.out
        told = json.loads(run("move", "--to", door.url, "--library", folder, "--json").out)
        assert told["sent"] == 0
        assert told["passages"] > 0
        assert door.headers[-1]["X-Desk"] == "7"
        monkeypatch.setenv("ASSISTANT_CHROMA", door.url)
        done = run("doctor", "--library", folder)
        assert done.code == 0
        assert f"It holds {told['passages']} of the library's {told['passages']}" in done.out
        assert "hunter2" not in done.out + done.err
        door.requests.clear()
        answered = run("ask", "what did Russia demand", "--library", folder)
        assert "territory" in answered.out
        assert any(request.endswith("/query") for request in door.requests)
    done = run("doctor", "--library", folder)  # what was between is gone
    assert done.code == 1
    assert "is of no use now" in done.out
    answered = run("ask", "what did Russia demand", "--library", folder)
    assert answered.code == 0
    assert "territory" in answered.out
    assert "cannot be used" in answered.out + answered.err


def test_the_command_says_what_cannot_be(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    done = run("move", "--to", "cloud", "--library", tmp_path / "library")
    assert done.code in {1, 2}
    assert "CHROMA_API_KEY" in done.err
    done = run("move", "--to", "host:8000")
    assert "Chroma address" in done.err
    monkeypatch.setenv("ASSISTANT_CHROMA", "cloud")
    done = run("ask", "who")
    assert "CHROMA_API_KEY" in done.err
    monkeypatch.setenv("ASSISTANT_CHROMA", "local")
    monkeypatch.setenv("ASSISTANT_CHROMA_HEADERS", "hunter2")
    done = run("ask", "who")
    assert "ASSISTANT_CHROMA_HEADERS" in done.err
    assert "hunter2" not in done.err
