"""The shell command before any article is read: start-up, usage, exit codes, safe output."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest
from cli_runs import COMMAND, capture, environment, run
from hypothesis import given
from hypothesis import strategies as st

from assistant.cli.output import clean, one_line, print_json
from assistant.cli.progress import time_left
from assistant.cli.serving import page_environment

HEAVY = ("torch", "chromadb", "gradio", "llama_index", "numpy", "sentence_transformers")
COMMANDS = ["ask", "chat", "add", "sync", "list", "show", "remove"]
COMMANDS += ["backup", "reindex", "move", "serve", "doctor"]


def seconds(command: list[str]) -> float:
    """The shortest of five runs: the one that the machine disturbed least."""
    times = []
    for _ in range(5):
        start = time.perf_counter()
        subprocess.run(command, check=True, capture_output=True)
        times.append(time.perf_counter() - start)
    return min(times)


def test_help_is_quick() -> None:
    assert seconds([*COMMAND, "--help"]) - seconds([sys.executable, "-c", "pass"]) < 0.5


@pytest.mark.parametrize("args", [["--help"], ["--version"], ["ask", "--help"]])
def test_help_and_version_import_nothing_heavy(args: list[str]) -> None:
    program = (
        "import sys; from assistant.cli import main; code = main(sys.argv[1:]); "
        f"found = [name for name in {HEAVY!r} if name in sys.modules]; "
        "assert not found, found; sys.exit(code)"
    )
    done = subprocess.run([sys.executable, "-c", program, *args], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")


def test_no_arguments_print_the_help_with_every_command_and_exit_code() -> None:
    done = run()
    assert done.code == 0
    assert done.out == run("--help").out == run("-h").out
    for command in COMMANDS:
        assert f"\n  {command} " in done.out
    for code in (0, 1, 2, 3, 4, 130):
        assert f"\n    {code} " in done.out


@pytest.mark.parametrize("command", COMMANDS)
def test_each_command_has_help_with_library_and_json(command: str) -> None:
    done = run(command, "--help")
    assert done.code == 0
    assert "--library DIR" in done.out
    assert "--json" in done.out
    assert "..." not in run("--help").out.split(f"  {command} ")[1].splitlines()[0]


@pytest.mark.parametrize(
    "args",
    [
        ["lst"],
        ["ask"],
        ["ask", "who", "--no-such-option"],
        ["ask", "who", "--since", "yesterday"],
        ["ask", "who", "--since", "2025-06-03", "--until", "2025-06-02"],
        ["ask", "who", "--top-k", "0"],
        ["ask", "who", "--library", __file__],
        ["list", "--limit", "many"],
        ["serve", "--port", "70000"],
        ["--library", "somewhere"],
    ],
)
def test_wrong_usage_is_two_lines_or_one_json_object(args: list[str]) -> None:
    plain = run(*args)
    assert (plain.code, plain.out) == (2, "")
    first, second = plain.err.splitlines()
    assert first.startswith("error: ")
    assert second.startswith("hint: ")

    told = run(*args, "--json")
    assert (told.code, told.err) == (2, "")
    error = json.loads(told.out)["error"]
    assert error["type"] == "WrongUsage"
    assert f"error: {error['message']}" == first


def test_json_after_a_double_dash_is_an_argument() -> None:
    assert "--json" in run("show", "--", "--json").err


def test_a_setting_that_cannot_be_used_is_one_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ASSISTANT_TOP_K", "six")
    done = run("list")
    assert (done.code, done.out) == (1, "")
    assert done.err.startswith("error: ASSISTANT_TOP_K='six' is not a number")
    assert json.loads(run("--json", "list").out)["error"]["type"] == "InvalidOption"


@pytest.mark.parametrize("place", ["before", "after"])
@pytest.mark.parametrize("name", ["", "  "])
def test_an_empty_library_option_is_not_the_current_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: str, name: str
) -> None:
    monkeypatch.chdir(tmp_path)
    option = ["--library", name]
    args = [*option, "list"] if place == "before" else ["list", *option]
    done = run(*args)
    assert (done.code, done.out) == (1, "")
    assert done.err.startswith("error: --library is empty.\nhint: ")
    assert json.loads(run(*args, "--json").out)["error"]["type"] == "InvalidOption"
    assert list(tmp_path.iterdir()) == []


# -- what a terminal would obey -----------------------------------------------------------------


@given(st.text(st.characters(exclude_categories=())))
def test_clean_text_can_be_encoded_and_holds_no_control_character(text: str) -> None:
    cleaned = clean(text)
    cleaned.encode("utf-8")
    assert all(char.isprintable() or char in "\n\t" or ord(char) > 0x9F for char in cleaned)
    assert clean(cleaned) == cleaned
    assert "\n" not in one_line(text)


@given(st.recursive(st.text(st.characters(exclude_categories=())), st.lists))
def test_json_keeps_every_character_and_prints_none_that_a_terminal_obeys(value: object) -> None:
    done = capture(lambda: print_json(value))
    assert json.loads(done.out) == value
    assert clean(done.out) == done.out


def test_json_reads_well_where_the_encoding_allows_it() -> None:
    assert capture(lambda: print_json("Київ")).out == '"Київ"\n'
    assert capture(lambda: print_json("Київ"), encoding="latin-1").out.isascii()


def test_clean_keeps_what_readers_need() -> None:
    assert clean("Zürich\tГород 東京 👩‍🚒\r\nend\r") == "Zürich\tГород 東京 👩‍🚒\nend\n"
    assert clean("\x1b[31mred\x1b]0;title\x07\x9b2J") == "[31mred]0;title2J"


# -- serve --------------------------------------------------------------------------------------


def test_a_port_in_use_is_one_error_before_anything_starts() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        done = run("serve", "--port", str(port), "--no-browser", "--json")
    assert done.code == 1
    error = json.loads(done.out)["error"]
    assert error["type"] == "ServeError"
    assert f"Port {port} of 127.0.0.1" in error["message"]
    assert "--port" in error["hint"]


def test_a_host_that_others_reach_is_refused_before_anything_starts() -> None:
    done = run("serve", "--host", "0.0.0.0", "--no-browser")
    assert done.code == 1
    assert "other computers" in done.err


def test_the_page_is_found_from_any_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "ui.py").write_text("raise SystemExit('a stranger')")
    monkeypatch.setenv("PYTHONPATH", "/elsewhere")
    found = subprocess.run(
        [sys.executable, "-P", "-m", "ui", "--help"],
        cwd=tmp_path,
        env=page_environment(),
        capture_output=True,
        text=True,
    )
    assert (found.returncode, found.stderr) == (0, "")
    assert "--no-browser" in found.stdout


PAGE = """
import signal, sys, time
def leave(number, frame):
    print("got", number, flush=True)
    sys.exit(7)
