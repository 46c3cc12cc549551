"""What a client of the chat interface may ask: its JSON, read and checked."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from assistant.types import Turn
from assistant.web.chat_replies import text_of_reply
from index.filters import FilterOptions

MODEL = "article-assistant"
_NONE: tuple[Any, ...] = (None, [], {}, "none", "auto")  # said by clients that want nothing
_REFUSED = {
    "tools": "This model calls no tools.",
    "functions": "This model calls no functions.",
    "audio": "This model does not speak.",
    "response_format": "This model answers in text; its citations are beside it.",
}


class Refused(Exception):
    """A request that is not answered; `param` and `code` are what OpenAI's clients show."""

    def __init__(
        self, message: str, *, param: str | None = None, code: str | None = None, status: int = 400
    ) -> None:
        super().__init__(message)
        self.param, self.code, self.status = param, code, status

    @staticmethod
    def of_model(name: object) -> Refused:
        """The refusal of a model that is not here."""
        message = f"There is no model {name!r} here. Ask for {MODEL!r}."
        return Refused(message, param="model", code="model_not_found", status=404)


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A question with the conversation before it; `only` and `strict` are this product's own."""

    question: str
    history: tuple[Turn, ...] = ()
    stream: bool = False
    strict: bool = False
    only: FilterOptions = field(default_factory=FilterOptions)


def read_request(body: bytes) -> Request:
    """The request in a body; raises Refused for one that cannot be answered."""
    try:
        sent = json.loads(body)
    except (ValueError, RecursionError):
        raise Refused("The body is not JSON.") from None
    if not isinstance(sent, dict):
        raise Refused("The body is not a JSON object.")
    model = sent.get("model")
    if model != MODEL:
        raise Refused.of_model(model)
    _refuse_unknown(sent)
    question, history = _conversation(sent.get("messages"))
    return Request(
        question=question,
        history=history,
        stream=_flag(sent, "stream"),
        strict=_flag(sent, "strict"),
        only=_only(sent),
    )


def _refuse_unknown(sent: Mapping[str, Any]) -> None:
    """Raise Refused where a client counts on what is not done here."""
    if sent.get("n") not in {None, 1}:
        raise Refused("One answer is given to a question: n is 1.", param="n")
    for name, message in _REFUSED.items():
        value = sent.get(name)
        plain = name == "response_format" and value == {"type": "text"}
        if value not in _NONE and not plain:
            raise Refused(message, param=name, code="unsupported_parameter")


def _conversation(messages: object) -> tuple[str, tuple[Turn, ...]]:
    """The question, which comes last, and the turns before it."""
    if not isinstance(messages, list) or not messages:
        raise Refused("messages is not a list of messages.", param="messages")
    turns: list[Turn] = []
    asked: str | None = None
    for message in messages:
        role = message.get("role") if isinstance(message, dict) else None
        if role == "user":
            asked = _text(message.get("content"))
        elif role == "assistant":
            if asked is not None:
                turns.append(
                    Turn(question=asked, answer=text_of_reply(_text(message.get("content"))))
                )
            asked = None
        elif role not in {"system", "developer"}:
            raise Refused(f"A message's role is {role!r}.", param="messages")
    if asked is None:
        raise Refused("The last message is not a question of the user's.", param="messages")
    return asked, tuple(turns)


def _text(content: object) -> str:
    """The text of a message, of one piece or of several parts."""
    if content is None or isinstance(content, str):
        return content or ""
    parts = content if isinstance(content, list) else [content]
    told = [part for part in parts if isinstance(part, dict) and part.get("type") == "text"]
    if len(told) < len(parts):
        raise Refused("A message holds something other than text.", param="messages")
    return "\n".join(str(part.get("text", "")) for part in told)


def _flag(sent: Mapping[str, Any], name: str) -> bool:
    value = sent.get(name)
    if value is not None and not isinstance(value, bool):
        raise Refused(f"{name} is neither true nor false.", param=name)
    return bool(value)


def _only(sent: Mapping[str, Any]) -> FilterOptions:
    """Days and outlets; what is no day or no name is found out when it is asked."""
    sources = sent.get("sources") or ()
    if not isinstance(sources, Sequence):
        raise Refused("sources is not a list of outlets.", param="sources")
    return {"since": sent.get("since"), "until": sent.get("until"), "sources": sources}
