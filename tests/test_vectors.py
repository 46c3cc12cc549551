"""The vector index: whatever befalls Chroma, the answer is right, and what was mended is said."""

from __future__ import annotations

import json
import os
import random
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from chroma_servers import Between, between, chroma_server, free_port
from library_kit import (
    CHROMA,
    ROOT,
    Notices,
    WordEmbedding,
    article,
    finish,
    found,
    in_process,
    open_library,
    start,
    word,
)

from index import rows
from index import vectors as vectors_module
from index.chroma.address import ChromaAccess, ChromaAddress
from index.errors import InvalidOption
from index.library import Library
from index.models import current_model
from index.types import Filters
from index.vectors import exact

SIZE = 40


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A library of forty articles, never written to again."""
    folder = tmp_path_factory.mktemp("made") / "library"
    with open_library(folder) as library:
        library.add([article(number) for number in range(SIZE)])
    return folder


@pytest.fixture
def folder(made: Path, tmp_path: Path) -> Path:
    """A copy of that library."""
    return Path(shutil.copytree(made, tmp_path / "library"))


def dense_first(library: Library, number: int) -> bool:
    """Whether the ranking by vectors has an article first."""
    (best,) = [hit for hit in library.search(word(number), top_k=60) if hit.dense_rank == 1]
    return word(number) in best.passage.text


# -- damage -------------------------------------------------------------------------------------


def delete_folder(folder: Path) -> None:
    shutil.rmtree(folder / "chroma")


def empty_folder(folder: Path) -> None:
    delete_folder(folder)
    (folder / "chroma").mkdir()


def file_in_its_place(folder: Path) -> None:
    delete_folder(folder)
    (folder / "chroma").write_text("not a folder")


def truncate(folder: Path) -> None:
    for path in (folder / "chroma").rglob("*"):
        if path.is_file():
            os.truncate(path, path.stat().st_size // 3)


def truncate_to_nothing(folder: Path) -> None:
    for path in (folder / "chroma").rglob("*"):
        if path.is_file():
            os.truncate(path, 0)


def rubbish(folder: Path) -> None:
    noise = random.Random(7)
    for path in (folder / "chroma").rglob("*"):
        if path.is_file():
            path.write_bytes(noise.randbytes(path.stat().st_size + 100))


def rubbish_database(folder: Path) -> None:
    database = folder / "chroma" / "chroma.sqlite3"
    database.write_bytes(random.Random(8).randbytes(database.stat().st_size))


CLIENT = """
    import chromadb
    client = chromadb.PersistentClient(path=str(folder / "chroma"))
    (collection,) = client.list_collections()
