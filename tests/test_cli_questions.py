"""The shell commands that ask, and the one that looks at what they depend on, run for real."""

from __future__ import annotations

import contextlib
import json
import os
import pty
import re
import select
import shutil
import sqlite3
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest
from cli_runs import Done, capture, environment, on_terminal, run
from servers import scripted_server

from assistant.cli.answers import Stream
from assistant.cli.conversation import _finish
from assistant.types import Answer

DEMANDS = """---
title: Talks in Lindal
source: Harbour Post
date: 2025-06-02
---
The harbour workers demanded a pay rise of nine percent at the talks in Lindal on Monday. The port
authority offered four percent. The meeting was mediated by the mayor of Lindal, Ada Ek, and lasted
two hours. Both sides agreed to meet again on Friday.
"""
HOSTILE = (
    "Boats sunk\n\nThe mayor counted [bold]forty[/bold] sunken boats \x1b]0;owned\x07 in the "
    "harbour after the storm :smile: on \x9b31mMonday."
)
QUESTION = "what did the harbour workers demand"


@pytest.fixture(scope="session")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("asked")
    (made / "articles").mkdir()
    (made / "articles" / "talks.md").write_text(DEMANDS, encoding="utf-8")
    (made / "articles" / "boats.txt").write_text(HOSTILE, encoding="utf-8")
    done = run("add", made / "articles", "--library", made / "library")
    assert done.code == 0, done
    return made / "library"


@pytest.fixture(autouse=True)
def terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("COLUMNS", "60")
    monkeypatch.delenv("NO_COLOR", raising=False)


def unstyled(screen: str) -> str:
    return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", screen)


# -- ask ----------------------------------------------------------------------------------------


def test_ask_prints_the_answer_with_its_quote_outlet_date_and_model(library: Path) -> None:
    done = run("ask", QUESTION, "--library", library)
    assert (done.code, done.err) == (0, "")
    text, *rest = done.out.split("\n\n")
    assert "nine percent" in text
    assert "[1]" in text
    after = "\n\n".join(rest)
    for known in ("[1] Talks in Lindal", "Harbour Post", "2 June 2025", "built-in reader"):
        assert known in after
    assert '"The harbour workers demanded' in after


def test_a_question_needs_no_quotation_marks_and_can_come_from_a_file(library: Path) -> None:
    told = run("ask", QUESTION, "--library", library).out
    assert run("ask", *QUESTION.split(), "--library", library).out == told
    assert run("ask", "-", "--library", library, stdin=QUESTION + "\n").out == told


def test_ask_as_json_is_the_answer(library: Path) -> None:
    done = run("ask", QUESTION, "--library", library, "--json")
    assert done.code == 0
    told = json.loads(done.out)
    answer = Answer.from_dict(told)
    assert answer.to_dict() == told
    assert answer.outcome == "answered"
    shown = json.loads(
        run("show", answer.citations[0].article_id, "--library", library, "--json").out
    )
    for citation in answer.citations:
        assert shown["text"][citation.start : citation.end] == citation.quote


def test_articles_that_do_not_tell_are_no_error(library: Path) -> None:
    done = run("ask", "who won the chess tournament in Reykjavik", "--library", library)
    assert done.code == 0
    assert "Not in the articles" in done.out


def test_the_options_of_a_question_reach_it(library: Path) -> None:
    filters = ["--since", "2025-06-01", "--until", "2025-06-30", "--source", "Harbour Post"]
    done = run("ask", QUESTION, *filters, "--top-k", "1", "--library", library, "--json")
    applied = json.loads(done.out)["filters"]
    assert {name: value for name, value in applied.items() if value} == {
        "since": "2025-06-01",
        "until": "2025-06-30",
        "sources": ["Harbour Post"],
        "articles": 1,
    }
    none = run("ask", QUESTION, "--since", "2030-01-01", "--library", library, "--json")
    assert json.loads(none.out)["outcome"] == "not_in_articles"


def test_articles_are_asked_without_adding_them(tmp_path: Path) -> None:
    file = tmp_path / "talks.md"
    file.write_text(DEMANDS, encoding="utf-8")
    done = run("ask", QUESTION, "--articles", file)
    assert done.code == 0
    assert "nine percent" in done.out
    both = run("ask", QUESTION, "--articles", file, "--library", tmp_path / "other", "--json")
    assert both.code == 1
    assert json.loads(both.out)["error"]["type"] == "InvalidOption"


