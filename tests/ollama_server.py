"""Servers on loopback that speak as Ollama, and that answer fixed paths, over real HTTP."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class OllamaServer:
    """`script` turns a request into the reply's text or an HTTP status, as in `servers`."""

    script: Callable[[dict[str, Any]], str | int]
    thinking: str = ""
    cut_after: int | None = None
    done_reason: str | None = "stop"  # None: its stream ends without saying that it is done
    requests: list[dict[str, Any]] = field(default_factory=list)
    disconnected: threading.Event = field(default_factory=threading.Event)
    url: str = ""


class Quiet(BaseHTTPRequestHandler):
    """Answers over HTTP/1.1 and logs nothing."""

    protocol_version = "HTTP/1.1"

    def log_message(self, *args: object) -> None:
        """Keep quiet."""

    def send_whole(self, status: int, data: bytes, kind: str = "application/json") -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def chunk(self, data: bytes) -> None:
        """A piece of a body sent in chunks; an empty one ends it."""
        self.wfile.write(f"{len(data):x}\r\n".encode() + data + b"\r\n")
        self.wfile.flush()


class _Ollama(Quiet):
    state: OllamaServer

    def do_POST(self) -> None:
        state = self.state
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        state.requests.append(body)
        reply = state.script(body)
        if isinstance(reply, int):
            self.send_whole(reply, b'{"error": "no such model"}')
        elif body["stream"]:
            try:
                self.stream(reply)
            except (BrokenPipeError, ConnectionResetError):
                state.disconnected.set()
                self.close_connection = True
        else:
            self.send_whole(200, self.line(reply, thinking=state.thinking, done=True))

    def stream(self, text: str) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "application/x-ndjson")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        if self.state.thinking:
            self.chunk(self.line("", thinking=self.state.thinking))
        for number, start in enumerate(range(0, len(text), 7)):
            if number == self.state.cut_after:
                self.close_connection = True
                self.connection.close()
                return
            self.chunk(self.line(text[start : start + 7]))
        if self.state.done_reason is not None:
            self.chunk(self.line("", done=True))
        self.chunk(b"")

    def line(self, text: str, *, thinking: str = "", done: bool = False) -> bytes:
        message = {"role": "assistant", "content": text}
        if thinking:
            message["thinking"] = thinking
        told: dict[str, Any] = {"model": "scripted", "message": message, "done": done}
        if done:
            told["done_reason"] = self.state.done_reason
        return json.dumps(told).encode() + b"\n"


@contextmanager
def ollama_server(
    script: Callable[[dict[str, Any]], str | int], **options: Any
) -> Iterator[OllamaServer]:
    """A running Ollama with a model called `scripted`; `options` are OllamaServer's."""
    state = OllamaServer(script, **options)
    with running(type("Handler", (_Ollama,), {"state": state})) as url:
        state.url = url
        yield state


@contextmanager
def fixed_server(answers: Mapping[str, Any], *, delay: float = 0.0) -> Iterator[str]:
    """A server that answers GETs of some paths: JSON for an object, a page for a string."""

    class Handler(Quiet):
        def do_GET(self) -> None:
            time.sleep(delay)
            answer = answers.get(self.path)
            if isinstance(answer, str):
                self.send_whole(200, answer.encode(), "text/html")
            else:
                self.send_whole(200 if answer else 404, json.dumps(answer or {}).encode())

        def handle(self) -> None:
            try:
                super().handle()
            except (BrokenPipeError, ConnectionResetError):  # a client that did not wait
                self.close_connection = True

    with running(Handler) as url:
        yield url


@contextmanager
def running(handler: type[BaseHTTPRequestHandler]) -> Iterator[str]:
    """The address of a server that runs while the block does."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
