"""How soon the page can be used, beside an empty Gradio page in the same run."""

from __future__ import annotations

import socket
import statistics
import subprocess
import sys
import time
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect
from test_browser import ROOT, environment, free_port

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(300)]

LATER = 1.5  # seconds after an empty page at most
ROUNDS = 3
EMPTY = """
import sys, gradio as gr
with gr.Blocks(analytics_enabled=False) as blocks:
    gr.Textbox(label="Your question")
blocks.launch(server_port=int(sys.argv[1]), quiet=True, ssr_mode=False)
"""


def usable(chromium: Browser, library: Path, command: list[str], port: int) -> float:
    """Seconds from the start of a process until its page's box can be typed into."""
    address = f"http://127.0.0.1:{port}/"
    began = time.monotonic()
    process = subprocess.Popen(
        [sys.executable, *command],
        cwd=ROOT,
        env={**environment(library), "GRADIO_ANALYTICS_ENABLED": "False"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    context = chromium.new_context()
    try:
        page = context.new_page()
        _wait_for(port)
        page.goto(address)
        box = page.get_by_label("Your question")
        expect(box).to_be_editable(timeout=60_000)
        box.fill("what")
        return time.monotonic() - began
    finally:
        context.close()
        process.kill()
        process.communicate()


def _wait_for(port: int) -> None:
    while True:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.02)


def test_the_page_is_usable_soon_after_an_empty_one(chromium: Browser, tmp_path: Path) -> None:
    library = tmp_path / "library"
    empty, ours = [], []
    for _ in range(ROUNDS):
        port = free_port()
        empty.append(usable(chromium, library, ["-c", EMPTY, str(port)], port))
        port = free_port()
        serving = ["-m", "ui", "--no-browser", "--port", str(port)]
        ours.append(usable(chromium, library, serving, port))
    print(f"\nusable after: empty {sorted(empty)}, ours {sorted(ours)}")
    assert statistics.median(ours) <= statistics.median(empty) + LATER
