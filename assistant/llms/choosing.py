"""From a setting, or from what runs on this computer, to a language model."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from assistant.keys import Access
from assistant.llms import providers
from assistant.llms.finding import LocalServers, found
from assistant.llms.local import huggingface
from assistant.llms.model import CONTEXT, LanguageModel
from index.errors import InvalidOption, MissingExtra

if TYPE_CHECKING:
    from llama_index.core.llms import LLM

NONE, AUTO = "none", "auto"
_FORMS = (
    "Use `none` for the built-in reader, `auto` for what runs on this computer, `openai:MODEL`, "
    "`anthropic:MODEL`, `ollama:MODEL`, `huggingface:MODEL-OR-FOLDER`, or "
    "`http://HOST:PORT/v1#MODEL` for any OpenAI-compatible server."
)


def language_model(
    choice: str | LLM, access: Access | None = None, *, servers: LocalServers | None = None
) -> LanguageModel | None:
    """The model of a setting or a LlamaIndex `LLM`; None for the built-in reader.

    `servers` are those that "auto" looks at; it connects to nothing else, and the other settings
    to nothing yet. Raises InvalidOption for what is no setting and where its key is missing,
    MissingExtra where its package is.
    """
    access = access or Access()
    if not isinstance(choice, str):
        return _of_object(choice)
    setting = choice.strip()
    if setting.lower() == NONE:
        return None
    if setting.lower() == AUTO:
        return _running_here(servers or LocalServers())
    provider, _, model = setting.partition(":")
    make = _PROVIDERS.get(provider.lower())
    if make is not None and model.strip():
        return make(model.strip(), access)
    return _at_address(setting, access.address)


def _of_object(llm: Any) -> LanguageModel:
    if not hasattr(llm, "stream_chat"):
        raise InvalidOption(
            f"llm={llm!r} is neither a model's name nor a LlamaIndex LLM.",
            f"Pass an LLM object or a name. {_FORMS}",
        )
    metadata = llm.metadata
    name = f"{type(llm).__name__} {metadata.model_name}".strip()
    return LanguageModel(lambda: nullcontext(llm), name, window=metadata.context_window)


def _running_here(servers: LocalServers) -> LanguageModel | None:
    here = found(servers)
    if here is None:
        return None
    if here.program == "Ollama" and find_spec("llama_index.llms.ollama"):
        return providers.ollama(here.model, here.server)
    # Ollama gives 4,096 tokens to a caller that cannot say how many it wants.
    window = here.window or (4096 if here.program == "Ollama" else CONTEXT)
    return providers.at_address(f"{here.server}/v1", here.model, None, window)


def _openai(model: str, access: Access) -> LanguageModel:
    return providers.openai(
        model, _key(access.openai, "OPENAI_API_KEY", f"openai:{model}"), access.openai_base
    )


def _anthropic(model: str, access: Access) -> LanguageModel:
    _need("anthropic", f"anthropic:{model}")
    key = _key(access.anthropic, "ANTHROPIC_API_KEY", f"anthropic:{model}")
    return providers.anthropic(model, key, access.anthropic_base)


def _ollama(model: str, access: Access) -> LanguageModel:
    _need("ollama", f"ollama:{model}")
    return providers.ollama(model, access.ollama_host)


def _huggingface(model: str, _: Access) -> LanguageModel:
    _need("huggingface", f"huggingface:{model}")
    return huggingface(model)


_PROVIDERS: dict[str, Callable[[str, Access], LanguageModel]] = {
    "openai": _openai,
    "anthropic": _anthropic,
    "ollama": _ollama,
    "huggingface": _huggingface,
}


def _need(extra: str, setting: str) -> None:
    if find_spec(f"llama_index.llms.{extra}") is None:
        raise MissingExtra(
            f"The language model {setting!r} needs a package that is not installed.",
            f'Install it: pip install "article-assistant[{extra}]"',
        )


def _key(value: str | None, variable: str, setting: str) -> str:
    if value is None:
        raise InvalidOption(
            f"The language model {setting!r} needs a key, and {variable} is not set.",
            f"Set {variable}, or write {variable}=... into a file .env in this folder.",
        )
    return value


def _at_address(setting: str, key: str | None) -> LanguageModel:
    parts = urlsplit(setting)
    if parts.scheme not in {"http", "https"} or not parts.hostname or not parts.fragment:
        raise InvalidOption(
            f"The language model {_without_password(setting)!r} is not one.", _FORMS
        )
    if parts.username or parts.password:
        raise InvalidOption(
            f"The address {_without_password(setting)!r} holds a password.",
            "Put the key into ASSISTANT_LLM_KEY instead.",
        )
    return providers.at_address(parts._replace(fragment="").geturl(), parts.fragment, key)


def _without_password(setting: str) -> str:
    """The setting as it may be shown: without anything before an @."""
    parts: Any = urlsplit(setting)
    if "@" not in parts.netloc:
        return setting
    return str(parts._replace(netloc="…@" + parts.netloc.rpartition("@")[2]).geturl())
