"""A server on loopback that streams as Anthropic does, with what the model thinks before it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from ollama_server import Quiet, running

_USAGE = {"input_tokens": 1, "output_tokens": 1}
_MESSAGE: dict[str, Any] = {
    "id": "1",
    "type": "message",
    "role": "assistant",
    "model": "scripted",
    "stop_reason": None,
    "stop_sequence": None,
    "usage": _USAGE,
}


class _Anthropic(Quiet):
    reply = ""
    thinking = ""
    requests: list[dict[str, Any]]

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.requests.append({**body, "key": self.headers["x-api-key"]})
        if not body.get("stream"):
            content = [{"type": "text", "text": self.reply}]
            self.send_whole(200, json.dumps({**_MESSAGE, "content": content}).encode())
            return
        data = b"".join(
            f"event: {event['type']}\ndata: {json.dumps(event)}\n\n".encode()
            for event in self.events()
        )
        self.send_whole(200, data, "text/event-stream")

    def events(self) -> Iterator[dict[str, Any]]:
        yield {"type": "message_start", "message": {**_MESSAGE, "content": []}}
        thinking = {"type": "thinking", "thinking": "", "signature": ""}
        yield {"type": "content_block_start", "index": 0, "content_block": thinking}
        delta = {"type": "thinking_delta", "thinking": self.thinking}
        yield {"type": "content_block_delta", "index": 0, "delta": delta}
        yield {"type": "content_block_stop", "index": 0}
        block = {"type": "text", "text": ""}
        yield {"type": "content_block_start", "index": 1, "content_block": block}
        for start in range(0, len(self.reply), 7):
            delta = {"type": "text_delta", "text": self.reply[start : start + 7]}
            yield {"type": "content_block_delta", "index": 1, "delta": delta}
        yield {"type": "content_block_stop", "index": 1}
        ended = {"stop_reason": "end_turn", "stop_sequence": None}
        yield {"type": "message_delta", "delta": ended, "usage": _USAGE}
        yield {"type": "message_stop"}


@contextmanager
def anthropic_server(reply: str, *, thinking: str) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """The address of a running server, and the requests that it gets."""
    requests: list[dict[str, Any]] = []
    script = {"reply": reply, "thinking": thinking, "requests": requests}
    with running(type("Handler", (_Anthropic,), script)) as url:
        yield url, requests
