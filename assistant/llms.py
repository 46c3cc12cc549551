"""Language models by one setting: a name becomes a LlamaIndex `LLM`, its failures become ours."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from index.errors import InvalidOption, LLMUnavailable

if TYPE_CHECKING:
    from llama_index.core.base.llms.types import ChatMessage
    from llama_index.core.llms import LLM

NONE = "none"
_CONNECT = 5.0  # seconds to wait for a connection: a wrong address should be noticed at once
_REPLY = 90.0  # seconds to wait for the next piece of a reply
_CONTEXT = 8192  # tokens, taken for granted of a server that does not say
_CHARACTERS = 3.2  # of a token at least: English news has about four, names and figures fewer
_MAX_REPLY = 600  # tokens: an answer is a few sentences


class LanguageModel:
    """A LlamaIndex `LLM` with a name to show, streamed as text.

    Every failure of the model is raised as LLMUnavailable, with the key left out of its message.
    """

    def __init__(
        self,
        connect: Callable[[], AbstractContextManager[LLM]],
        name: str,
        *,
        secret: str | None = None,
        context_window: int = _CONTEXT,
    ) -> None:
        self.name = name
        self.context_window = context_window  # tokens
        self._connect = connect  # gives the LLM for one call; leaving it ends its connection
        self._secret = secret

    def stream(self, system: str, user: str) -> Iterator[str]:
        """The reply in the pieces in which it comes; closing the iterator closes the connection."""
        with self._plain_errors(), self._connect() as llm:
            for reply in llm.stream_chat(_messages(system, user)):
                if reply.delta:
                    yield reply.delta

    def complete(self, system: str, user: str) -> str:
        """The whole reply."""
        with self._plain_errors(), self._connect() as llm:
            reply = llm.chat(_messages(system, user))
            return reply.message.content or ""

    @property
    def room(self) -> int:
        """How many characters a prompt may have, so that the reply fits in beside it."""
        return int((self.context_window - _MAX_REPLY) * _CHARACTERS)

    @contextmanager
    def _plain_errors(self) -> Iterator[None]:
        try:
            yield
        except Exception as error:  # noqa: BLE001 - integrations raise whatever their clients raise
            raise LLMUnavailable(
                f"The language model {self.name} {self._reason(error)}.",
                "Check its address, its key and that it is running: `assistant doctor`.",
            ) from None  # the cause's own text may hold the key

    def _reason(self, error: Exception) -> str:
        status = getattr(error, "status_code", None)
        kind = type(error).__name__
        known = {401: "refused the key", 403: "refused the key", 404: "is not known there"}
        known |= {429: "has too many requests at the moment"}
        if status in known:
            return f"{known[status]} (HTTP {status})"
        if status is not None:
            return f"answered with an error (HTTP {status})"
        if "Timeout" in kind:
            return "did not answer in time"
        if "Connect" in kind:
            return "cannot be reached"
        text = next(iter(str(error).strip().splitlines()), "")
        if self._secret:
            text = text.replace(self._secret, "…")
        return f"failed ({kind}: {text[:200]})" if text else f"failed ({kind})"


def language_model(choice: str | LLM, *, key: str | None = None) -> LanguageModel | None:
    """The model of a setting or a LlamaIndex `LLM`; None for "none", the built-in reader.

    A setting is "none" or "http://HOST:PORT/v1#MODEL", any OpenAI-compatible server; `key` is sent
    to that server alone. Raises InvalidOption for anything else. Connects to nothing yet.
    """
    if not isinstance(choice, str):
        if not hasattr(choice, "stream_chat"):
            raise InvalidOption(
                f"llm={choice!r} is neither a model's name nor a LlamaIndex LLM.",
                "Pass 'none', 'http://HOST:PORT/v1#MODEL' or an LLM object.",
            )
        name = choice.metadata.model_name
        return LanguageModel(lambda: nullcontext(choice), f"{type(choice).__name__} {name}".strip())
    if choice.strip().lower() == NONE:
        return None
    parts = urlsplit(choice)
    if parts.scheme not in {"http", "https"} or not parts.hostname or not parts.fragment:
        raise InvalidOption(
            f"The language model {_without_password(choice)!r} is not one.",
            "Use `none` for the built-in reader, or `http://HOST:PORT/v1#MODEL` for any "
            "OpenAI-compatible server.",
        )
    if parts.username or parts.password:
        raise InvalidOption(
            f"The address {_without_password(choice)!r} holds a password.",
            "Put the key into ASSISTANT_LLM_KEY instead.",
        )
    base = parts._replace(fragment="").geturl()
    return LanguageModel(lambda: _openai_like(base, parts.fragment, key), choice, secret=key)


@contextmanager
def _openai_like(base: str, model: str, key: str | None) -> Iterator[LLM]:
    """A client for one call: closing an abandoned stream must end its connection at once.

    The generators that LlamaIndex wraps a stream in hold on to it until a garbage collection.
    """
    import httpx
    from llama_index.llms.openai_like import OpenAILike

    with httpx.Client(timeout=httpx.Timeout(_REPLY, connect=_CONNECT)) as client:
        yield OpenAILike(
            model=model,
            api_base=base,
            api_key=key or "none",  # servers without keys want some word here
            is_chat_model=True,
            context_window=_CONTEXT,
            max_tokens=_MAX_REPLY,
            temperature=0.0,
            max_retries=1,
            reuse_client=True,
            http_client=client,
        )


def _messages(system: str, user: str) -> list[ChatMessage]:
    from llama_index.core.base.llms.types import ChatMessage, MessageRole

    return [
        ChatMessage(role=MessageRole.SYSTEM, content=system),
        ChatMessage(role=MessageRole.USER, content=user),
    ]


def _without_password(choice: str) -> str:
    """The setting as it may be shown: without anything before an @."""
    parts: Any = urlsplit(choice)
    if "@" not in parts.netloc:
        return choice
    return str(parts._replace(netloc="…@" + parts.netloc.rpartition("@")[2]).geturl())
