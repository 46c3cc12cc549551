"""Where the page may be served, and what every response of it allows the browser to do."""

from __future__ import annotations

import socket
import sys
from collections.abc import MutableMapping
from typing import TYPE_CHECKING, Any

from index.errors import InvalidOption, ServeError

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

LOOPBACK = ("127.0.0.1", "localhost")

# Gradio's page runs inline scripts and compiles its templates, so scripts are held by escaping;
# this holds the rest: nothing is fetched from, sent to or framed by another place.
POLICY = "; ".join(
    (
        "default-src 'self'",
        "script-src 'self' 'unsafe-inline' 'unsafe-eval'",
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data: blob:",
        "font-src 'self' data:",
        "connect-src 'self'",
        "object-src 'none'",
        "frame-ancestors 'none'",
        "form-action 'none'",
    )
)
_HEADERS = (
    (b"content-security-policy", POLICY.encode()),
    (b"referrer-policy", b"no-referrer"),
    (b"x-content-type-options", b"nosniff"),
)


class Guard:
    """ASGI middleware: answers only requests addressed to this computer, and adds the headers.

    A page of another site can name its own host as 127.0.0.1; the Host and Origin of what it
    sends still tell it apart.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        named = {name: value.decode("latin-1") for name, value in scope["headers"]}
        host, origin = named.get(b"host", ""), named.get(b"origin")
        own = host.rsplit(":", 1)[0].lower() in LOOPBACK
        if not own or origin not in {None, f"http://{host}"}:
            await _refuse(send)
            return

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                message = {**message, "headers": [*message.get("headers", ()), *_HEADERS]}
            await send(message)

        await self.app(scope, receive, with_headers)


async def _refuse(send: Send) -> None:
    body = b"This page answers only to 127.0.0.1 and localhost.\n"
    start: MutableMapping[str, Any] = {
        "type": "http.response.start",
        "status": 403,
        "headers": [(b"content-type", b"text/plain; charset=utf-8")],
    }
    await send(start)
    await send({"type": "http.response.body", "body": body})


def check_address(host: str, port: int) -> None:
    """Raise InvalidOption for a host that others could reach, ServeError for a port in use."""
    if host not in LOOPBACK:
        raise InvalidOption(
            f"--host {host!r} would show the page to other computers, which it has no login for.",
            "Use 127.0.0.1, and reach it from elsewhere through an SSH tunnel.",
        )
    if not 1 <= port <= 65535:
        raise InvalidOption(f"--port {port} is not a port.", "Give a number from 1 to 65535.")
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        if sys.platform != "win32":  # there, the option would share the port instead
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise ServeError(
                f"Port {port} cannot be used: {error.strerror or error}.",
                f"Choose another one, such as --port {port + 1 if port < 65535 else 7860}, "
                "or stop the program that holds it.",
            ) from error