"""


def delete_one_by_one(folder: Path) -> None:
    code = """
    for name in collection.get()["ids"]:
        collection.delete(ids=[name])
    """
    in_process(CLIENT + code, folder)


def delete_one(folder: Path) -> None:
    in_process(CLIENT + '    collection.delete(ids=collection.get()["ids"][20:21])\n', folder)


def change_stamp(folder: Path) -> None:
    in_process(
        CLIENT + '    collection.modify(metadata={**collection.metadata, "state": "x"})\n', folder
    )


def drop_collection(folder: Path) -> None:
    in_process(CLIENT + "    client.delete_collection(collection.name)\n", folder)


def fewer_vectors_under_an_equal_count(folder: Path) -> None:
    in_process(
        CLIENT
        + """
    names = collection.get()["ids"]
    collection.delete(ids=names)
    collection.upsert(ids=names, embeddings=[[0.1] * 95 + [n / 40] for n in range(len(names))])
    """,
        folder,
    )


DAMAGE = [
    delete_folder,
    empty_folder,
    file_in_its_place,
    truncate,
    truncate_to_nothing,
    rubbish,
    rubbish_database,
    delete_one_by_one,
    delete_one,
    change_stamp,
    drop_collection,
    fewer_vectors_under_an_equal_count,
]


@pytest.mark.parametrize("damage", DAMAGE, ids=lambda damage: damage.__name__)
def test_damage_is_noticed_said_once_and_mended(
    folder: Path, damage: Callable[[Path], None]
) -> None:
    notices = Notices()
    damage(folder)
    with open_library(folder, on_notice=notices.append) as library:
        assert found(library, 7)
        (said,) = notices.taken()
        assert said.startswith(f"The vector index was rebuilt from the library ({SIZE} passages): ")
        assert said.count("\n") == 0
        assert all(dense_first(library, number) for number in range(SIZE))
        assert library.check() == ()
    with open_library(folder, on_notice=notices.append) as library:
        assert found(library, 8)
    assert notices == []


@pytest.mark.parametrize("damage", DAMAGE[:-1], ids=lambda damage: damage.__name__)
def test_damage_under_an_open_library_is_noticed_said_once_and_mended(
    folder: Path, damage: Callable[[Path], None]
) -> None:
    notices = Notices()
    with open_library(folder, on_notice=notices.append) as library:
        assert found(library, 6)
        assert notices == []
        damage(folder)
        assert found(library, 7)
        assert len(notices.taken()) == 1
        assert all(dense_first(library, number) for number in range(SIZE))
        library.add(article(100))
        assert dense_first(library, 100)
        assert library.check() == ()
    assert notices == []


@pytest.mark.parametrize("damage", [delete_folder, rubbish, delete_one], ids=lambda d: d.__name__)
def test_damage_is_mended_by_the_next_write_too(
    folder: Path, damage: Callable[[Path], None]
) -> None:
    notices = Notices()
    damage(folder)
    with open_library(folder, on_notice=notices.append) as library:
        library.add(article(100))
        assert len(notices.taken()) == 1
        assert dense_first(library, 100)
        assert dense_first(library, 3)
    assert notices == []


def test_check_says_what_a_search_will_mend(folder: Path) -> None:
    delete_one(folder)
    with open_library(folder, on_notice=lambda _: None) as library:
        (problem,) = library.check()
        assert "does not match" in problem
        library.search("ferry")
        assert library.check() == ()


@pytest.mark.parametrize(("missed", "sound"), [(4, True), (5, False)])
def test_a_few_passages_that_a_large_graph_does_not_find_are_no_damage(
    folder: Path, monkeypatch: pytest.MonkeyPatch, missed: int, sound: bool
) -> None:
    sample = rows.sample_vectors
    noise = np.random.default_rng(0)

    def some(*given: object) -> Iterator[np.ndarray]:
        for place, vector in enumerate(sample(*given)):  # type: ignore[arg-type]
            lost = noise.normal(size=vector.shape).astype(np.float32)
            yield lost / np.linalg.norm(lost) if place < missed else vector

    with open_library(folder) as library:
        library.search(word(3), top_k=5)
    monkeypatch.setattr(rows, "sample_vectors", some)
    with open_library(folder) as library:
        assert (library.check() == ()) is sound


def test_a_vector_index_that_was_not_made_yet_is_no_problem(folder: Path, tmp_path: Path) -> None:
    notices = Notices()
    with open_library(folder) as library:
        library.backup(tmp_path / "copy")
    with open_library(tmp_path / "copy", on_notice=notices.append) as copy:
        assert copy.check() == ()
        assert not (tmp_path / "copy" / "chroma").exists()
        copy.search("ferry")
        assert len(notices.taken()) == 1
        assert copy.check() == ()
        (tmp_path / "copy" / "chroma").rename(tmp_path / "away")
        (tmp_path / "copy" / "chroma").symlink_to(tmp_path / "nowhere")
        assert len(copy.check()) == 1  # it was made, and what it stands on is gone


def test_adding_from_a_fresh_process_says_nothing_and_rebuilds_nothing(folder: Path) -> None:
    notices = Notices()
    for number in range(100, 112):
        with open_library(folder, on_notice=notices.append) as library:
            before = {path.name for path in (folder / "chroma").iterdir()}
            library.add(article(number))
            assert {path.name for path in (folder / "chroma").iterdir()} == before
            assert dense_first(library, number)
    assert notices == []


def test_a_link_to_another_place_is_kept(folder: Path, tmp_path: Path) -> None:
    shutil.move(folder / "chroma", tmp_path / "elsewhere")
    (folder / "chroma").symlink_to(tmp_path / "elsewhere")
    rubbish_database(folder)
    with open_library(folder, on_notice=lambda _: None) as library:
        assert found(library, 3)
        assert library.check() == ()
    assert (folder / "chroma").is_symlink()
    assert (tmp_path / "elsewhere" / "chroma.sqlite3").exists()


def test_what_cannot_be_mended_is_said_once_and_left_alone(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    notices = Notices()
    tries: list[int] = []

    def full_disk(path: Path) -> None:
        tries.append(1)
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("index.chroma.collection._empty", full_disk)
    delete_one(folder)
    with open_library(folder, on_notice=notices.append) as library:
        for number in range(10):
            assert dense_first(library, number)
        library.add(article(100))
        library.add(article(101))
        assert dense_first(library, 101)
        (said,) = notices.taken()
        assert "cannot be used" in said
        assert "No space left on device" in said
        assert len(tries) == 1
        monkeypatch.undo()
        monkeypatch.setattr(vectors_module.time, "monotonic", lambda: time.time() + 1e6)
        assert dense_first(library, 101)
        (said,) = notices.taken()
        assert "rebuilt" in said
        assert library.check() == ()


# -- exactness ----------------------------------------------------------------------------------


def test_exact_search_and_chroma_agree(tmp_path: Path) -> None:
    with open_library(tmp_path / "library") as library:
        library.add([article(number) for number in range(300)])
        noise = np.random.default_rng(3)
        model = WordEmbedding()
        shared = 0
        for number in range(40):
            query = np.asarray(model.get_query_embedding(f"ferry {word(number)} harbour"))
            query += noise.normal(size=query.shape) / 100
            vector = (query / np.linalg.norm(query)).astype(np.float32)
            with library.store.reading() as db:
                by_chroma = library._vectors.search(db, vector, top_k=10, filters=Filters())
                by_hand = exact(db, vector, top_k=10, filters=Filters())
            by_number = {neighbour.passage: neighbour.cosine for neighbour in by_hand}
            same = [n for n in by_chroma if n.passage in by_number]
            assert by_chroma[0].passage == by_hand[0].passage
            assert all(abs(n.cosine - by_number[n.passage]) < 1e-5 for n in same)
            assert len(same) >= 8  # Chroma's neighbours are approximate
            shared += len(same)
        assert shared >= 0.97 * 400


def test_chroma_answers_unless_there_is_a_filter(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[Filters] = []

    def counted(*args: object, filters: Filters, **options: object) -> list[object]:
        calls.append(filters)
        return exact(*args, filters=filters, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(vectors_module, "exact", counted)
    with open_library(folder) as library:
        assert found(library, 3)
        assert calls == []
        library.search("ferry", sources=["harbour post"])
        assert calls == [Filters(sources=("harbour post",))]


def test_every_passage_has_its_vector_in_chroma(folder: Path) -> None:
    with open_library(folder) as library, library.store.reading() as db:
        model = current_model(db)
        assert model is not None
        stored = {
            str(number): np.frombuffer(data, dtype="<f4")
            for number, data in db.execute(
                "SELECT passage, data FROM vectors WHERE model = ?", (model.number,)
            )
        }
    import chromadb

    with closing(chromadb.PersistentClient(path=f"{folder}/./chroma")) as client:
        (collection,) = client.list_collections()
        kept = collection.get(include=["embeddings", "documents"])
    assert set(kept["ids"]) == set(stored)
    assert kept["documents"] == [None] * SIZE  # no text is kept twice
    for name, vector in zip(kept["ids"], kept["embeddings"], strict=True):
        assert np.allclose(vector, stored[name], atol=1e-6)


# -- other processes ----------------------------------------------------------------------------


def test_an_open_library_finds_at_once_what_another_process_adds(folder: Path) -> None:
    notices = Notices()
    with open_library(folder, on_notice=notices.append) as library:
        assert found(library, 1)
        for number in (100, 101):
            in_process(
                "open_library(folder, on_notice=say).add(article(int(sys.argv[2])))",
                folder,
                str(number),
            )
            assert dense_first(library, number)
        in_process(
            """
            library = open_library(folder)
            library.remove(library.search(word(100), top_k=1)[0].article.id)
            """,
            folder,
        )
        assert word(100) not in library.search(word(100), top_k=1)[0].passage.text
    assert notices == []


def test_searching_while_another_process_writes(folder: Path) -> None:
    notices = Notices()
    writer = start(
        """
        library = open_library(folder, on_notice=say)
        for number in range(100, 125):
            library.add(article(number))
            say(number)
            if number % 5 == 0:
                library.remove(library.search(word(number - 100), top_k=1)[0].article.id)
        """,
        folder,
    )
    added = 0
    with open_library(folder, on_notice=notices.append) as library:
        while writer.poll() is None:
            here = {a.id for a in library}
            for hit in library.search("ferry harbour", top_k=20):
                assert hit.article.text[hit.passage.start : hit.passage.end] == hit.passage.text
            newest = max(library, key=lambda a: a.title)  # a word grows with its number
            hits = library.search(newest.title, top_k=1)
            gone = newest.id not in {a.id for a in library}
            assert gone or hits[0].article.id == newest.id
            added += len({a.id for a in library} - here)
        assert finish(writer) == [str(number) for number in range(100, 125)]
        assert dense_first(library, 124)
        assert len(library) == SIZE + 25 - 5
        assert library.check() == ()
    assert notices == []


# -- a Chroma server ----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a Chroma server."""
    port = free_port()
    with chroma_server(tmp_path_factory.mktemp("server") / "data", port):
        yield f"http://127.0.0.1:{port}"


