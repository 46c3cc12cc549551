"""What every test stands on: settings of its own, no model look-ups, and the shared data."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

if TYPE_CHECKING:
    from playwright.sync_api import Browser

SHARED_DATA = Path(__file__).parents[2] / "shared" / "data"
CHROMIUM = "/usr/bin/chromium"
FLAGS = [
    "--no-sandbox",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-quic",
    "--no-first-run",
]

# A law may be tried on a busy machine: time is limited per test, not per example.
settings.register_profile("suite", deadline=None)
settings.load_profile("suite")


def pytest_configure() -> None:
    """Keep model libraries, which read these at import, from looking anything up."""
    os.environ["HF_HUB_OFFLINE"] = "1"
    os.environ["TOKENIZERS_PARALLELISM"] = "false"


@pytest.fixture(autouse=True)
def own_settings(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    """No test sees the settings, the keys, the models or the library of whoever runs it."""
    own = ("ASSISTANT_", "CHROMA_", "OPENAI_", "ANTHROPIC_", "OLLAMA_")
    for name in [name for name in os.environ if name.startswith(own)]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("ASSISTANT_LLM", "none")  # not what runs on this computer
    home = tmp_path_factory.mktemp("home")
    monkeypatch.setenv("ASSISTANT_LIBRARY", str(home / "library"))
    monkeypatch.setenv("ASSISTANT_CACHE", str(home / "cache"))


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real articles and labelled questions that lies beside the repository.

    A checkout without it skips the tests that need it; under continuous integration they fail.
    """
    if not SHARED_DATA.is_dir():
        reason = f"there is no folder {SHARED_DATA} with the shared data"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    return SHARED_DATA


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """A browser for a module's tests: while it runs, this thread can run no other event loop."""
    from playwright.sync_api import sync_playwright

    if not shutil.which(CHROMIUM):
        reason = f"there is no {CHROMIUM}"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()
