"""Where the page may be served: this computer, on a port that is free."""

from __future__ import annotations

import socket
import sys

from index.errors import InvalidOption, ServeError

LOOPBACK = ("127.0.0.1", "localhost")


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
                f"Port {port} of {host} cannot be used: {error.strerror or error}.",
                f"Choose another one, such as --port {port + 1 if port < 65535 else 7860}, "
                "or stop the program that holds it.",
            ) from error
