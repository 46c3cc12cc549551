"""The built wheel works away from the checkout: it answers, and the page starts."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import sysconfig
import urllib.request
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    copy = folder / "source"
    # From what is tracked, and elsewhere: a build leaves folders behind.
    subprocess.run(["git", "clone", "-q", str(ROOT), str(copy)], check=True)
    for name in subprocess.run(
        ["git", "ls-files", "-mo", "--exclude-standard"],
        cwd=ROOT,
        text=True,
        capture_output=True,
        check=True,
    ).stdout.splitlines():
        if (ROOT / name).is_file():
            (copy / name).parent.mkdir(parents=True, exist_ok=True)
            (copy / name).write_bytes((ROOT / name).read_bytes())
    options = ["--no-deps", "--no-build-isolation", "--no-index", "-q", "--wheel-dir", str(folder)]
    subprocess.run([sys.executable, "-m", "pip", "wheel", *options, str(copy)], check=True)
    (built,) = folder.glob("article_assistant-*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An environment with the wheel alone; what it depends on is read from this one.

    A path line in a .pth file runs no .pth file of that folder, so our editable install, which is
    one, stays out of it.
    """
    home = tmp_path_factory.mktemp("environment")
    subprocess.run([sys.executable, "-m", "venv", str(home)], check=True)
    python = home / "bin" / "python"
    subprocess.run(
        [python, "-m", "pip", "install", "-q", "--no-deps", "--no-index", str(wheel)], check=True
    )
    (site,) = home.glob("lib/python*/site-packages")
    (site / "dependencies.pth").write_text(sysconfig.get_paths()["purelib"] + "\n")
    return home


def environment(home: Path) -> dict[str, str]:
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("ASSISTANT_", "PYTHON"))}
    return kept | {
        "ASSISTANT_LIBRARY": str(home / "library"),
        "ASSISTANT_CACHE": str(home / "cache"),
        "HF_HUB_OFFLINE": "1",
    }


def test_the_wheel_holds_the_product_and_nothing_else(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    tops = {name.split("/")[0] for name in names}
    assert {top for top in tops if not top.endswith(".dist-info")} == {
        "assistant",
        "index",
        "prompts",
        "ui.py",
    }
    assert sum(name.startswith("assistant/samples/") for name in names) >= 8
    assert {"prompts/answer-system.txt", "assistant/py.typed"} <= set(names)
    assert "assistant/reader/reader.safetensors" in names
    assert {
        f"index/minilm/minilm{kind}" for kind in (".onnx", "_int8.onnx", "_ranges.safetensors")
    } <= set(names)
    assert "assistant/grounding/entailment.safetensors" in names
    assert any(name.startswith("assistant/web/") and name.endswith(".css") for name in names)


def test_the_installed_command_answers_from_the_samples(installed: Path, tmp_path: Path) -> None:
    done = subprocess.run(
        [installed / "bin" / "assistant", "ask", "what did Russia demand"],
        cwd=tmp_path,
        env=environment(installed),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "territory" in done.stdout
    assert "armed forces" in done.stdout
    assert "sample" in done.stdout


def test_the_installed_page_starts(installed: Path, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    server = subprocess.Popen(
        [installed / "bin" / "assistant", "serve", "--no-browser", "--port", str(port)],
        cwd=tmp_path,
        env=environment(installed),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        assert server.stdout is not None
        line = next(line for line in server.stdout if "http://" in line)
        found = re.search(r"http://[\w.:]+", line)
        assert found is not None
        with urllib.request.urlopen(found.group(), timeout=30) as page:
            assert b"Article Assistant" in page.read()
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait(timeout=30)
        if server.stdout is not None:
            server.stdout.close()