def test_a_library_on_a_server(server: str, tmp_path: Path) -> None:
    notices = Notices()
    options = {"chroma": server, "on_notice": notices.append}
    folder = tmp_path / "library"
    with open_library(folder, **options) as one, open_library(folder, **options) as two:
        one.add([article(number) for number in range(300)])
        assert dense_first(two, 7)
        two.add(article(400))
        assert dense_first(one, 400)
        one.remove(one.search(word(7), top_k=1)[0].article.id)
        assert not found(two, 7)
        assert one.check() == two.check() == ()
        assert not (folder / "chroma").exists()
    assert notices == []


def test_what_is_lost_on_a_server_is_noticed_and_mended(server: str, tmp_path: Path) -> None:
    notices = Notices()
    with open_library(tmp_path / "library", chroma=server, on_notice=notices.append) as library:
        library.add([article(number) for number in range(20)])
        in_process(
            """
            import chromadb
            client = chromadb.HttpClient(host="127.0.0.1", port=int(folder.name))
            for collection in client.list_collections():
                if collection.count() == 20:
                    collection.delete(ids=collection.get()["ids"][:1])
            """,
            server.rpartition(":")[2],
        )
        assert found(library, 3)
        assert len(notices.taken()) == 1
        assert dense_first(library, 3)
        assert library.check() == ()
    assert notices == []