@pytest.mark.parametrize(
    ("args", "kind"),
    [
        (["ask", " "], "InvalidQuestion"),
        (["ask", "who", "--articles", "/no/such/file"], "PathUnusable"),
        (["ask", "who", "--llm", "gpt"], "InvalidOption"),
        (["chat", "--llm", "gpt"], "InvalidOption"),
    ],
)
def test_what_cannot_be_asked_is_one_error(args: list[str], kind: str) -> None:
    plain = run(*args)
    assert (plain.code, plain.out) == (1, "")
    assert plain.err.startswith("error: ")
    assert "Traceback" not in plain.err
    told = run(*args, "--json")
    assert (told.code, told.err) == (1, "")
    assert json.loads(told.out)["error"]["type"] == kind


def test_a_model_that_does_not_answer_is_said_and_replaced(library: Path) -> None:
    done = run("ask", QUESTION, "--library", library, "--llm", "http://127.0.0.1:9/v1#m")
    assert done.code == 0
    assert "nine percent" in done.out
    assert "cannot be reached" in done.out


def test_an_answer_on_a_terminal_is_bold_and_fits(library: Path) -> None:
    screen = on_terminal(["ask", QUESTION, "--library", library]).out
    assert "\x1b[1m" in screen
    shown = unstyled(screen)
    assert "nine percent" in shown
    assert "[1] Talks in Lindal" in shown
    assert all(len(line.rstrip()) <= 60 for line in shown.splitlines())


