"""The README: its examples run, its one printed answer is the real one, its tables are complete."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from cli_runs import run
from test_browser import served

from assistant.config import VARIABLES

ROOT = Path(__file__).parents[1]
PAGE = "127.0.0.1:7860"
README = (ROOT / "README.md").read_text("utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", README, re.S)


def test_every_python_example_runs(capsys: pytest.CaptureFixture[str]) -> None:
    names: dict[str, object] = {}
    for block in blocks("python"):
        if PAGE in block:  # these talk to a page that is served
            continue
        exec(compile(block, "README.md", "exec"), names)
    shown = capsys.readouterr().out
    assert "territory" in shown
    assert "1 added" in shown
    assert "Answered" in shown


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::ResourceWarning")  # the clients keep their connections
def test_every_example_of_a_client_runs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with served(tmp_path / "library") as address:
        here = address.removeprefix("http://").rstrip("/")
        for block in blocks("python"):
            if PAGE in block:
                exec(compile(block.replace(PAGE, here), "README.md", "exec"), {})
        shown = capsys.readouterr().out
        (asked,) = (block for block in blocks("sh") if f"{PAGE}/v1" in block)
        if shutil.which("curl"):
            done = subprocess.run(
                ["sh", "-c", asked.replace(PAGE, here)], check=True, capture_output=True, text=True
            )
            shown += json.loads(done.stdout)["choices"][0]["message"]["content"]
    assert shown.count("Russia demanded that Ukraine cede") >= 3


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