def test_a_backup_has_a_collection_of_its_own_on_a_server(server: str, tmp_path: Path) -> None:
    notices = Notices()
    options = {"chroma": server, "on_notice": notices.append}
    with open_library(tmp_path / "library", **options) as library:
        library.add([article(number) for number in range(5)])
        library.backup(tmp_path / "copy")
        with open_library(tmp_path / "copy", **options) as copy:
            assert found(copy, 3)
            notices.clear()
            copy.add(article(10))
            library.add(article(11))
            for _ in range(2):
                assert dense_first(copy, 10)
                assert dense_first(library, 11)
    assert notices == []


def test_without_its_server_a_library_answers_exactly_and_says_so(tmp_path: Path) -> None:
    notices = Notices()
    port = free_port()
    options = {"chroma": f"http://127.0.0.1:{port}", "on_notice": notices.append}
    with open_library(tmp_path / "library", **options) as library:
        with chroma_server(tmp_path / "server", port):
            library.add([article(number) for number in range(10)])
            assert dense_first(library, 3)
            assert notices == []
        for number in range(4):
            assert dense_first(library, number)
        library.add(article(20))
        assert dense_first(library, 20)
        (said,) = notices.taken()
        assert "cannot be used" in said
        (problem,) = library.check()
        assert "cannot be read" in problem
        with chroma_server(tmp_path / "server", port):
            library.close()  # forgets that it was to leave the server alone
            assert dense_first(library, 20)
            assert len(notices.taken()) == 1
            assert dense_first(library, 20)
            assert library.check() == ()
    assert notices == []


def test_an_address_that_is_none_is_refused(tmp_path: Path) -> None:
    for wrong in (
        "",
        "locale",
        "localhost:8000",
        "ftp://x",
        "http://",
        "http://x:0",
        "http://x:99999",
    ):
        with pytest.raises(InvalidOption, match="Chroma address"):
            Library(tmp_path, chroma=wrong)


