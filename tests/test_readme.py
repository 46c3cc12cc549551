"""The README: its examples run, its one printed answer is the real one, its tables are complete."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from cli_runs import run

from assistant.config import VARIABLES

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text("utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", README, re.S)


def test_every_python_example_runs(capsys: pytest.CaptureFixture[str]) -> None:
    names: dict[str, object] = {}
    for block in blocks("python"):
        exec(compile(block, "README.md", "exec"), names)
    shown = capsys.readouterr().out
    assert "territory" in shown
    assert "1 added" in shown
    assert "Answered" in shown


def test_the_printed_answer_is_what_the_command_prints() -> None:
    (block,) = blocks("console")
    command, _, shown = block.partition("\n")
    assert command.startswith("$ assistant ")
    done = run(*command.split()[2:])
    assert done.code == 0
    assert done.out.strip() == shown.strip()


def test_every_shell_command_of_the_readme_exists() -> None:
    for command in re.findall(r"^assistant (\w+)", "\n".join(blocks("sh")), re.M):
        assert run(command, "--help").code == 0, command


def test_every_make_target_of_the_readme_exists() -> None:
    makefile = (ROOT / "Makefile").read_text("utf-8")
    for target in re.findall(r"`make ([a-z-]+)`|^make ([a-z-]+)", README, re.M):
        assert re.search(rf"^{''.join(target)}:", makefile, re.M), target


def test_the_table_of_settings_is_the_one_of_the_code() -> None:
    table = dict(re.findall(r"^\| `(ASSISTANT_\w+)` \| (.*) \|$", README, re.M))
    assert table == VARIABLES


def test_links_and_pictures_lead_somewhere() -> None:
    for target in re.findall(r"\]\(([^)#]+)\)", README):
        assert (ROOT / target).is_file(), target
