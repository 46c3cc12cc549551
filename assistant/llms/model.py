"""A language model as the assistant asks it: text in pieces, one kind of failure."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator
from contextlib import AbstractContextManager, closing
from typing import TYPE_CHECKING

from assistant.llms.ending import Ending
from assistant.llms.failures import Patience, reason
from assistant.llms.thinking import Visible, reasons_aloud, visible
from index.errors import LLMUnavailable

if TYPE_CHECKING:
    from llama_index.core.base.llms.types import ChatMessage
    from llama_index.core.llms import LLM

CONTEXT = 8192  # tokens, taken for granted of a server that does not say
MAX_REPLY = 2048  # tokens: an answer is a few sentences, but some models reason before it
_CHARACTERS = 3.2  # of a token at least: English news has about four, names and figures fewer
_HINT = "Check its address, its key and that it is running: `assistant doctor`."

Connect = Callable[[], "AbstractContextManager[LLM]"]


class LanguageModel:
    """A LlamaIndex `LLM` with a name to show, streamed as text without its reasoning.

    `connect` gives the LLM for one call, and leaving it ends its connection. `window` is the
    context in tokens, or finds it out when it is first wanted. Every failure of the model is
    raised as LLMUnavailable, with the `secrets` left out of its message; before that, what may
    pass is tried again twice, as long as no piece of the reply has been given.
    """

    def __init__(
        self,
        connect: Connect,
        name: str,
        *,
        secrets: tuple[str, ...] = (),
        window: int | Callable[[], int] = CONTEXT,
    ) -> None:
        self.name = name
        self._connect = connect
        self._secrets = secrets
        self._window = window
        self._aloud = reasons_aloud(name)

    def stream(self, system: str, user: str) -> Generator[str, None, None]:
        """The reply in the pieces in which it comes; closing the iterator closes the connection.

        Raises LLMUnavailable in the middle of a reply that breaks off, and after the last piece
        of one that is not whole: it came to its greatest length, or its server fell silent.
        """
        patience = Patience()
        while True:
            begun = False
            try:
                with closing(self._pieces(system, user)) as pieces:
                    for piece in pieces:
                        begun = True
                        yield piece
            except LLMUnavailable:
                raise
            except Exception as error:  # noqa: BLE001 - clients raise whatever they like
                wait = None if begun else patience.wait(error)
                if wait is None:
                    raise self._failure(error, begun=begun) from None  # the cause may hold the key
                time.sleep(wait)
            else:
                return

    def complete(self, system: str, user: str) -> str:
        """The whole reply, which may be empty."""
        patience = Patience()
        while True:
            try:
                with self._connect() as llm:
                    reply = llm.chat(_messages(system, user))
                return visible(reply.message.content or "", aloud=self._aloud)
            except Exception as error:  # noqa: BLE001 - clients raise whatever they like
                wait = patience.wait(error)
                if wait is None:
                    raise self._failure(error) from None
                time.sleep(wait)

    @property
    def context_window(self) -> int:
        """How many tokens the model reads and writes; LLMUnavailable where it cannot be told."""
        if callable(self._window):
            try:
                self._window = self._window()
            except Exception as error:  # noqa: BLE001 - clients raise whatever they like
                raise self._failure(error) from None
        return self._window

    @property
    def room(self) -> int:
        """How many characters a prompt may have, so that the reply fits in beside it."""
        window = self.context_window
        return int((window - reply_tokens(window)) * _CHARACTERS)

    def _pieces(self, system: str, user: str) -> Generator[str, None, None]:
        told, ending = Visible(aloud=self._aloud), Ending()
        some = False
        with self._connect() as llm:
            for reply in llm.stream_chat(_messages(system, user)):
                ending.see(reply.raw)
                shown = told.feed(reply.delta or "")
                if shown:
                    some = True
                    yield shown
        rest = told.end()
        self._aloud = self._aloud or told.stray  # from now on its replies are held back
        if rest:
            yield rest
        elif not some:
            raise LLMUnavailable(
                f"The language model {self.name} sent "
                + ("nothing but its reasoning." if told.reasoned else "an empty reply."),
                "Try another model.",
            )
        if ending.cut:
            raise LLMUnavailable(f"The language model {self.name} {ending.cut}.", "Ask once more.")

    def _failure(self, error: Exception, *, begun: bool = False) -> LLMUnavailable:
        if isinstance(error, LLMUnavailable):  # it says already what there is to say
            return error
        told = reason(error, self._secrets, begun=begun)
        return LLMUnavailable(f"The language model {self.name} {told}.", _HINT)


def reply_tokens(window: int) -> int:
    """How many tokens of a context the reply may have."""
    return min(MAX_REPLY, window // 4)


def _messages(system: str, user: str) -> list[ChatMessage]:
    from llama_index.core.base.llms.types import ChatMessage, MessageRole

    return [
        ChatMessage(role=MessageRole.SYSTEM, content=system),
        ChatMessage(role=MessageRole.USER, content=user),
    ]