def test_an_emptied_library_takes_a_model_of_other_dimension(server: str, tmp_path: Path) -> None:
    notices = Notices()
    options = {"chroma": server, "on_notice": notices.append}
    with open_library(tmp_path / "library", **options) as library:
        library.add(article(1))
        library.remove([a.id for a in library])
    other = WordEmbedding(model_name="others", dimension=40)
    with open_library(tmp_path / "library", embedding=other, **options) as library:
        library.add(article(2))
        assert dense_first(library, 2)
        assert library.check() == ()
    assert notices == []


@pytest.mark.slow
def test_the_librarys_own_tests_hold_on_a_server(server: str) -> None:
    """All of them but two, which look into the folder of a local index."""
    files = [f"tests/test_{name}.py" for name in ("library", "editing", "copies", "versions")]
    done = subprocess.run(
        [
            *(sys.executable, "-m", "pytest", "-q", "--no-header", *files),
            *("-p", "no:unraisableexception"),  # a library that a test leaves open has a socket
            *("-k", "not leaves_nothing_behind_in_any_store and not makes_the_vector_index_anew"),
        ],
        env={**os.environ, CHROMA: server},
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout[-3000:]


def test_headers_and_a_certificate_of_ones_own(server: str, tmp_path: Path) -> None:
    pem = tmp_path / "server.pem"
    names = ["-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"]
    out = ["-keyout", str(pem), "-out", str(tmp_path / "ca.pem")]
    made = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", *names, *out]
    subprocess.run(made, check=True, capture_output=True)
    pem.write_text(pem.read_text() + (tmp_path / "ca.pem").read_text())
    notices = Notices()
    with between(server, certificate=pem) as door:
        door.token = "Bearer of good news"
        access = ChromaAccess(
            headers={"Authorization": "Bearer of good news"},
            authority=tmp_path / "ca.pem",
            key="for the cloud alone",
        )
        for known, complaint in (
            (access, ""),
            (replace(access, headers={}), "does not allow it"),
            (replace(access, authority=None), "CERTIFICATE_VERIFY_FAILED"),
        ):
            assert "good news" not in repr(known)
            assert "cloud" not in repr(known)
            address = ChromaAddress(door.url, known)
            with open_library(
                tmp_path / f"library {complaint[:4]}", chroma=address, on_notice=notices.append
            ) as library:
                library.add([article(number) for number in range(5)])
                assert dense_first(library, 3)
            said = notices.taken()
            assert len(said) == bool(complaint)
            assert complaint in "".join(said)
        assert not any("X-Chroma-Token" in headers for headers in door.headers)


def test_no_word_of_an_article_is_sent_to_a_server(server: str, tmp_path: Path) -> None:
    with between(server) as door:
        folder = tmp_path / "library"
        with open_library(folder, chroma=door.url) as library:
            library.add([article(number) for number in range(5)])
            library.edit(library.search(word(3))[0].article.id, title="Renamed harbour")
            assert dense_first(library, 4)
            library.remove(library.search(word(2), top_k=1)[0].article.id)
        sent = b"".join(door.bodies).lower()
    assert sent.count(b"embeddings") >= 2
    for private in (*(word(number) for number in range(5)), "ferry", "harbour", "renamed"):
        assert private.encode() not in sent
        assert private not in " ".join(door.requests).lower()


def test_a_server_that_never_answers_holds_up_one_question_for_seconds(
    server: str, tmp_path: Path
) -> None:
    notices = Notices()
    with (
        between(server) as door,
        open_library(tmp_path / "library", chroma=door.url, on_notice=notices.append) as library,
    ):
        library.add([article(number) for number in range(10)])
        for reopened in (False, True):
            door.hangs = True
            if reopened:
                library.close()
            began = time.monotonic()
            assert dense_first(library, 3)
            assert 2 < time.monotonic() - began < 5
            asked = len(door.requests)
            began = time.monotonic()
            assert dense_first(library, 4)
            library.add(article(100 + reopened))
            assert dense_first(library, 100 + reopened)
            assert time.monotonic() - began < 2
            assert len(door.requests) == asked  # it is left alone now
            (said,) = notices.taken()
            assert "does not answer" in said
        door.hangs = False
        library.close()
        assert dense_first(library, 101)  # not embedded, and not all sent, anew
        (said,) = notices.taken()
        assert "(passages sent or deleted: 2)" in said
        assert library.check() == ()


def test_answers_that_come_slowly_have_a_bound_together(server: str, tmp_path: Path) -> None:
    with (
        between(server) as door,
        open_library(tmp_path / "library", chroma=door.url, on_notice=lambda _: None) as library,
    ):
        library.add([article(number) for number in range(10)])
        library.close()
        door.slow = 0.8  # each for itself is quick enough
        began = time.monotonic()
        assert found(library, 3)
        assert time.monotonic() - began < 4.5


def test_a_connection_that_is_lost_in_mid_question_is_tried_once_more(
    server: str, tmp_path: Path
) -> None:
    notices = Notices()
    with (
        between(server) as door,
        open_library(tmp_path / "library", chroma=door.url, on_notice=notices.append) as library,
    ):
        library.add([article(number) for number in range(10)])
        door.breaks = 1
        assert dense_first(library, 3)
        assert notices == []
        door.breaks = 2
        assert dense_first(library, 3)
        assert len(notices) == 1


def test_without_its_server_a_large_library_answers_by_words_and_says_so_each_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(vectors_module, "_EXACTLY", 5)
    notices = Notices()
    address = f"http://127.0.0.1:{free_port()}"
    with open_library(tmp_path / "library", chroma=address, on_notice=notices.append) as library:
        library.add([article(number) for number in range(10)])
        notices.clear()
        for number in (3, 4):
            (hit, *_) = library.search(word(number))
            assert word(number) in hit.passage.text
            assert hit.dense_rank is None
            (said,) = notices.taken()
            assert "by their words alone" in said
            assert "cannot be reached" in said


def vectors_sent(door: Between) -> int:
    return sum(
        len(json.loads(body)["ids"])
        for request, body in zip(door.requests, door.bodies, strict=True)
        if request.endswith("/upsert")
    )


def own_cosine(library: Library, article_id: str) -> float:
    """How near the library's vector of an article is to that in the vector index."""
    with library.store.reading() as db:
        passage, data = db.execute(
            "SELECT v.passage, v.data FROM vectors AS v JOIN passages AS p ON p.number = v.passage "
            "JOIN articles AS a ON a.number = p.article WHERE a.id = ?",
            (article_id,),
        ).fetchone()
        vector = np.frombuffer(data, dtype="<f4").astype(np.float32)
        near = library._vectors.search(db, vector, top_k=10, filters=Filters())
    return next(neighbour.cosine for neighbour in near if neighbour.passage == passage)


def test_what_was_written_while_the_server_was_away_is_all_that_is_sent(
    server: str, tmp_path: Path
) -> None:
    notices = Notices()
    with between(server) as door:
        folder, gone = tmp_path / "library", f"http://127.0.0.1:{free_port()}"
        with open_library(folder, chroma=door.url, on_notice=notices.append) as library:
            library.add([article(number) for number in range(30)])
        with open_library(folder, chroma=gone, on_notice=notices.append) as library:
            library.add([article(number) for number in range(100, 104)])
            renamed = library.search(word(5), top_k=1)[0].article.id
            library.edit(renamed, title=f"About {word(900)}")
            library.remove(library.search(word(101), top_k=1)[0].article.id)
        door.requests.clear()
        door.bodies.clear()
        notices.clear()
        with open_library(folder, chroma=door.url, on_notice=notices.append) as library:
            assert found(library, 3)
            assert vectors_sent(door) == 4  # three new ones and the one under a new headline
            # Nothing of what the server had is gone: it needs not name what it has.
            assert not any(request.endswith("/get") for request in door.requests)
            assert len(notices.taken()) == 1
            assert dense_first(library, 103)
            assert own_cosine(library, renamed) == pytest.approx(1, abs=1e-5)
            assert library.check() == ()
        with open_library(folder, chroma=gone, on_notice=lambda _: None) as library:
            library.remove(library.search(word(7), top_k=1)[0].article.id)
        door.requests.clear()
        door.bodies.clear()
        with open_library(folder, chroma=door.url, on_notice=notices.append) as library:
            library.add(article(200))  # a write brings it up to date too
            assert vectors_sent(door) == 2  # this one, and the one under a new headline
            assert any(request.endswith("/delete") for request in door.requests)
            assert library.check() == ()


def test_a_library_put_back_from_a_copy_does_not_take_the_originals_vectors(
    server: str, tmp_path: Path
) -> None:
    folder = tmp_path / "library"
    with open_library(folder, chroma=server) as library:
        library.add([article(number) for number in range(5)])
    shutil.copytree(folder, tmp_path / "copy")
    with open_library(folder, chroma=server) as library:
        library.add([article(number) for number in range(10, 15)])
    notices = Notices()
    with open_library(tmp_path / "copy", chroma=server, on_notice=notices.append) as copy:
        copy.add([article(number) for number in range(20, 25)])  # under the same numbers
        assert all(dense_first(copy, number) for number in (3, 20, 24))
        assert len(notices) == 1


def test_a_collection_is_used_where_none_may_be_made(server: str, tmp_path: Path) -> None:
    notices = Notices()
    with (
        between(server) as door,
        open_library(tmp_path / "library", chroma=door.url, on_notice=notices.append) as library,
    ):
        door.may_create = False
        library.add([article(number) for number in range(5)])
        (said,) = notices.taken()
        assert "does not let us make a collection" in said
        assert dense_first(library, 3)
        with library.store.reading() as db:
            name = f"articles-{rows.get_meta(db, 'library')}"
        in_process(
            """
            import chromadb
            client = chromadb.HttpClient(host="127.0.0.1", port=int(folder.name))
            client.create_collection(
                sys.argv[2], embedding_function=None,
                configuration={"hnsw": {"space": sys.argv[3]}},
            )
            """,
            server.rpartition(":")[2],
            name,
            "l2",
        )
        library.close()
        assert found(library, 3)
        (said,) = notices.taken()
        assert "without the space `cosine`" in said
        in_process(
            """
            import chromadb
            client = chromadb.HttpClient(host="127.0.0.1", port=int(folder.name))
            client.delete_collection(sys.argv[2])
            client.create_collection(
                sys.argv[2], embedding_function=None, configuration={"hnsw": {"space": "cosine"}}
            )
            """,
            server.rpartition(":")[2],
            name,
        )
        library.close()
        assert found(library, 3)
        assert len(notices.taken()) == 1
        assert dense_first(library, 4)
        assert library.check() == ()
    assert notices == []


def test_the_cloud_without_a_key_and_secrets_in_an_address_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidOption, match="key"):
        Library(tmp_path, chroma="cloud")
    with pytest.raises(InvalidOption) as caught:
        Library(tmp_path, chroma="https://me:hunter2@host:8000")
    assert "hunter2" not in str(caught.value)
    for headers in ({"A\nb": "c"}, {"A": "hunter2\r\nB: c"}):
        with pytest.raises(InvalidOption) as caught:
            Library(tmp_path, chroma=ChromaAddress("http://x:1", ChromaAccess(headers=headers)))
        assert "hunter2" not in str(caught.value)
    with pytest.raises(InvalidOption, match="nowhere"):
        Library(
            tmp_path, chroma=ChromaAddress("https://x", ChromaAccess(authority=Path("nowhere")))
        )


def test_the_cloud_gets_the_key_and_tells_whose_it_is(
    server: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    notices = Notices()
    with between(server) as door:
        monkeypatch.setattr("index.chroma.client._CLOUD", door.url)
        address = ChromaAddress("cloud", ChromaAccess(key="hunter2"))
        with open_library(
            tmp_path / "library", chroma=address, on_notice=notices.append
        ) as library:
            library.add([article(number) for number in range(300)])
            assert dense_first(library, 3)
            library.remove(library.search(word(7), top_k=1)[0].article.id)
            assert library.check() == ()
        assert door.requests[0].endswith("/auth/identity")
        assert {headers["X-Chroma-Token"] for headers in door.headers} == {"hunter2"}
        address = replace(address, access=replace(address.access, database="nowhere"))
        with open_library(
            tmp_path / "library", chroma=address, on_notice=notices.append
        ) as library:
            assert found(library, 3)
    (said,) = notices
    assert "nowhere" in said
    assert "hunter2" not in said
