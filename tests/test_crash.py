"""Killed in the middle of adding: what was reported is there, nothing is half there."""

from __future__ import annotations

import random
import shutil
import signal
import sqlite3
import time
from pathlib import Path

import pytest
from library_kit import Notices, article, found, open_library, start, word, write_articles

pytestmark = pytest.mark.slow

BASE = 970  # articles before: Chroma writes its own files at a thousand vectors, in mid-run here
NEW = range(2000, 2060)
DRIVER = """
    import signal
    import index.build
    import index.chroma.collection
    import index.rows
    import index.store
    import index.vectors
    from index.chroma.collection import ChromaCollection
    from index.store import Store
    from index.vectors import VectorIndex

    index.build.BATCH_PASSAGES = 12  # six writes for sixty articles

    def die():
        os.kill(os.getpid(), signal.SIGKILL)

    def dying(owner, name, *, turn, before=lambda *a, **o: None, last=lambda *a, **o: True):
        # Replace a method by one that dies at its `turn`-th call for which `last` holds.
        original, calls = getattr(owner, name), []
        def wrapped(*args, **options):
            if last(*args, **options):
                calls.append(name)
            if len(calls) == turn:
                before(*args, **options)
                die()
            return original(*args, **options)
        setattr(owner, name, wrapped)

    def stamping(self, stamp):
        return stamp is not None

    def half(self, numbers, vectors):
        self._open_collection.upsert(
            ids=[str(n) for n in numbers[: len(numbers) // 2]],
            embeddings=vectors[: len(numbers) // 2],
        )

    def stamped(self, stamp):
        mark(self, stamp)

    mark = ChromaCollection.mark
    upsert = ChromaCollection.upsert
    FAILPOINTS = {
        "none": lambda: None,
        "making the file": lambda: dying(index.schema, "migrate", turn=1),
        "naming the file": lambda: dying(Path, "replace", turn=1),
        "before the commit": lambda: dying(index.rows, "next_generation", turn=3),
        "after the commit": lambda: dying(VectorIndex, "apply", turn=3),
        "first commit": lambda: dying(VectorIndex, "apply", turn=1),
        "stamp taken away": lambda: dying(ChromaCollection, "delete", turn=2),
        "in mid-upsert": lambda: dying(ChromaCollection, "upsert", turn=3, before=half),
        "after the upsert": lambda: dying(ChromaCollection, "mark", turn=3, last=stamping),
        "after the stamp": lambda: dying(
            ChromaCollection, "mark", turn=3, last=stamping, before=stamped
        ),
        "emptied for a rebuild": lambda: dying(ChromaCollection, "upsert", turn=1),
        "in mid-rebuild": lambda: dying(ChromaCollection, "upsert", turn=1, before=half),
    }

    FAILPOINTS[sys.argv[3]]()
    library = open_library(folder, on_notice=lambda line: None)
    import chromadb, llama_index.core.node_parser
    say("ready")
    library.add(
        Path(sys.argv[2]), on_progress=lambda step: say(step.verdict.status, step.verdict.path)
    )
    say("done")
"""


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A library that is about to reach a thousand vectors."""
    folder = tmp_path_factory.mktemp("base") / "library"
    with open_library(folder) as library:
        library.add([article(number) for number in range(BASE)])
    return folder


@pytest.fixture(scope="module")
def articles(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Sixty files to add."""
    folder = tmp_path_factory.mktemp("articles") / "new"
    write_articles(folder, NEW)
    return folder


def run(folder: Path, articles: Path, failpoint: str, kill_after: float | None = None) -> list[str]:
    """Add in a process that dies; returns the names of the files that it reported as added."""
    process = start(DRIVER, folder, articles, failpoint)
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    if kill_after is not None:
        time.sleep(kill_after)
        process.send_signal(signal.SIGKILL)
    out, err = process.communicate(timeout=120)
    assert process.returncode == -signal.SIGKILL or (kill_after and "done" in out), err
    lines = [line for line in out.splitlines() if line != "done"]
    assert all(line.startswith("added ") for line in lines)
    return [Path(line.split(" ", 1)[1]).stem for line in lines]