signal.signal(signal.SIGTERM, leave)
signal.signal(signal.SIGINT, leave)
print("ready", flush=True)
time.sleep(60)
"""
SERVER = (
    "import os, sys; from assistant.cli.serving import run_page; "
    "sys.exit(run_page([sys.executable, '-c', sys.argv[1]], dict(os.environ)))"
)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_signals_reach_the_page_once_and_its_exit_code_comes_back(number: signal.Signals) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", SERVER, PAGE], stdout=subprocess.PIPE, text=True, env=environment()
    ) as server:
        assert server.stdout is not None
        assert server.stdout.readline() == "ready\n"
        server.send_signal(number)
        rest = server.stdout.read()
    assert (server.returncode, rest) == (7, f"got {int(number)}\n")


def test_a_page_that_a_signal_ended_gives_the_shells_code() -> None:
    killed = "import os; os.kill(os.getpid(), 9)"
    done = subprocess.run([sys.executable, "-c", SERVER, killed], env=environment())
    assert done.returncode == 137


def test_serve_opens_the_page_of_the_chosen_library_and_ends_with_it(tmp_path: Path) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [*COMMAND, "serve", "--library", "chosen", "--port", str(port), "--no-browser"]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, text=True, cwd=tmp_path, env=environment()
    ) as server:
        assert server.stdout is not None
        url = f"http://127.0.0.1:{port}/"
        assert url in server.stdout.readline()
        with urllib.request.urlopen(url, timeout=30) as page:
            assert page.status == 200
        server.send_signal(signal.SIGINT)
        assert server.wait(timeout=60) == 0


def test_a_page_that_cannot_start_is_told_as_json() -> None:
    command = [*COMMAND, "serve", "--host", "localhost", "--port", "1", "--llm", "gpt", "--json"]
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        command[command.index("1")] = str(probe.getsockname()[1])
    done = subprocess.run(command, capture_output=True, text=True, env=environment())
    assert done.returncode == 1
    assert json.loads(done.stdout)["error"]["type"] == "ServeError"
    assert "'gpt'" in done.stderr


@pytest.mark.parametrize("closed", ["0<&-", "1>&-", "2>&-", "<&- >&- 2>&-"])
def test_closed_streams_are_no_bug(tmp_path: Path, closed: str) -> None:
    """A service manager or a careless script may start a program without them."""
    command = f'"{sys.executable}" -m assistant list --library "{tmp_path}/none" {closed}'
    done = subprocess.run(
        ["sh", "-c", command], capture_output=True, text=True, env=environment(), check=False
    )
    assert (done.returncode, done.stdout) == (0, "")
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("done", "total", "elapsed", "told"),
    [
        (0, 2225, 1.0, ""),  # nothing to go by
        (50, 2225, 2.0, "1 min 27 s left"),
        (2000, 2225, 40.0, "5 s left"),
        (10, 20_000, 60.0, "33 h 19 min left"),
        (7, 7, 3.0, ""),
    ],
)
def test_time_left_is_what_the_rest_takes_at_the_rate_of_all_so_far(
    done: int, total: int, elapsed: float, told: str
) -> None:
    assert time_left(done, total, elapsed) == told
