"""A model by its name on the Hub: its download is seen, is done once, is not waited for in vain."""

from __future__ import annotations

import fcntl
import json
import os
import pty
import socket
import struct
import subprocess
import sys
import termios
import threading
from pathlib import Path
from typing import Any

import pytest
from cli_runs import ROOT, environment
from hub_server import Hub, hub_server
from tiny_llama import save_llama

# The embedding is loaded first, as in every question: its bars are hidden, these are not.
ASK = """
import json, sys, time
import transformers
from assistant import Article, Assistant
ferry = Article(title="Ferry burns", text="Elin Dahl, captain of the Marisol, blamed the galley.")
with Assistant(articles=ferry, llm="huggingface:" + sys.argv[1]) as assistant:
    assistant.warm_up()
    started = time.perf_counter()
    answer = assistant.ask("who is the captain of the Marisol")
    seconds = time.perf_counter() - started
print(json.dumps([answer.model, answer.short, answer.fallback_reason or "", seconds]))
"""


def asked(name: str, hub: str, home: Path) -> tuple[list[Any], str]:
    """The answer's model, short words, reason and seconds; and what its terminal showed."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 100, 0, 0))
    screen = bytearray()

    def watch() -> None:
        while True:
            try:
                screen.extend(os.read(ours, 65_536))
            except OSError:  # nobody has the other end open any more
                return

    cache = {"HF_HOME": str(home), "ASSISTANT_CACHE": str(home / "cache")}
    settings = environment(HF_ENDPOINT=hub, HF_HUB_OFFLINE="0", HF_HUB_DISABLE_XET="1", **cache)
    done = subprocess.Popen(
        [sys.executable, "-c", ASK, name],
        cwd=ROOT,
        env=settings,
        stdout=subprocess.PIPE,
        stderr=theirs,
        text=True,
    )
    os.close(theirs)
    watcher = threading.Thread(target=watch)
    watcher.start()
    out, _ = done.communicate(timeout=200)
    watcher.join(10)
    os.close(ours)
    shown = screen.decode()
    assert done.returncode == 0, shown
    return json.loads(out), shown


def requests(hub: Hub) -> int:
    """How often the model was asked for; the Hub's package asks for things of its own as well."""
    return sum("tiny/llama" in request for request in hub.asked)


@pytest.mark.slow
def test_a_name_is_downloaded_once_which_is_seen(tmp_path: Path) -> None:
    made = save_llama(tmp_path / "made", ends=True)
    with hub_server({"tiny/llama": made}) as hub:
        (model, _, reason, _), shown = asked("tiny/llama", hub.url, tmp_path / "home")
        assert (model, reason) == ("huggingface:tiny/llama", "")
        assert "model.safetensors: 100%" in shown
        before = requests(hub)
        (model, _, reason, _), shown = asked("tiny/llama", hub.url, tmp_path / "home")
        assert (model, reason) == ("huggingface:tiny/llama", "")
        assert "%" not in shown
        assert requests(hub) == before


@pytest.mark.slow
def test_a_hub_that_cannot_be_reached_is_not_waited_for(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    (model, short, reason, seconds), _ = asked("tiny/llama", f"http://127.0.0.1:{port}", tmp_path)
    assert (model, short) == ("built-in reader", "Elin Dahl")
    assert reason == (
        "The language model 'tiny/llama' was not downloaded yet, and the Hugging Face Hub "
        "cannot be reached."
    )
    assert seconds < 10  # the libraries alone try for more than 40


@pytest.mark.slow
def test_a_name_that_the_hub_does_not_have_is_told(tmp_path: Path) -> None:
    with hub_server({}) as hub:
        (model, _, reason, _), _ = asked("tiny/llama", hub.url, tmp_path)
    assert model == "built-in reader"
    assert "no model of that name on the Hugging Face Hub" in reason
