"""An OpenAI-compatible server on loopback whose replies a test scripts, over real HTTP."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass(frozen=True)
class Refusal:
    """An HTTP error with headers, such as Retry-After."""

    status: int
    headers: dict[str, str] = field(default_factory=dict)


class Reset:
    """The server closes the connection without a word."""


Script = Callable[[dict[str, Any]], "str | int | Refusal | Reset"]

_ENVELOPE = {"id": "1", "created": 1, "model": "scripted"}


@dataclass
class ScriptedServer:
    """`script` turns a request's body into the reply's text, or into an HTTP error status."""

    script: Script
    cut_after: int | None = None  # chunks after which a stream breaks off
    reasoning: str = ""  # sent before the text, in the field that servers have for it
    malformed: bool = False  # the stream's chunks are no JSON
    finish: str | None = "stop"  # None: a stream ends without saying why, nor that it does
    stall: float = 0.0  # seconds between a stream's first chunk and the next
    requests: list[dict[str, Any]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    disconnected: threading.Event = field(default_factory=threading.Event)
    url: str = ""

    @property
    def setting(self) -> str:
        """The value of ASSISTANT_LLM for this server."""
        return f"{self.url}/v1#scripted"


class _Listener(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, state: ScriptedServer) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.state = state


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Listener

    def do_POST(self) -> None:
        state = self.server.state
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        state.requests.append(body)
        state.headers.append(dict(self.headers))
        reply = state.script(body)
        if isinstance(reply, Reset):
            self.close_connection = True
        elif isinstance(reply, int | Refusal):
            told = reply if isinstance(reply, Refusal) else Refusal(reply)
            # As some servers do, repeat the key in the error.
            error = {"error": {"message": f"no: {self.headers['Authorization']}"}}
            self._send(told.status, error, told.headers)
        elif body.get("stream"):
            try:
                self._stream(reply, state)
            except (BrokenPipeError, ConnectionResetError):
                state.disconnected.set()
                self.close_connection = True
        else:
            message = {"role": "assistant", "content": reply}
            if state.reasoning:
                message["reasoning_content"] = state.reasoning
            choice = {"index": 0, "message": message, "finish_reason": "stop"}
            self._send(200, {**_ENVELOPE, "object": "chat.completion", "choices": [choice]})

    def handle(self) -> None:
        try:
            super().handle()
        except ConnectionResetError:  # a client that leaves while another request is awaited
            self.close_connection = True

    def _send(
        self, status: int, body: dict[str, Any], headers: dict[str, str] | None = None
    ) -> None:
        data = json.dumps(body).encode()
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def _stream(self, text: str, state: ScriptedServer) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        if state.malformed:
            self._chunk(b"data: {not json\n\n")
        if state.reasoning:
            self._event({"delta": {"reasoning_content": state.reasoning}, "finish_reason": None})
        for number, start in enumerate(range(0, len(text), 7)):
            if number == 1 and state.stall:
                time.sleep(state.stall)
            if number == state.cut_after:
                self.close_connection = True
                self.connection.close()
                return
            self._event({"delta": {"content": text[start : start + 7]}, "finish_reason": None})
        if state.finish is not None:
            self._event({"delta": {}, "finish_reason": state.finish})
            self._chunk(b"data: [DONE]\n\n")
        self._chunk(b"")

    def _event(self, choice: dict[str, Any]) -> None:
        choices = [{"index": 0, **choice}]
        data = {**_ENVELOPE, "object": "chat.completion.chunk", "choices": choices}
        self._chunk(f"data: {json.dumps(data)}\n\n".encode())

    def _chunk(self, data: bytes) -> None:
        self.wfile.write(f"{len(data):x}\r\n".encode() + data + b"\r\n")
        self.wfile.flush()

    def log_message(self, *args: object) -> None:
        """Keep quiet."""


@contextmanager
def scripted_server(script: Script, **options: Any) -> Iterator[ScriptedServer]:
    """A running server; it stops at the end of the block. `options` are ScriptedServer's."""
    state = ScriptedServer(script, **options)
    server = _Listener(state)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    state.url = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield state
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
