"""A real archive: 2,225 news stories added in one command, and answered from."""

from __future__ import annotations

import json
import re
import time
from pathlib import Path

import pytest
from cli_runs import on_terminal, run

from assistant import Assistant, Library
from assistant.evaluation.asking import ask_all, evaluation_of
from assistant.evaluation.gate import check, read_floors
from assistant.evaluation.questions import load_questions
from assistant.reader.spans import WEIGHTS, SpanReader
from assistant.reader.training.measure import spans_measured

pytestmark = pytest.mark.slow

FILES = 2225
COPIES = 136  # files whose text another file has, word for word
FLOORS = Path(__file__).parent / "data" / "floors.json"
SPAN_F1, SPAN_MATCH = 0.71, 0.57


@pytest.fixture(scope="module")
def archive(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A library of the whole archive; what the command printed lies beside it."""
    folder = tmp_path_factory.mktemp("archive")
    done = on_terminal(["add", shared_data / "bbc", "--library", folder / "library"])
    (folder / "screen").write_text(done.out, "utf-8")
    assert done.code == 0, done.out
    return folder / "library"


def test_every_file_is_taken_and_copies_and_odd_encodings_are_told(archive: Path) -> None:
    screen = (archive.parent / "screen").read_text("utf-8")
    assert f"{FILES - COPIES} added" in screen.replace(",", "")
    assert f"{COPIES} duplicate" in screen
    assert "skipped" not in screen
    assert re.search(r"199\.txt.*Windows-1252", screen), "the file that is not valid UTF-8"
    assert re.search(r"\d+/2,?225", screen), "a progress bar with counts"
    with Library(archive) as library:
        assert len(library) == FILES - COPIES
        assert library.check() == ()
        assert sum(len(article.appearances) for article in library) == FILES


def test_a_second_sync_does_nothing_and_takes_under_three_seconds(
    archive: Path, shared_data: Path
) -> None:
    started = time.perf_counter()
    done = run("sync", shared_data / "bbc", "--library", archive, "--json")
    seconds = time.perf_counter() - started
    assert json.loads(done.out)["counts"] == {"unchanged": FILES}
    assert seconds < 3


def test_the_right_passage_is_among_the_first_five(archive: Path, shared_data: Path) -> None:
    lines = (shared_data / "bbc-questions.jsonl").read_text("utf-8").splitlines()
    asked = [item for item in map(json.loads, lines) if item["type"] == "answerable"]

    def words(text: str) -> str:
        return " " + " ".join(re.findall(r"[^_\W]+", text.lower())) + " "

    with Library(archive) as library:
        found = [
            any(
                words(answer) in words(hit.passage.text)
                for hit in library.search(item["question"], top_k=5)
                for answer in item["answers"]
            )
            for item in asked
        ]
    assert sum(found) / len(found) >= 0.85, "0.91 when it was measured"


def test_questions_foreign_to_the_archive_are_mostly_declined(archive: Path) -> None:
    with Assistant(library=archive, llm="none") as assistant:
        outcomes = [
            assistant.ask(question).outcome
            for question in (
                "what did the Istanbul talks of 2025 agree",
                "who painted the ceiling of the Sistine Chapel",
                "how do I bake sourdough bread",
                "what is the boiling point of tungsten",
                "who mediated between Hamas and Israel in Doha",
            )
        ]
    assert outcomes.count("not_in_articles") >= 4


def test_answers_stay_as_good_as_they_were_measured(archive: Path, shared_data: Path) -> None:
    """The gate: floors on labelled questions, pinned with the digests of questions and weights."""
    asked = load_questions(shared_data / "bbc-questions.jsonl")
    with Assistant(library=archive, llm="none") as assistant:
        results = evaluation_of(assistant, asked, ask_all(assistant, asked.questions))
    assert check(results, read_floors(FLOORS), weights=WEIGHTS) == []


def test_spans_stay_as_good_as_they_were_measured(shared_data: Path) -> None:
    """XQuAD's questions, none of which trained, each with its own paragraph."""
    match, f1, of = spans_measured(shared_data / "xquad.en.json", SpanReader())
    assert of == 1190
    assert f1 >= SPAN_F1
    assert match >= SPAN_MATCH
