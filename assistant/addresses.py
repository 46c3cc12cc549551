"""Where the page may be served and who may reach it: this computer alone, or others on purpose."""

from __future__ import annotations

import ipaddress
import re
import socket
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from assistant.logins import Logins, read_logins
from index.errors import InvalidOption, ServeError

LOOPBACK = ("127.0.0.1", "localhost", "::1")
_NAME = re.compile(r"(?!-)[a-z0-9-]+(\.[a-z0-9-]+)*\.?", re.I)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """Where the page listens, the names that it answers to, and who may use it.

    `logins` is None where nobody has to sign in. `others` tells that other computers reach it.
    """

    host: str = "127.0.0.1"
    port: int = 7860
    names: tuple[str, ...] = LOOPBACK
    logins: Logins | None = None
    others: bool = False

    def answers_to(self, name: str) -> bool:
        """Whether a request may have been meant for this page that calls it by this host name.

        A page of another site can let its own name lead here, but not a bare address: where
        others may reach the page, it answers to each of those.
        """
        folded = name.lower().rstrip(".")
        return folded in self.names or (self.others and _is_address(folded))

    @property
    def url(self) -> str:
        """An address to open the page at."""
        host = self.names[0]
        return f"http://{f'[{host}]' if ':' in host else host}:{self.port}/"


def reach_of(
    host: str,
    port: int,
    *,
    names: Sequence[str] = (),
    auth: Path | None = None,
    no_auth: bool = False,
) -> Reach:
    """What the options of a page come to; `names` are those that others call this computer by.

    Raises InvalidOption for options that do not go together, or that would show the page to other
    computers without saying so; ServeError for a port in use.
    """
    if auth is not None and no_auth:
        raise InvalidOption("--auth and --no-auth are both given.", "Give one of the two.")
    for name in names:
        if not (_NAME.fullmatch(name) or _is_address(name)):
            raise InvalidOption(
                f"--public-name {name!r} is not the name of a computer.",
                "Give it without http:// and port, such as newsdesk.example.",
            )
    named = tuple(name.lower().rstrip(".") for name in names)
    others = host not in LOOPBACK or bool(named)
    if others and auth is None and not no_auth:
        what = f"--host {host!r}" if host not in LOOPBACK else f"--public-name {names[0]!r}"
        raise InvalidOption(
            f"{what} would show the page to other computers, without a login.",
            "Name those who may use it with --auth FILE, or say --no-auth. "
            "Through an SSH tunnel, 127.0.0.1 is enough.",
        )
    logins = read_logins(auth.expanduser()) if auth is not None else None
    check_address(host, port)
    own = () if host in {"0.0.0.0", "::"} else (host.lower().rstrip("."),)
    return Reach(
        host=host,
        port=port,
        names=tuple(dict.fromkeys((*named, *own, *LOOPBACK))),
        logins=logins,
        others=others,
    )


def check_address(host: str, port: int) -> None:
    """Raise InvalidOption for what is no port, ServeError where the page cannot be served."""
    if not 1 <= port <= 65535:
        raise InvalidOption(f"--port {port} is not a port.", "Give a number from 1 to 65535.")
    bound_socket(host, port).close()


def bound_socket(host: str, port: int) -> socket.socket:
    """A socket that is bound there; raises ServeError where that cannot be."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        # localhost may be both; people and programs alike mostly write 127.0.0.1.
        family, _, _, _, place = min(found, key=lambda one: one[0] != socket.AF_INET)
        probe = socket.socket(family, socket.SOCK_STREAM)
    except OSError as error:
        raise ServeError(
            f"{host!r} is not an address of this computer: {error.strerror or error}.",
            "Give --host an address that it has; 0.0.0.0 stands for all of them.",
        ) from error
    try:
        if sys.platform != "win32":  # there, the option would share the port instead
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind(place)
    except OSError as error:
        probe.close()
        raise ServeError(
            f"Port {port} of {host} cannot be used: {error.strerror or error}.",
            f"Choose another one, such as --port {port + 1 if port < 65535 else 7860}, "
            "or stop the program that holds it.",
        ) from error
    return probe


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True
