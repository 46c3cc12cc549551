"""A model run in this process: a tiny Llama of random weights, made here, through transformers."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import pytest

from assistant import Article, Assistant
from assistant.config import Settings
from assistant.llms import LanguageModel, language_model
from index.errors import LLMUnavailable

TEXT = (
    "The ferry Marisol caught fire on Tuesday. Elin Dahl, the captain of the Marisol, blamed the "
    "galley."
)
TEMPLATE = (
    "{% for message in messages %}<|{{ message.role }}|>{{ message.content }}</s>{% endfor %}"
    "{% if add_generation_prompt %}<|assistant|>{% endif %}"
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A saved model with its tokenizer and chat template."""
    import torch
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers
    from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

    letters = sorted(pre_tokenizers.ByteLevel.alphabet())
    words = ["Ġferry", "Ġburned", "Ġnight"]
    tokens = ["<s>", "</s>", *letters, *words]
    vocabulary = {token: number for number, token in enumerate(tokens)}
    tokenizer = Tokenizer(models.BPE(vocab=vocabulary, merges=[]))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    place = tmp_path_factory.mktemp("tiny-llama")
    saved = PreTrainedTokenizerFast(tokenizer_object=tokenizer, bos_token="<s>", eos_token="</s>")
    saved.chat_template = TEMPLATE
    saved.save_pretrained(place)
    torch.manual_seed(4)
    config = LlamaConfig(
        vocab_size=len(vocabulary),
        hidden_size=32,
        intermediate_size=64,
        num_hidden_layers=2,
        num_attention_heads=4,
        max_position_embeddings=8192,
        bos_token_id=0,
        eos_token_id=1,
        pad_token_id=1,
    )
    made = LlamaForCausalLM(config)
    # Words alone, without end: what is streamed is held back until a word is whole.
    made.generation_config.suppress_tokens = list(range(len(tokens) - len(words)))
    made.save_pretrained(place)
    return place


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
