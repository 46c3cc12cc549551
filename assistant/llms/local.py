"""A model of transformers run in this process, which stops when nobody reads on."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assistant.llms.failures import reason
from assistant.llms.model import CONTEXT, LanguageModel, reply_tokens
from index.bars import progress_bars
from index.errors import LLMUnavailable

if TYPE_CHECKING:
    from llama_index.core.llms import LLM

_CONNECT = 5.0  # seconds to wait for the Hub before a download
_STOPS = 30.0  # seconds at most for the token that was being made when reading stopped
_ELSEWHERE = "Connect this computer once, or name the folder of a model."


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
                self._loaded = _kept(self._name) or _downloaded(self._name)
            return self._loaded


def _kept(name: str) -> tuple[Any, Any] | None:
    """The model of a folder, or one that was downloaded before; None where it was not yet."""
    try:
        with progress_bars(shown=False):
            return _from_files(name, kept=True)
    except OSError:
        if Path(name).is_dir():
            raise
        return None


def _downloaded(name: str) -> tuple[Any, Any]:
    """A model of the Hub, which shows on stderr how far it has come.

    The libraries try for a minute and more to reach a Hub that cannot be reached: so it is asked
    once before. Raises LLMUnavailable where it does not have the model, or is out of reach.
    """
    from huggingface_hub import model_info
    from huggingface_hub.errors import (
        HFValidationError,
        OfflineModeIsEnabled,
        RepositoryNotFoundError,
    )

    try:
        model_info(name, timeout=_CONNECT)
    except (HFValidationError, RepositoryNotFoundError):
        raise LLMUnavailable(
            f"There is no folder {name!r}, and no model of that name on the Hugging Face Hub.",
            "Check the name; a model that is not public needs `hf auth login`.",
        ) from None
    except OfflineModeIsEnabled:
        raise LLMUnavailable(
            f"The language model {name!r} was not downloaded yet, and HF_HUB_OFFLINE forbids it.",
            _ELSEWHERE,
        ) from None
    except Exception as error:  # noqa: BLE001 - which client is used depends on the Hub's package
        raise LLMUnavailable(
            f"The language model {name!r} was not downloaded yet, and the Hugging Face Hub "
            f"{reason(error, ())}.",
            _ELSEWHERE,
        ) from None
    with progress_bars(shown=True):
        return _from_files(name, kept=False)


def _from_files(name: str, *, kept: bool) -> tuple[Any, Any]:
    """The model and the tokenizer; `kept`: of the files that are here, without any look-up."""
    from transformers import AutoModelForCausalLM, AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(name, local_files_only=kept)
    model = AutoModelForCausalLM.from_pretrained(name, local_files_only=kept, device_map="auto")
    return model, tokenizer


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
