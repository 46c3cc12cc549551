"""A model behind `transformers serve`, a server that nobody here wrote.

Its openai and ours exclude each other, so it has an environment of its own, which
`make test-serve` makes before it runs this.
"""

from __future__ import annotations

import os
import re
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import cast

import pytest
from cli_runs import ROOT, run
from tiny_llama import save_llama

from assistant import Answered, Article, Assistant, TextDelta
from assistant.llms import LanguageModel, language_model
from index.errors import LLMUnavailable

pytestmark = pytest.mark.slow

PROGRAM = ROOT / ".serve-venv" / "bin" / "transformers"
WORDS = {"ferry", "burned", "night"}  # all that it writes
STARTS = 120  # seconds: it imports torch first
COUNCIL = Article(
    title="Council votes for new tram line",
    text="The city council voted for a second tram line on Monday. Mayor Tomas Reil opened it.",
)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a running server, whose output lies in a file."""
    if not PROGRAM.exists():
        pytest.skip("there is no .serve-venv: `make test-serve` makes it")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [str(PROGRAM), "serve", "--host", "127.0.0.1", "--port", str(port)]
    log = tmp_path_factory.mktemp("serve") / "log.txt"
    environment = {**os.environ, "HF_HUB_OFFLINE": "1", "PYTHONPATH": ""}
    with log.open("w") as out:
        process = subprocess.Popen(command, stdout=out, stderr=out, env=environment)
    try:
        wait_for(f"http://127.0.0.1:{port}/health", process, log)
        yield f"http://127.0.0.1:{port}/v1"
    finally:
        process.kill()  # asked to end, it would wait for what it is writing
        process.wait(20)


def wait_for(address: str, process: subprocess.Popen[bytes], log: Path) -> None:
    """Return when a server answers."""
    ends = time.monotonic() + STARTS
    while process.poll() is None and time.monotonic() < ends:
        try:
            with urllib.request.urlopen(address, timeout=5):
                return
        except (urllib.error.URLError, TimeoutError):
            time.sleep(0.2)
    pytest.fail(f"transformers serve did not start:\n{log.read_text('utf-8')}")


@pytest.fixture(scope="module")
def setting(server: str, tmp_path_factory: pytest.TempPathFactory) -> str:
    """A model whose replies are a dozen words at random."""
    return f"{server}#{save_llama(tmp_path_factory.mktemp('ends'), ends=True)}"


@pytest.fixture(scope="module")
def endless(server: str, tmp_path_factory: pytest.TempPathFactory) -> LanguageModel:
    """A model that writes until it is stopped."""
    model = language_model(f"{server}#{save_llama(tmp_path_factory.mktemp('goes-on'))}")
    assert model is not None
    return model


def test_its_words_are_an_answer_that_stands_on_nothing(setting: str) -> None:
    with Assistant(articles=COUNCIL, llm=setting) as assistant:
        events = list(assistant.stream("what did the council vote for"))
        answer = assistant.ask("what did the council vote for")
    (*_, last) = events
    assert isinstance(last, Answered)
    assert last.answer.text == answer.text
    assert "".join(event.text for event in events if isinstance(event, TextDelta)) == answer.text
    assert (answer.model, answer.fallback_reason) == (setting, None)
    assert set(answer.text.split()) <= WORDS
    assert answer.outcome == "partial"
    assert {sentence.support for sentence in answer.sentences} == {"uncited"}
    assert answer.complete


def test_a_follow_up_is_rewritten_by_a_reply_in_one_piece(setting: str) -> None:
    with Assistant(articles=COUNCIL, llm=setting) as assistant:
        answer = assistant.ask(
            "and who opened it?", history=[("what did the council vote for", "A tram line.")]
        )
    assert set(answer.standalone_question.split()) <= WORDS
    assert answer.fallback_reason is None


def test_doctor_measures_it(setting: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ASSISTANT_LLM", setting)
    done = run("doctor")
    assert done.code == 0
    told = " ".join(done.out.split())
    assert re.search(r"first words after \d+\.\d s, streaming works", told), told


def test_closing_a_stream_early_ends_the_request(endless: LanguageModel) -> None:
    """The server generates for one request after the other: the next one tells."""
    started = time.perf_counter()
    with pytest.raises(LLMUnavailable, match=r"\(length\)"):
        list(endless.stream("You answer.", "What burned?"))
    whole = time.perf_counter() - started

    def first() -> float:
        began = time.perf_counter()
        with closing(endless.stream("You answer.", "What burned?")) as pieces:
            next(pieces)
        return time.perf_counter() - began

    first()
    assert first() < whole / 2


def test_a_model_that_goes_on_for_ever_is_cut_and_said_to_be(endless: LanguageModel) -> None:
    setting = endless.name
    with Assistant(articles=COUNCIL, llm=setting) as assistant:
        answer = assistant.ask("what did the council vote for")
    assert not answer.complete
    assert answer.model == setting


def test_a_model_that_it_does_not_have_is_told_and_the_reader_answers(server: str) -> None:
    with Assistant(articles=COUNCIL, llm=f"{server}#no/such-model") as assistant:
        answer = assistant.ask("who opened the tram line")
    assert answer.model == "built-in reader"
    assert answer.short == "Tomas Reil"
    assert "no/such-model" in cast(str, answer.fallback_reason)
