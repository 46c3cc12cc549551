"""A model run in this process: a tiny Llama of random weights, made here, through transformers."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import pytest
from tiny_llama import save_llama

from assistant import Article, Assistant
from assistant.config import Settings
from assistant.llms import LanguageModel, language_model
from index.errors import LLMUnavailable

TEXT = (
    "The ferry Marisol caught fire on Tuesday. Elin Dahl, the captain of the Marisol, blamed the "
    "galley."
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_llama(tmp_path_factory.mktemp("tiny-llama"))


@pytest.fixture(scope="module")
def model(folder: Path) -> LanguageModel:
    made = language_model(f"huggingface:{folder}")
    assert made is not None
    return made


def test_it_streams_pieces_of_text_and_stops_when_nobody_reads_on(model: LanguageModel) -> None:
    before = set(threading.enumerate())
    pieces = model.stream("You answer.", "What burned?")
    shown = [next(pieces) for _ in range(3)]
    assert all(isinstance(piece, str) and piece for piece in shown)
    (generating,) = (
        thread for thread in set(threading.enumerate()) - before if "tqdm" not in thread.name
    )
    assert generating.is_alive()
    started = time.perf_counter()
    pieces.close()
    assert time.perf_counter() - started < 5  # a whole reply of 2,048 tokens takes longer
    generating.join(5)
    assert not generating.is_alive()


def test_its_context_is_that_of_its_configuration(model: LanguageModel) -> None:
    assert model.context_window == 8192
    assert 0 < model.room < 8192 * 4


def test_what_fails_in_its_thread_is_told(
    model: LanguageModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    from transformers import LlamaForCausalLM

    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("out of memory")

    monkeypatch.setattr(LlamaForCausalLM, "generate", fail)
    with pytest.raises(LLMUnavailable, match="out of memory"):
        list(model.stream("You answer.", "What burned?"))


def test_a_folder_without_a_model_is_told_and_the_reader_answers(tmp_path: Path) -> None:
    article = Article(title="Ferry burns", text=TEXT)
    settings = Settings(library=tmp_path / "library", cache=tmp_path / "cache")
    with Assistant(articles=article, llm=f"huggingface:{tmp_path}", settings=settings) as assistant:
        answer = assistant.ask("who is the captain of the Marisol")
    assert answer.model == "built-in reader"
    assert str(tmp_path) in str(answer.fallback_reason)
    assert answer.short == "Elin Dahl"


@pytest.mark.parametrize(
    ("name", "words"),
    [("nobody/no-such-model", "HF_HUB_OFFLINE forbids it"), ("no such name", "no folder")],
)
def test_a_name_that_cannot_be_downloaded_is_told(name: str, words: str) -> None:
    model = language_model(f"huggingface:{name}")
    assert model is not None
    with pytest.raises(LLMUnavailable, match=words):
        list(model.stream("You answer.", "What burned?"))
    with pytest.raises(LLMUnavailable, match=words):
        assert model.room
