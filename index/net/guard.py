"""Which addresses may be fetched: none in this machine's own network, unless it is allowed.

An article, a feed or a redirect may name any address; what answers there may be a router or a
cloud's keys. So the address that was checked is the one that is connected to: a name that resolves
to another address the next time gains nothing.
"""

from __future__ import annotations

import ipaddress
import socket
import ssl
import time
from collections.abc import Iterable
from typing import Any
from urllib.parse import quote, urlsplit, urlunsplit

import httpcore

from index.decoding import clean_line
from index.errors import AddressUnusable

MAX_ADDRESS = 2_000  # characters
_AS_THEY_ARE = "%/?:@!$&'()*+,;=~-._[]|"  # in a path or a query; other letters are escaped
_PORTS = {"http": 80, "https": 443}


def is_address(text: object) -> bool:
    """Whether `text` is meant as the address of a page rather than as a path."""
    return isinstance(text, str) and text[:8].lower().startswith(("http://", "https://"))


def checked_address(text: str) -> str:
    """An address without its fragment; raises AddressUnusable for one that is not fetched."""
    try:
        parts = urlsplit(text.strip())
        port = parts.port
    except ValueError as error:
        raise AddressUnusable(
            f"{_shown(text)!r} is no address.", "Check how it is written."
        ) from error
    scheme = parts.scheme.lower()
    if scheme not in _PORTS:
        raise AddressUnusable(
            f"{_shown(text)!r} is neither http nor https.", "Other addresses are not fetched."
        )
    if parts.username is not None or parts.password is not None:
        raise AddressUnusable("The address holds a user's name or password.", "Leave them out.")
    host = parts.hostname or ""
    if not host or len(text) > MAX_ADDRESS or not text.isprintable() or " " in text.strip():
        raise AddressUnusable(f"{_shown(text)!r} is no address.", "Check how it is written.")
    try:
        name = host if ":" in host else host.encode("idna").decode("ascii")
    except UnicodeError as error:
        raise AddressUnusable(
            f"{_shown(host)!r} is no host.", "Check how it is written."
        ) from error
    place = f"[{name}]" if ":" in name else name
    if port is not None and port != _PORTS[scheme]:
        place = f"{place}:{port}"
    path, query = (quote(part, safe=_AS_THEY_ARE) for part in (parts.path or "/", parts.query))
    return urlunsplit((scheme, place, path, query, ""))


def host_of(address: str) -> str:
    """The host of an address, without "www."; the outlet's name where a page tells none."""
    return (urlsplit(address).hostname or "").removeprefix("www.")


class GuardedBackend(httpcore.NetworkBackend):
    """Connects to hosts of the public net only; with `allow_private`, to any.

    `end` is the `time.monotonic()` after which nothing is waited for: a server that drips its
    headers would hold the reader for ever, since each byte comes in time.
    """

    def __init__(self, *, allow_private: bool) -> None:
        self._allow_private = allow_private
        self._sockets = httpcore.SyncBackend()
        self.end = float("inf")

    def left(self, timeout: float | None) -> float:
        """The seconds that may be waited for the next step; raises ReadTimeout without any."""
        left = self.end - time.monotonic()
        if left <= 0:
            raise httpcore.ReadTimeout("it takes too long")
        return left if timeout is None else min(left, timeout)

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        """Connect to the first address of `host` that answers; every one of them is checked."""
        failure: Exception | None = None
        for address in self._addresses(host, port):
            try:
                stream = self._sockets.connect_tcp(
                    address, port, self.left(timeout), local_address, socket_options
                )
                return _Timed(stream, self)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
        raise failure or httpcore.ConnectError(f"{host} has no address")

    def _addresses(self, host: str, port: int) -> list[str]:
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError) as error:
            raise AddressUnusable(
                f"The host {_shown(host)!r} is not found.", "Check how it is written."
            ) from error
        addresses = list(dict.fromkeys(str(entry[4][0]) for entry in found))
        if not self._allow_private:
            for address in addresses:
                if not _is_public(address):
                    raise AddressUnusable(
                        f"{_shown(host)!r} leads to {address}, which is not on the public net.",
                        "Allow it with --allow-private where that is meant.",
                    )
        return addresses


class _Timed(httpcore.NetworkStream):
    """A connection that waits no longer than its backend may."""

    def __init__(self, stream: httpcore.NetworkStream, backend: GuardedBackend) -> None:
        self._stream, self._backend = stream, backend

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, self._backend.left(timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, self._backend.left(timeout))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.NetworkStream:
        left = self._backend.left(timeout)
        return _Timed(self._stream.start_tls(ssl_context, server_hostname, left), self._backend)

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


def _is_public(text: str) -> bool:
    """Whether an address is on the public net, and so is the one that it is translated to."""
    address = ipaddress.ip_address(text.partition("%")[0])
    reached: list[ipaddress.IPv4Address | ipaddress.IPv6Address | None] = [address]
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped is not None:
            reached = [address.ipv4_mapped]
        reached += [address.sixtofour, *(address.teredo or ())]
        if address in ipaddress.ip_network("64:ff9b::/96"):  # NAT64
            reached.append(ipaddress.IPv4Address(int(address) & 0xFFFFFFFF))
    return all(one.is_global and not one.is_multicast for one in reached if one is not None)


def _shown(text: str) -> str:
    return clean_line(text)[:200]
