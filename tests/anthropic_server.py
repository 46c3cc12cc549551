"""A server on loopback that streams as Anthropic does, with what the model thinks before it."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
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


@dataclass
class AnthropicServer:
    """What it replies; `stop_reason` None: its stream ends without saying why, nor that it does."""

    reply: str
    thinking: str = ""
    stop_reason: str | None = "end_turn"
    requests: list[dict[str, Any]] = field(default_factory=list)
    disconnected: threading.Event = field(default_factory=threading.Event)
    url: str = ""


class _Anthropic(Quiet):
    state: AnthropicServer

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.state.requests.append({**body, "key": self.headers["x-api-key"]})
        if not body.get("stream"):
            content = [{"type": "text", "text": self.state.reply}]
            self.send_whole(200, json.dumps({**_MESSAGE, "content": content}).encode())
            return
        try:
            self.stream()
        except (BrokenPipeError, ConnectionResetError):
            self.state.disconnected.set()
            self.close_connection = True

    def stream(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        for event in self.events():
            self.chunk(f"event: {event['type']}\ndata: {json.dumps(event)}\n\n".encode())
        self.chunk(b"")

    def events(self) -> Iterator[dict[str, Any]]:
        state = self.state
        yield {"type": "message_start", "message": {**_MESSAGE, "content": []}}
        thinking = {"type": "thinking", "thinking": "", "signature": ""}
        yield {"type": "content_block_start", "index": 0, "content_block": thinking}
        delta = {"type": "thinking_delta", "thinking": state.thinking}
        yield {"type": "content_block_delta", "index": 0, "delta": delta}
        yield {"type": "content_block_stop", "index": 0}
        block = {"type": "text", "text": ""}
        yield {"type": "content_block_start", "index": 1, "content_block": block}
        for start in range(0, len(state.reply), 7):
            delta = {"type": "text_delta", "text": state.reply[start : start + 7]}
            yield {"type": "content_block_delta", "index": 1, "delta": delta}
        if state.stop_reason is None:
            return
        yield {"type": "content_block_stop", "index": 1}
        ended = {"stop_reason": state.stop_reason, "stop_sequence": None}
        yield {"type": "message_delta", "delta": ended, "usage": _USAGE}
        yield {"type": "message_stop"}


@contextmanager
def anthropic_server(reply: str, **options: Any) -> Iterator[AnthropicServer]:
    """A running server; `options` are AnthropicServer's."""
    state = AnthropicServer(reply, **options)
    with running(type("Handler", (_Anthropic,), {"state": state})) as url:
        state.url = url
        yield state
