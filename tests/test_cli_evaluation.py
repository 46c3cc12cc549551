"""The commands that measure, run for real: a folder of articles, the built-in reader."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from cli_runs import on_terminal, run

from assistant.assistant import Assistant
from assistant.evaluation.results import read_evaluation

TALKS = """Talks in Lindal

The harbour workers demanded a pay rise of nine percent at the talks in Lindal on Monday. The port
authority offered four percent. The meeting was mediated by the mayor of Lindal, Ada Ek.
"""
BOATS = """Boats sunk off Ostrava Point

The storm sank forty boats in the harbour of Ostrava on Sunday night. Elin Dahl, the captain of the
Marisol, blamed the late warning.
"""
QUESTIONS: list[dict[str, Any]] = [
    {
        "id": "q1",
        "type": "answerable",
        "question": "what did the harbour workers demand",
        "answers": ["nine percent", "a pay rise of nine percent"],
        "article": "a/talks.txt",
        "evidence": "The port authority offered four percent.",
    },
    {"question": "who is the captain of the Marisol", "answers": ["Elin Dahl"]},
    {
        "type": "followup",
        "question": "and what did the port authority offer?",
        "history": [{"question": "what did the harbour workers demand", "answer": "nine percent"}],
        "answers": ["four percent"],
        "article": "talks.txt",
    },
    {"question": "who won the chess tournament in Reykjavik"},
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Articles, questions, a library of the articles, and the files of one run over it."""
    made = tmp_path_factory.mktemp("measured")
    (made / "articles" / "a").mkdir(parents=True)
    (made / "articles" / "a" / "talks.txt").write_text(TALKS, encoding="utf-8")
    (made / "articles" / "boats.txt").write_text(BOATS, encoding="utf-8")
    lines = [json.dumps(question) for question in QUESTIONS]
    (made / "questions.jsonl").write_text("\n".join(lines), encoding="utf-8")
    done = run("add", made / "articles", "--library", made / "library")
    assert done.code == 0, done
    outputs = ["--out", made / "run.json", "--report", made / "run.html"]
    done = run("eval", "answers", made / "questions.jsonl", "--library", made / "library", *outputs)
    assert (done.code, done.err) == (0, ""), done
    (made / "table.txt").write_text(done.out, encoding="utf-8")
    return made


def test_the_table_has_every_group_with_counts_and_intervals(folder: Path) -> None:
    table = (folder / "table.txt").read_text("utf-8")
    for heading in ("retrieval", "answers", "declining", "speed"):
        assert f"\n{heading}" in table
    (line,) = [line for line in table.splitlines() if "answer in the text" in line][:1]
    assert line.split()[-2].endswith("%")
    assert line.split()[-1] == "2"
    assert f"4 questions of {folder / 'questions.jsonl'} · 2 articles" in table


def test_the_results_hold_every_question_and_the_summary(folder: Path) -> None:
    document = json.loads((folder / "run.json").read_text("utf-8"))
    assert document["complete"] is True
    assert document["model"] == "built-in reader"
    assert len(document["questions_sha256"]) == 64
    assert [found["id"] for found in document["results"]] == ["q1", "2", "3", "4"]
    verdicts = [found["verdict"] for found in document["results"]]
    assert (verdicts[:2], verdicts[3]) == (["right", "right"], "refused")
    summary = document["summary"]
    assert (summary["article_hit_5"]["hits"], summary["article_hit_5"]["of"]) == (2, 2)
    assert summary["answer_in_evidence"]["value"] == 1.0
    assert summary["answer_in_text"]["of"] == 2
    assert summary["refused"]["value"] == 1.0
    assert summary["auc"]["value"] == 1.0
    assert summary["seconds_total_p50"]["value"] > 0
    assert len(document["reliability"]) == 10


def test_json_on_stdout_is_what_out_writes(folder: Path) -> None:
    args = ["eval", "answers", folder / "questions.jsonl", "--limit", "1"]
    done = run(*args, "--articles", folder / "articles", "--json")
    assert (done.code, done.err) == (0, "")
    told = json.loads(done.out)
    whole = json.loads((folder / "run.json").read_text("utf-8"))
    assert told.keys() == whole.keys()
    assert len(told["results"]) == told["wanted"] == 1
    assert told["results"][0]["text"] == whole["results"][0]["text"]
    assert told["summary"]["article_hit_1"]["hits"] == 1


def test_the_report_shows_every_question(folder: Path) -> None:
    page = (folder / "run.html").read_text("utf-8")
    assert "of 4 questions answered or refused rightly" in page
    for question in QUESTIONS:
        assert question["question"] in page
    assert "nine percent or a pay rise of nine percent" in page
    assert page.count("<svg") == 3


