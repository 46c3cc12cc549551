"""Real Chroma servers on loopback, and what can stand between one and its library."""

from __future__ import annotations

import http.client
import socket
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def chroma_server(path: Path, port: int) -> Iterator[subprocess.Popen[bytes]]:
    """A real server that answers on a port."""
    command = [Path(sys.executable).with_name("chroma"), "run", "--path", path]
    process = subprocess.Popen(
        [*command, "--host", "127.0.0.1", "--port", str(port)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        cwd=path.parent,
    )
    try:
        for _ in range(300):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            assert process.poll() is None
            time.sleep(0.1)
        yield process
    finally:
        process.kill()
        process.wait()


@dataclass
class Between:
    """Hands requests on to a server, and notes them; a test may make it hang, break or refuse."""

    server: str  # HOST:PORT
    hangs: bool = False
    breaks: int = 0  # so many connections that are closed without an answer
    slow: float = 0.0  # seconds before each answer
    token: str | None = None  # what Authorization must say
    may_create: bool = True
    requests: list[str] = field(default_factory=list)  # "METHOD path"
    bodies: list[bytes] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    url: str = ""
    let_go: threading.Event = field(default_factory=threading.Event)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Listener

    def _hand_on(self) -> None:
        state = self.server.state
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        state.requests.append(f"{self.command} {self.path}")
        state.bodies.append(body)
        state.headers.append(dict(self.headers))
        if state.hangs:
            state.let_go.wait(60)
        if state.hangs or state.breaks:
            state.breaks = max(0, state.breaks - 1)
            self.close_connection = True
            return
        time.sleep(state.slow)
        making = self.command == "POST" and self.path.endswith("/collections")
        if state.token and self.headers["Authorization"] != state.token:
            self._answer(401, b'{"error": "no"}')
        elif making and not state.may_create:
            self._answer(403, b'{"error": "no"}')
        else:
            self._answer(*self._asked(body))

    do_GET = do_POST = do_PUT = do_DELETE = _hand_on

    def _asked(self, body: bytes) -> tuple[int, bytes]:
        host, _, port = self.server.state.server.partition(":")
        connection = http.client.HTTPConnection(host, int(port), timeout=60)
        try:
            sent = {"Content-Type": "application/json"}
            connection.request(self.command, self.path, body=body or None, headers=sent)
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()

    def _answer(self, status: int, data: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def handle(self) -> None:
        try:
            super().handle()
        except (ConnectionError, ssl.SSLError):  # a client that would not wait, or not trust us
            self.close_connection = True

    def log_message(self, *_: object) -> None:
        pass


class _Listener(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, state: Between) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.state = state

    def handle_error(self, request: object, client_address: object) -> None:
        pass


@contextmanager
def between(server: str, *, certificate: Path | None = None) -> Iterator[Between]:
    """Something between a library and the server at an address; with a PEM file, by TLS."""
    state = Between(server.removeprefix("http://"))
    listener = _Listener(state)
    if certificate is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        listener.socket = context.wrap_socket(
            listener.socket, server_side=True, do_handshake_on_connect=False
        )
    scheme = "https" if certificate else "http"
    state.url = f"{scheme}://127.0.0.1:{listener.server_address[1]}"
    thread = threading.Thread(target=listener.serve_forever)
    thread.start()
    try:
        yield state
    finally:
        state.let_go.set()
        listener.shutdown()
        thread.join()
        listener.server_close()