def rows_that_hang(folder: Path) -> int:
    """How many rows of any table belong to nothing."""
    if not (folder / "library.sqlite").exists():
        return 0
    query = "SELECT count(*) FROM {} WHERE {} NOT IN ({})"
    hanging = (
        ("passages", "article", "SELECT number FROM articles"),
        ("appearances", "article", "SELECT number FROM articles"),
        ("articles", "number", "SELECT article FROM appearances"),
        ("articles", "number", "SELECT article FROM passages"),
        ("vectors", "passage", "SELECT number FROM passages"),
        ("passages", "number", "SELECT passage FROM vectors"),
    )
    with sqlite3.connect(folder / "library.sqlite") as db:
        total = sum(db.execute(query.format(*each)).fetchone()[0] for each in hanging)
    db.close()
    return int(total)


def check_all(folder: Path, articles: Path, reported: list[str], before: int) -> None:
    """What must hold after any death, and after the next `add`."""
    notices = Notices()
    with open_library(folder, on_notice=notices.append) as library:
        for name in reported:
            assert found(library, int(name)), name
        if before:
            assert found(library, 5)
        library.search("ferry")
        assert library.check() == ()
        assert len(notices) <= 1
        assert before + len(reported) <= len(library) <= before + len(NEW)
        for each in library.list(limit=100):
            assert each.text
            assert each.appearances
        assert rows_that_hang(folder) == 0

        report = library.add(articles)
        assert report.count("unchanged") == len(library) - before - report.count("added")
        assert report.count("unchanged") >= len(reported)
        assert report.count("added") + report.count("unchanged") == len(NEW)
        assert all(found(library, number) for number in NEW)
        best = [hit for hit in library.search(word(NEW[-1])) if hit.dense_rank == 1]
        assert word(NEW[-1]) in best[0].passage.text
        assert library.check() == ()
        assert len(notices) <= 1
        assert rows_that_hang(folder) == 0


@pytest.fixture(scope="module")
def whole_run(base: Path, articles: Path, tmp_path_factory: pytest.TempPathFactory) -> float:
    """Seconds that an undisturbed `add` takes."""
    folder = Path(shutil.copytree(base, tmp_path_factory.mktemp("whole") / "library"))
    process = start(DRIVER, folder, articles, "none")
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    begun = time.monotonic()
    out, _ = process.communicate(timeout=120)
    assert out.endswith("done\n")
    return time.monotonic() - begun


@pytest.mark.parametrize("moment", range(20))
def test_killed_at_a_random_moment(
    base: Path, articles: Path, whole_run: float, tmp_path: Path, moment: int
) -> None:
    folder = Path(shutil.copytree(base, tmp_path / "library"))
    part = (moment + random.random()) / 20
    reported = run(folder, articles, "none", kill_after=part * whole_run)
    check_all(folder, articles, reported, BASE)


@pytest.mark.parametrize(
    ("failpoint", "least"),
    [
        ("before the commit", 22),
        ("after the commit", 22),
        ("first commit", 0),
        ("stamp taken away", 10),
        ("in mid-upsert", 22),
        ("after the upsert", 22),
        ("after the stamp", 22),
    ],
)
def test_killed_at_a_failpoint(
    base: Path, articles: Path, tmp_path: Path, failpoint: str, least: int
) -> None:
    folder = Path(shutil.copytree(base, tmp_path / "library"))
    reported = run(folder, articles, failpoint)
    assert least <= len(reported) < len(NEW)
    check_all(folder, articles, reported, BASE)


@pytest.mark.parametrize("failpoint", ["emptied for a rebuild", "in mid-rebuild"])
def test_killed_while_the_vector_index_is_rebuilt(
    base: Path, articles: Path, tmp_path: Path, failpoint: str
) -> None:
    folder = Path(shutil.copytree(base, tmp_path / "library"))
    shutil.rmtree(folder / "chroma")
    assert run(folder, articles, failpoint) == []
    check_all(folder, articles, [], BASE)


@pytest.mark.parametrize("failpoint", ["making the file", "naming the file", "first commit"])
def test_killed_while_a_library_is_made(articles: Path, tmp_path: Path, failpoint: str) -> None:
    assert run(tmp_path / "library", articles, failpoint) == []
    check_all(tmp_path / "library", articles, [], 0)


def test_killed_again_and_again(base: Path, articles: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(base, tmp_path / "library"))
    reported: list[str] = []
    for failpoint in ("in mid-upsert", "after the commit", "stamp taken away", "after the upsert"):
        process = start(DRIVER, folder, articles, failpoint)
        out, _ = process.communicate(timeout=120)
        told = [line for line in out.splitlines() if line.startswith("added")]
        reported += [Path(line.split(" ", 1)[1]).stem for line in told]
    check_all(folder, articles, reported, BASE)
