"""A model of transformers run in this process, which stops when nobody reads on."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assistant.llms.model import CONTEXT, LanguageModel, reply_tokens

if TYPE_CHECKING:
    from llama_index.core.llms import LLM

_STOPS = 30.0  # seconds at most for the token that was being made when reading stopped


def huggingface(model: str) -> LanguageModel:
    """A model by its name on the Hub or its folder; loaded at the first call, then kept."""
    held = _Held(model)
    return LanguageModel(held.connect, f"huggingface:{model}", window=held.window)


class _Held:
    """The weights and the tokenizer, loaded once for all calls."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._lock = threading.Lock()
        self._loaded: tuple[Any, Any] | None = None

    def window(self) -> int:
        """The context that the model was made for, as far as it is wanted here."""
        model, _ = self._load()
        made_for = getattr(model.config, "max_position_embeddings", None) or CONTEXT
        return min(int(made_for), CONTEXT)

    @contextmanager
    def connect(self) -> Iterator[LLM]:
        """The LLM for one call; leaving it stops the thread that generates."""
        from llama_index.llms.huggingface import HuggingFaceLLM

        model, tokenizer = self._load()
        window = self.window()
        watched = _Watched(model)
        try:
            yield HuggingFaceLLM(
                model=watched,
                tokenizer=tokenizer,
                model_name=self._name,
                tokenizer_name=self._name,
                is_chat_model=True,
                context_window=window,
                max_new_tokens=reply_tokens(window),
                generate_kwargs={"do_sample": False},
            )
            watched.check()
        finally:
            watched.stop()

    def _load(self) -> tuple[Any, Any]:
        with self._lock:
            if self._loaded is None:
                from transformers import AutoModelForCausalLM, AutoTokenizer

                # Looking a folder's files up on the Hub would wait for the network.
                own = Path(self._name).is_dir()
                tokenizer = AutoTokenizer.from_pretrained(self._name, local_files_only=own)
                model = AutoModelForCausalLM.from_pretrained(
                    self._name, local_files_only=own, device_map="auto"
                )
                self._loaded = model, tokenizer
            return self._loaded


class _Watched:
    """A model whose generation can be stopped, and whose failure ends the stream of its text.

    LlamaIndex generates in a thread of its own that nothing stops, and reads from a queue that
    nothing fills any more when the thread fails.
    """

    def __init__(self, model: Any) -> None:
        self._model = model
        self._stopped = threading.Event()
        self._done = threading.Event()
        self._done.set()
        self._error: Exception | None = None

    def __getattr__(self, name: str) -> Any:
        return getattr(self._model, name)

    def generate(self, *, stopping_criteria: Any, streamer: Any = None, **inputs: Any) -> Any:
        """The model's `generate`, watched."""
        from transformers import StoppingCriteriaList

        self._done.clear()
        try:
            return self._model.generate(
                stopping_criteria=StoppingCriteriaList([*stopping_criteria, self._asked_to_stop]),
                streamer=streamer,
                **inputs,
            )
        except Exception as error:
            if streamer is None:
                raise
            self._error = error
            streamer.end()
            return None
        finally:
            self._done.set()

    def check(self) -> None:
        """Raise what went wrong in the thread."""
        if self._error is not None:
            raise self._error

    def stop(self) -> None:
        """End the generation, and wait until it has ended."""
        self._stopped.set()
        self._done.wait(_STOPS)

    def _asked_to_stop(self, ids: Any, _scores: Any, **_: Any) -> Any:
        import torch

        return torch.full((ids.shape[0],), self._stopped.is_set(), device=ids.device)