def test_questions_are_asked_of_the_articles_that_they_bring(tmp_path: Path) -> None:
    entry = {"id": "s", "question": QUESTIONS[1]["question"], "answers": [{"text": "Elin Dahl"}]}
    page = {"title": "Ostrava_storm", "paragraphs": [{"context": BOATS, "qas": [entry]}]}
    file = tmp_path / "squad.json"
    file.write_text(json.dumps({"data": [page]}), encoding="utf-8")
    done = run("eval", "answers", file, "--json")
    assert done.code == 0
    told = json.loads(done.out)
    assert told["library_articles"] == 1
    assert told["summary"]["article_hit_1"]["value"] == 1.0
    assert told["results"][0]["verdict"] == "right"


def test_what_cannot_be_measured_is_one_error(folder: Path, tmp_path: Path) -> None:
    bad = tmp_path / "bad.jsonl"
    bad.write_text('{"question": "who"}\n{"answers": []}\n', encoding="utf-8")
    done = run("eval", "answers", bad)
    assert (done.code, done.out) == (1, "")
    assert done.err.startswith("error: Line 2 of ")
    good = folder / "questions.jsonl"
    for args, kind in (
        ([tmp_path / "none.jsonl"], "PathUnusable"),
        ([good], "InvalidOption"),  # the settings' library is empty, and samples answer nothing
        ([good, "--out", tmp_path / "no" / "r.json"], "PathUnusable"),
        ([good, "--report", tmp_path], "PathUnusable"),
        ([good, "--articles", folder / "articles", "--library", tmp_path / "l"], "InvalidOption"),
    ):
        done = run("eval", "answers", *args, "--json")
        assert done.code == 1
        assert json.loads(done.out)["error"]["type"] == kind


@pytest.fixture
def interrupted(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C at the third question."""
    asked = []
    stream = Assistant.stream

    def limited(self: Assistant, *args: Any, **options: Any) -> Iterator[Any]:
        asked.append(args)
        if len(asked) == 3:
            raise KeyboardInterrupt
        return stream(self, *args, **options)

    monkeypatch.setattr(Assistant, "stream", limited)


@pytest.mark.usefixtures("interrupted")
def test_ctrl_c_tells_what_was_asked_so_far(folder: Path, tmp_path: Path) -> None:
    args = ["eval", "answers", folder / "questions.jsonl", "--library", folder / "library"]
    done = run(*args, "--out", tmp_path / "part.json")
    assert done.code == 130
    assert "2 questions of" in done.out
    assert "2 of 4 questions asked" in done.err
    assert not read_evaluation(tmp_path / "part.json").complete


@pytest.mark.usefixtures("interrupted")
def test_ctrl_c_tells_it_as_json_as_well(folder: Path) -> None:
    args = ["eval", "answers", folder / "questions.jsonl", "--library", folder / "library"]
    done = run(*args, "--json")
    assert done.code == 130
    told = json.loads(done.out)
    assert (len(told["results"]), told["complete"]) == (2, False)
    assert told["error"]["type"] == "Interrupted"


def test_two_runs_are_compared(folder: Path, tmp_path: Path) -> None:
    document = json.loads((folder / "run.json").read_text("utf-8"))
    document["results"][0]["verdict"] = "wrong"
    document["results"][0]["matched"]["in_text"] = False
    document["results"].pop()
    other = tmp_path / "other.json"
    other.write_text(json.dumps(document), encoding="utf-8")
    done = run("eval", "compare", folder / "run.json", other)
    assert done.code == 0
    assert "right → wrong: 1" in done.out
    assert f"right → wrong  q1  {QUESTIONS[0]['question']}" in done.out
    assert "only in A: 1 question: 4" in done.err
    told = json.loads(run("eval", "compare", folder / "run.json", other, "--json").out)
    assert told["changes"][0]["after"] == "wrong"
    assert told["only_before"] == ["4"]
    found = told["metrics"]["answer_in_text"]
    assert found["difference"] == -0.5
    assert found["low"] <= found["difference"] <= found["high"]
    assert run("eval", "compare", folder / "questions.jsonl", other).code == 1


def test_a_terminal_sees_the_table(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("COLUMNS", "60")
    done = on_terminal(["eval", "compare", folder / "run.json", folder / "run.json"])
    assert done.code == 0
    assert "4 common questions; 0 verdicts changed" in done.out


def test_help_loads_nothing_heavy_and_options_stand_anywhere(folder: Path) -> None:
    program = (
        "import sys; from assistant.cli import main; code = main(sys.argv[1:]); "
        "assert not {'numpy', 'torch', 'assistant.evaluation'} & set(sys.modules); sys.exit(code)"
    )
    command = [sys.executable, "-c", program, "eval", "answers", "--help"]
    done = subprocess.run(command, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    assert "assistant eval answers" in done.stdout
    assert run("eval").out == run("eval", "--help").out
    assert run("eval", "--json").code == 2
    same = [folder / "run.json", folder / "run.json"]
    told = run("eval", "compare", *same, "--json").out
    assert run("--json", "eval", "compare", *same).out == told
    assert run("eval", "--json", "compare", *same).out == told
