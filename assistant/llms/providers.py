"""The clients of the servers that a model may live on, one for each call.

Closing an abandoned stream must end its connection at once, but the generators that LlamaIndex
wraps a stream in hold on to it until a garbage collection. So each call has a client of its own
that is closed with it. The integrations' own retries are off: `failures.Patience` bounds them.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from assistant.addresses import LOOPBACK
from assistant.llms.model import CONTEXT, LanguageModel, reply_tokens

if TYPE_CHECKING:
    from llama_index.core.llms import LLM

_CONNECT = 5.0  # seconds to wait for a connection: a wrong address should be noticed at once
_REPLY = 90.0  # seconds to wait for the next piece of a reply
_REASONING = 8192  # tokens of a reply that OpenAI's models spend on reasoning as well
_CLOUD = 128_000  # tokens, taken for granted of a cloud model too new for its integration


def at_address(base: str, model: str, key: str | None, window: int = CONTEXT) -> LanguageModel:
    """A model of an OpenAI-compatible server; `key` is sent there and nowhere else."""
    connect = partial(
        _openai_like,
        base,
        model,
        key or "none",  # servers without keys want some word here
        context_window=window,
        max_tokens=reply_tokens(window),
        temperature=0.0,
    )
    return LanguageModel(connect, f"{base}#{model}", secrets=_secrets(key), window=window)


def openai(model: str, key: str, base: str | None) -> LanguageModel:
    """A model of OpenAI, or of the `base` that stands in for it."""
    connect = partial(_openai, model, key, base or "https://api.openai.com/v1")
    window = partial(_openai_window, model)
    return LanguageModel(connect, f"openai:{model}", secrets=(key,), window=window)


def anthropic(model: str, key: str, base: str | None) -> LanguageModel:
    """A model of Anthropic, or of the `base` that stands in for it."""
    connect = partial(_anthropic, model, key, base)
    window = partial(_anthropic_window, model)
    return LanguageModel(connect, f"anthropic:{model}", secrets=(key,), window=window)


def ollama(model: str, host: str | None) -> LanguageModel:
    """A model of an Ollama server; `host` as Ollama writes it, None for this computer's."""
    return LanguageModel(partial(_ollama, model, host or "127.0.0.1:11434"), f"ollama:{model}")


@contextmanager
def _openai_like(base: str, model: str, key: str, **options: Any) -> Iterator[LLM]:
    import httpx
    from llama_index.llms.openai_like import OpenAILike

    # A proxy does not know this computer's own servers.
    own = urlsplit(base).hostname in LOOPBACK
    timeout = httpx.Timeout(_REPLY, connect=_CONNECT)
    with httpx.Client(timeout=timeout, trust_env=not own) as client:
        yield OpenAILike(
            model=model,
            api_base=base,
            api_key=key,
            is_chat_model=True,
            max_retries=0,
            timeout=_REPLY,
            reuse_client=True,
            http_client=client,
            **options,
        )


@contextmanager
def _openai(model: str, key: str, base: str) -> Iterator[LLM]:
    from llama_index.llms.openai.utils import ALL_AVAILABLE_MODELS, O1_MODELS

    # Models that reason take no temperature but 1; one that is not known yet may be of them.
    plain = model in ALL_AVAILABLE_MODELS and model not in O1_MODELS
    window = _openai_window(model)
    with _openai_like(
        base,
        model,
        key,
        context_window=window,
        temperature=0.0 if plain else 1.0,
        additional_kwargs={"max_completion_tokens": reply_tokens(window) if plain else _REASONING},
    ) as llm:
        yield llm


def _openai_window(model: str) -> int:
    from llama_index.llms.openai.utils import ALL_AVAILABLE_MODELS

    return int(ALL_AVAILABLE_MODELS.get(model, _CLOUD))


@contextmanager
def _anthropic(model: str, key: str, base: str | None) -> Iterator[LLM]:
    import httpx
    from llama_index.core.base.llms.types import LLMMetadata
    from llama_index.llms.anthropic import Anthropic

    class AnyModel(Anthropic):
        """The integration, which has no metadata of models that are newer than it."""

        @property
        def metadata(self) -> LLMMetadata:
            window = _anthropic_window(model)
            return LLMMetadata(context_window=window, model_name=model, is_chat_model=True)

    timeout = httpx.Timeout(_REPLY, connect=_CONNECT)
    llm = AnyModel(  # type: ignore[call-arg]  # mypy sees the fields alone
        model=model,
        api_key=key,
        base_url=base,
        timeout=_REPLY,
        max_retries=0,
        temperature=0.0,
        max_tokens=reply_tokens(_CLOUD),
    )
    with httpx.Client(timeout=timeout) as client:
        # The integration has no argument for the client that its own one is to use.
        llm._client = llm._client.copy(http_client=client, timeout=timeout)
        yield llm


def _anthropic_window(model: str) -> int:
    from llama_index.llms.anthropic.utils import anthropic_modelname_to_contextsize

    try:
        return int(anthropic_modelname_to_contextsize(model))
    except ValueError:  # newer than the integration
        return _CLOUD


@contextmanager
def _ollama(model: str, host: str) -> Iterator[LLM]:
    import httpx
    from llama_index.llms.ollama import Ollama
    from ollama import Client

    own = (urlsplit(host if "//" in host else f"//{host}").hostname or "") in {*LOOPBACK, "0.0.0.0"}
    timeout = httpx.Timeout(_REPLY, connect=_CONNECT)
    with Client(host=host, timeout=timeout, trust_env=not own) as client:
        yield Ollama(
            model=model,
            client=client,
            # A window of its own: Ollama would cut a prompt to 4,096, the model's whole one may
            # not fit into memory.
            context_window=CONTEXT,
            temperature=0.0,
            additional_kwargs={"num_predict": reply_tokens(CONTEXT)},
        )


def _secrets(key: str | None) -> tuple[str, ...]:
    return (key,) if key else ()