def test_an_answer_on_a_dumb_terminal_is_plain(
    library: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TERM", "dumb")
    screen = on_terminal(["ask", QUESTION, "--library", library]).out
    assert "nine percent" in screen
    assert "\x1b" not in screen


def test_no_colours_where_none_are_wanted(library: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    screen = on_terminal(["ask", QUESTION, "--library", library]).out
    assert not re.search(r"\x1b\[[0-9;]*(3[0-7]|9[0-7]|38;)[0-9;]*m", screen)


def test_no_words_of_an_article_reach_a_terminal_as_commands(library: Path) -> None:
    asking = ["ask", "how many sunken boats did the mayor count", "--library", library]
    chatting = ["chat", "--library", library]
    for screen in (
        run(*asking).out,
        on_terminal(asking).out,
        on_terminal([*asking, "--json"]).out,
        on_terminal(chatting, keys="how many sunken boats did the mayor count\n\x04").out,
    ):
        assert "[bold]forty[/bold]" in screen
        assert ":smile:" in screen
        for order in ("\x1b]", "\x07", "\x9b"):
            assert order not in screen


# -- chat ---------------------------------------------------------------------------------------


def test_each_line_of_a_pipe_is_a_question_that_knows_the_earlier_ones(library: Path) -> None:
    asked = f"{QUESTION}\n\nand what did the port authority offer\nexit\nnever asked\n"
    done = run("chat", "--library", library, "--json", stdin=asked)
    assert (done.code, done.err) == (0, "")
    first, second = [Answer.from_dict(json.loads(line)) for line in done.out.splitlines()]
    assert first.question == QUESTION
    assert "nine percent" in first.text
    assert "four percent" in second.text
    plain = run("chat", "--library", library, stdin=asked)
    assert plain.code == 0
    assert plain.out.startswith(str(first))


def test_a_question_that_cannot_be_asked_does_not_end_the_chat(library: Path) -> None:
    asked = f"{'long ' * 100_000}\n{QUESTION}\n"
    done = run("chat", "--library", library, "--json", stdin=asked)
    refused, answered = [json.loads(line) for line in done.out.splitlines()]
    assert refused["error"]["type"] == "InvalidQuestion"
    assert answered["outcome"] == "answered"
    assert done.code == 1


@pytest.mark.parametrize("leave", ["\x04", "exit\n", "QUIT\n"])
def test_a_chat_on_a_terminal_greets_prompts_and_leaves(library: Path, leave: str) -> None:
    done = on_terminal(["chat", "--library", library], keys=f"{QUESTION}\n\n{leave}")
    assert done.code == 0
    screen = unstyled(done.out)
    assert "built-in reader" in screen
    assert screen.count("\n> ") == 3
    assert "nine percent" in screen
    assert "[1] Talks in Lindal" in screen
    assert screen.count("nine percent") == 2  # the streamed answer once, and its quote


def test_a_models_answer_is_shown_once_where_checking_changed_only_its_markers(
    library: Path,
) -> None:
    said = (
        "The harbour workers demanded a pay rise of nine percent [1]. The port paid 99 ships [1]."
    )
    with scripted_server(lambda _: said) as server:
        options = ["--library", str(library), "--llm", server.setting]
        screen = unstyled(on_terminal(["chat", *options], keys=f"{QUESTION}\nexit\n").out)
        asked = unstyled(on_terminal(["ask", QUESTION, *options]).out)
    assert "After checking" not in screen
    assert screen.count("port paid") == asked.count("port paid") == 2  # the second time in doubt
    for shown in (screen, asked):
        assert "[1] Talks in Lindal" in shown
        assert 'Not confirmed by the articles: "The port paid 99' in shown


def test_a_models_answer_is_shown_again_where_checking_changed_its_words(
    capsys: pytest.CaptureFixture[str],
) -> None:
    answer = Answer(question="q", text="It burned.[1] Twice.", outcome="answered", model="m")
    _finish(answer, "It burned .\nTwice. ")
    assert "After checking" not in capsys.readouterr().out
    _finish(answer, "It burned. Once.")
    assert "After checking" in capsys.readouterr().out


def test_streamed_words_are_not_cut_by_the_edge_of_the_terminal() -> None:
    words = [f"word{number}" for number in range(60)]
    text = " ".join(words)

    def write(cuts: int) -> str:
        stream = Stream()
        for start in range(0, len(text), cuts):
            stream.write(text[start : start + cuts])
        stream.end()
        return stream.shown

    for cuts in (1, 3, 1000):
        done = capture(lambda cuts=cuts: write(cuts))
        assert done.code == text
        assert done.out.split() == words
        assert max(map(len, done.out.splitlines())) <= 61  # a blank may hang over


# -- doctor -------------------------------------------------------------------------------------


def findings(*args: str | Path) -> tuple[int, list[dict[str, str]]]:
    done: Done = run("doctor", "--json", *args)
    assert done.err == ""
    told = json.loads(done.out)["findings"]
    assert all(finding.keys() == {"level", "what", "mend"} for finding in told)
    return done.code, told


def test_doctor_finds_a_sound_installation_sound(library: Path) -> None:
    code, told = findings("--library", library)
    assert code == 0
    assert {finding["level"] for finding in told} == {"ok"}
    everything = "\n".join(finding["what"] for finding in told)
    for known in (version("chromadb"), str(library), "articles 2", "MiniLM", "built-in reader"):
        assert known in everything
    lines = run("doctor", "--library", library).out.splitlines()
    assert len(lines) == len(told)


def test_doctor_says_what_is_broken_and_how_to_mend_it(library: Path, tmp_path: Path) -> None:
    broken = Path(shutil.copytree(library, tmp_path / "broken"))
    (broken / "library.sqlite").write_bytes(b"not a database" * 1000)
    code, told = findings("--library", broken)
    assert code == 1
    (problem,) = [finding for finding in told if finding["level"] == "problem"]
    assert "damaged" in problem["what"]
    assert "backup" in problem["mend"]


def test_doctor_finds_a_fresh_backup_sound_and_leaves_it_as_it_is(
    library: Path, tmp_path: Path
) -> None:
    assert run("backup", tmp_path / "copy", "--library", library).code == 0
    code, told = findings("--library", tmp_path / "copy")
    assert code == 0, told
    assert {finding["level"] for finding in told} == {"ok"}
    assert "The vector index is made at the first question" in [f["what"] for f in told]
    assert not (tmp_path / "copy" / "chroma").exists()


def test_what_doctor_finds_reindex_mends(library: Path, tmp_path: Path) -> None:
    broken = Path(shutil.copytree(library, tmp_path / "broken"))
    with contextlib.closing(sqlite3.connect(broken / "library.sqlite")) as db, db:
        db.execute("DELETE FROM vectors WHERE number = (SELECT min(number) FROM vectors)")
        db.execute("INSERT INTO passage_index (passage_index) VALUES ('delete-all')")
    code, told = findings("--library", broken)
    problems = [finding["what"] for finding in told if finding["level"] == "problem"]
    assert code == 1
    assert "1 passage has no vector; `assistant reindex` makes it." in problems
    assert "The text index does not match the articles." in problems
    assert run("reindex", "--library", broken).code == 0
    assert findings("--library", broken)[0] == 0


def test_doctor_asks_the_model_that_is_configured(
    library: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ASSISTANT_LLM", "http://127.0.0.1:9/v1#m")
    monkeypatch.setenv("ASSISTANT_LLM_KEY", "sk-secret")
    done = run("doctor", "--library", library)
    assert done.code == 1
    assert "PROBLEM The language model http://127.0.0.1:9/v1#m cannot be reached" in done.out
    assert "sk-secret" not in done.out


@pytest.mark.parametrize(
    ("reply", "words"),
    [("One, two, three.", "streaming works"), ("One.", "its reply comes in one piece")],
)
def test_doctor_measures_the_model(
    library: Path, monkeypatch: pytest.MonkeyPatch, reply: str, words: str
) -> None:
    with scripted_server(lambda _: reply) as server:
        monkeypatch.setenv("ASSISTANT_LLM", server.setting)
        done = run("doctor", "--library", library)
    assert done.code == 0
    told = " ".join(done.out.split())
    assert f"{server.setting} answers: first words after" in told
    assert f"{words}, context of 8,192 tokens" in told


def test_doctor_on_a_library_that_is_not_there_makes_none(tmp_path: Path) -> None:
    code, told = findings("--library", tmp_path / "none")
    assert code == 0
    (note,) = [finding for finding in told if finding["level"] == "note"]
    assert "assistant add" in note["mend"]
    assert not (tmp_path / "none").exists()


def test_doctor_reports_a_setting_that_cannot_be_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ASSISTANT_TOP_K", "0")
    done = run("doctor")
    assert done.code == 1
    assert "ASSISTANT_TOP_K" in done.err


# -- bytes that are no text ---------------------------------------------------------------------


def test_a_question_that_is_not_valid_text_is_asked_or_refused(library: Path) -> None:
    """An argument may hold any bytes but NUL; Python hands them over as lone surrogates."""
    question = os.fsdecode(b"what did the harbour workers \xff demand")
    done = run("ask", question, "--library", library)
    assert done.code in {0, 1}
    assert bool(done.out) == (done.code == 0)
    told = run("ask", question, "--library", library, "--json")
    assert told.code == done.code
    assert ("error" in json.loads(told.out)) == (done.code == 1)


# -- Ctrl-C -------------------------------------------------------------------------------------

ON_OWN_TERMINAL = (
    "import fcntl, os, sys, termios; os.setsid(); fcntl.ioctl(0, termios.TIOCSCTTY, 0); "
    "os.execv(sys.executable, [sys.executable, '-m', 'assistant', *sys.argv[1:]])"
)


def test_ctrl_c_at_the_prompt_leaves_quietly_with_130(library: Path) -> None:
    ours, theirs = pty.openpty()
    command = [sys.executable, "-c", ON_OWN_TERMINAL, "chat", "--library", str(library)]
    with subprocess.Popen(
        command, stdin=theirs, stdout=theirs, stderr=theirs, env=environment(TERM="dumb")
    ) as chatting:
        os.close(theirs)
        screen = b""
        while b"> " not in screen:
            screen += os.read(ours, 65_536)
        # The terminal is given back only when what stands on it has been read; and a press between
        # the prompt and the wait for keys is noticed by readline with the next one only.
        os.write(ours, b"\x03")
        with contextlib.suppress(OSError):  # Linux: the other end is closed
            while chatting.poll() is None:
                if select.select([ours], [], [], 5)[0]:
                    screen += os.read(ours, 65_536)
                else:
                    os.write(ours, b"\x03")
        assert chatting.wait(timeout=60) == 130
    os.close(ours)
    assert b"Interrupted" not in screen
    assert b"error" not in screen
    assert screen.endswith(b"\n")
    assert b"Traceback" not in screen
    assert b"\x1b" not in screen
