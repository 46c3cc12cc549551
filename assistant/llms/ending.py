"""How a streamed reply ended, as far as its server tells: whole, or cut short."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

# What OpenAI's protocol, Anthropic's and Ollama's call an end that is not the model's own.
_CUTS = {"length", "max_tokens", "model_context_window_exceeded", "content_filter", "refusal"}


class Ending:
    """Sees the raw chunks of a stream, and knows afterwards why its reply is not whole.

    A chunk of another protocol, or none, tells nothing: a stream of such is taken to be whole.
    """

    def __init__(self) -> None:
        self._tells = False  # a chunk was of a kind of which the last one says why it is the last
        self._reason: str | None = None

    def see(self, raw: Any) -> None:
        """Take note of what one chunk says, in the shape that LlamaIndex hands it on."""
        choices = getattr(raw, "choices", None)
        if isinstance(choices, list) and choices:  # OpenAI's
            self._tells = self._tells or hasattr(choices[0], "finish_reason")
            self._note(getattr(choices[0], "finish_reason", None))
        elif isinstance(raw, Mapping) and "done" in raw:  # Ollama's
            self._tells = True
            if raw["done"]:
                self._note(raw.get("done_reason") or "stop")
        elif isinstance(raw, Mapping) and "type" in raw:  # Anthropic's
            self._tells = self._tells or raw["type"] == "content_block_delta"
            if raw["type"] == "message_delta":
                self._note(getattr(raw["delta"], "stop_reason", None))

    def _note(self, reason: Any) -> None:
        if isinstance(reason, str):
            self._reason = reason

    @property
    def cut(self) -> str:
        """Why the reply is not whole, as the end of a sentence about the model; "" if it is."""
        if self._tells and self._reason is None:
            return "ended its reply without saying that it was whole"
        if self._reason in _CUTS:
            return f"was stopped before its reply was whole ({self._reason})"
        return ""
