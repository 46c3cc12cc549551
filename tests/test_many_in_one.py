"""Files that hold many articles, in a library: added, changed, cut short, mirrored."""

from __future__ import annotations

import json
import os
import zipfile
from pathlib import Path

import pytest
from library_kit import WordEmbedding, in_process

from index.errors import EmbeddingUnavailable
from index.library import Library
from index.types import Report


def export(path: Path, *numbers: int, age: int = 100) -> Path:
    """A JSON Lines export of numbered stories, last written `age` seconds ago."""
    lines = [json.dumps({"title": f"Story {n}", "text": f"Text of story {n}."}) for n in numbers]
    path.write_text("\n".join(lines))
    past = path.stat().st_mtime - age
    os.utime(path, (past, past))
    return path


def titles(library: Library) -> list[str]:
    return sorted(article.title for article in library)


def counts(report: Report) -> dict[str, int]:
    return {status: report.count(status) for status in {v.status for v in report.verdicts}}


@pytest.fixture
def library(tmp_path: Path) -> Library:
    return Library(tmp_path / "library", embedding=WordEmbedding())


def test_an_export_is_read_once_until_it_changes(library: Library, tmp_path: Path) -> None:
    path = export(tmp_path / "wire.jsonl", 1, 2, 3)
    report = library.add(path)
    assert counts(report) == {"added": 3}
    assert [verdict.label for verdict in report.verdicts] == [
        f"{path} (line {n})" for n in (1, 2, 3)
    ]
    (again,) = library.add(path).verdicts
    assert (again.status, again.reason) == ("unchanged", "with its 3 articles")
    assert library.list()[0].appearances[0].path == f"{path}//line 1"
    # Moved lines are the articles that they were; what the file has no more is gone.
    export(path, 3, 2, 4, age=50)
    report = library.add(path)
    assert titles(library) == ["Story 2", "Story 3", "Story 4"]
    assert report.count("skipped") == 0
    export(path, 3, age=20)
    assert counts(library.add(path)) == {"unchanged": 1, "removed": 2}
    assert titles(library) == ["Story 3"]


def test_an_export_that_was_cut_short_is_read_again(tmp_path: Path) -> None:
    numbers = range(600)
    path = export(tmp_path / "wire.jsonl", *numbers)
    failing = WordEmbedding(fail_after=400)
    with Library(tmp_path / "library", embedding=failing) as library:
        with pytest.raises(EmbeddingUnavailable):
            library.add(path)
        assert 0 < len(library) < 600
    with Library(tmp_path / "library", embedding=WordEmbedding()) as library:
        report = library.add(path)
        assert report.count("added") + report.count("unchanged") == 600
        assert len(library) == 600
        assert counts(library.add(path)) == {"unchanged": 1}


def test_a_mirrored_folder_with_exports(library: Library, tmp_path: Path) -> None:
    folder = tmp_path / "news"
    folder.mkdir()
    export(folder / "wire.jsonl", 1, 2)
    (folder / "three.txt").write_text("Story 3\n\nText of story 3.")
    with zipfile.ZipFile(folder / "more.zip", "w") as archive:
        archive.writestr("four.txt", "Story 4\n\nText of story 4.")
        archive.writestr("one.txt", "Story 1\n\nText of story 1.")
    report = library.sync(folder)
    assert titles(library) == [f"Story {n}" for n in (1, 2, 3, 4)]
    assert report.count("duplicate") == 1
    assert {v.status for v in library.sync(folder).verdicts} == {"unchanged"}
    (folder / "wire.jsonl").unlink()
    report = library.sync(folder)
    assert report.count("removed") == 2
    assert titles(library) == ["Story 1", "Story 3", "Story 4"]  # the archive has story 1 as well


def test_a_damaged_export_loses_nothing(library: Library, tmp_path: Path) -> None:
    path = tmp_path / "more.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("one.txt", "Story 1\n\nText of story 1.")
    library.add(path)
    path.write_bytes(path.read_bytes()[:40])
    (verdict,) = library.add(path).verdicts
    assert verdict.status == "skipped"
    assert "(the version added before is kept)" in verdict.reason
    assert titles(library) == ["Story 1"]


@pytest.mark.slow
def test_a_line_of_two_gigabytes_costs_little_and_loses_nothing(tmp_path: Path) -> None:
    """Under 30 seconds and 1 GB of memory; `readline` took five minutes for it."""
    file = tmp_path / "export.jsonl"
    with file.open("wb") as out:
        out.write(b'{"title": "Good", "text": "The ferry left the harbour at noon."}\n{"text": "')
        for _ in range(2_050):
            out.write(b"a" * 1_000_000)
        out.write(b'"}\n{"title": "Second", "text": "The court ordered the sale of the house."}\n')
    lines = in_process(
        """
        began = time.monotonic()
        report = open_library(folder).add(sys.argv[2])
        say(report)
        say(report.skipped[0].label, report.skipped[0].reason)
        # Not ru_maxrss: that counts what the process that started this one had.
        peak = Path("/proc/self/status").read_text().split("VmHWM:")[1].split()[0]
        say(time.monotonic() - began, int(peak) / 1024)
        """,
        tmp_path / "library",
        file,
    )
    assert sorted(lines[0].split(", ")) == ["1 skipped", "2 added"]
    assert lines[1].endswith("(line 2) The line is longer than 20 MB.")
    seconds, megabytes = map(float, lines[2].split())
    assert seconds < 30
    assert megabytes < 1000
