"""Fetching pages politely and within bounds: robots.txt, one at a time, caps on everything."""

from __future__ import annotations

import ssl
import time
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from email.message import Message
from importlib.metadata import version
from types import TracebackType
from typing import TYPE_CHECKING
from urllib.parse import urljoin, urlsplit

import httpcore

from index.errors import AddressUnusable
from index.files import MAX_BYTES
from index.net.guard import GuardedBackend, checked_address

if TYPE_CHECKING:
    from protego import Protego

MAX_REDIRECTS = 5
MAX_SECONDS = 15.0  # for one page with its redirects and robots.txt, however slowly it drips
_STEP_SECONDS = 10.0  # for a connection, or for the next bytes
_LONGEST_PAUSE = 10.0  # seconds between two requests that a robots.txt may ask for
_MAX_ROBOTS = 500_000  # bytes, as RFC 9309 asks for at least
_REDIRECTS = (301, 302, 303, 307, 308)


def user_agent() -> str:
    """What is told to servers."""
    return f"article-assistant/{version('article-assistant')}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """What a server sent; `address` is the last one after redirects.

    `unchanged` where the server says so of what `etag` and `modified` named; `body` is then empty.
    """

    address: str
    body: bytes = b""
    kind: str = ""  # media type, in lower case, "" where the server names none
    charset: str = ""
    etag: str = ""
    modified: str = ""  # its Last-Modified, as sent
    unchanged: bool = False


class Fetcher:
    """Fetches one page after the other; not for use by several threads at once.

    Every method may raise AddressUnusable, with a reason and without the address. Proxies that the
    environment names are not used: they would connect where the guard cannot look.
    """

    def __init__(self, *, allow_private: bool = False) -> None:
        self._backend = GuardedBackend(allow_private=allow_private)
        self._pool = httpcore.ConnectionPool(
            ssl_context=_trust(),
            network_backend=self._backend,
            max_connections=4,
            keepalive_expiry=15.0,
        )
        self._rules: dict[str, Protego | None] = {}  # None: the server cannot tell
        self._asked: dict[str, float] = {}  # when each host was asked last

    def get(self, address: str, *, etag: str = "", modified: str = "") -> Fetched:
        """The page at an address, unless its host's robots.txt forbids it."""
        self._backend.end = time.monotonic() + MAX_SECONDS
        return self._get(address, etag=etag, modified=modified, limit=MAX_BYTES, ask=True)

    def close(self) -> None:
        """Close the connections."""
        self._pool.close()

    def __enter__(self) -> Fetcher:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _get(
        self, address: str, *, etag: str = "", modified: str = "", limit: int, ask: bool
    ) -> Fetched:
        for _ in range(MAX_REDIRECTS + 1):
            address = checked_address(address)
            if ask:
                self._require_allowed(address)
            headers = {"If-None-Match": etag, "If-Modified-Since": modified}
            found = self._once(address, headers, limit)
            if isinstance(found, Fetched):
                return found
            address = urljoin(address, found)
        raise AddressUnusable(
            f"It redirects more than {MAX_REDIRECTS} times.", "Open it in a browser to see why."
        )

    def _once(self, address: str, conditions: dict[str, str], limit: int) -> Fetched | str:
        """One request: what was sent, or where it redirects to."""
        headers = {
            "Host": urlsplit(address).netloc,
            "User-Agent": user_agent(),
            "Accept": "text/html, application/xhtml+xml, application/rss+xml, */*;q=0.5",
            "Accept-Encoding": "gzip, deflate",
            **{name: value for name, value in conditions.items() if value},
        }
        steps = dict.fromkeys(("connect", "read", "write", "pool"), _STEP_SECONDS)
        try:
            with self._pool.stream(
                "GET", address, headers=list(headers.items()), extensions={"timeout": steps}
            ) as response:
                sent = {
                    name.decode("latin-1").lower(): value.decode("latin-1")
                    for name, value in response.headers
                }
                if response.status in _REDIRECTS and sent.get("location"):
                    return sent["location"]
                if response.status == 304:
                    return Fetched(address=address, unchanged=True)
                if response.status != 200:
                    raise AddressUnusable(
                        f"The server answers {response.status}.",
                        "Open it in a browser to see why.",
                        status=response.status,
                    )
                body = _unpacked(response.iter_stream(), sent.get("content-encoding", ""), limit)
        except (
            httpcore.NetworkError,
            httpcore.TimeoutException,
            httpcore.ProtocolError,
            ssl.SSLError,
        ) as error:
            if time.monotonic() >= self._backend.end:
                raise AddressUnusable(
                    f"It takes longer than {MAX_SECONDS:.0f} seconds.", "Try again later."
                ) from error
            reason = str(error) or type(error).__name__
            raise AddressUnusable(
                f"It cannot be fetched ({reason}).", "Try again later."
            ) from error
        media = Message()
        media["Content-Type"] = sent.get("content-type", "")
        return Fetched(
            address=address,
            body=body,
            kind=media.get_content_type() if sent.get("content-type") else "",
            charset=str(media.get_content_charset() or ""),
            etag=sent.get("etag", ""),
            modified=sent.get("last-modified", ""),
        )

    def _require_allowed(self, address: str) -> None:
        """Ask robots.txt, once a host, and wait as long as it asks for between two requests."""
        parts = urlsplit(address)
        origin = f"{parts.scheme}://{parts.netloc}"
        if origin not in self._rules:
            self._rules[origin] = self._rules_of(origin)
        rules = self._rules[origin]
        if rules is None or not rules.can_fetch(address, user_agent()):
            raise AddressUnusable(
                "The site's robots.txt does not allow it to be fetched.",
                "Save the page in a browser and add the file.",
            )
        pause = min(rules.crawl_delay(user_agent()) or 0.0, _LONGEST_PAUSE)
        wait = self._asked.get(origin, -_LONGEST_PAUSE) + pause - time.monotonic()
        if wait > 0:
            time.sleep(wait)
            self._backend.end += wait
        self._asked[origin] = time.monotonic()

    def _rules_of(self, origin: str) -> Protego | None:
        """The rules of a host; what RFC 9309 says where there are none, or none can be had."""
        from protego import Protego

        try:
            found = self._get(f"{origin}/robots.txt", limit=_MAX_ROBOTS, ask=False)
        except AddressUnusable as error:
            if 400 <= error.status < 500:
                return Protego.parse("")
            if error.status:
                return None
            raise
        return Protego.parse(found.body.decode("utf-8", "replace"))


def _trust() -> ssl.SSLContext:
    import certifi

    return ssl.create_default_context(cafile=certifi.where())


def _unpacked(chunks: Iterable[bytes], encoding: str, limit: int) -> bytes:
    """The body, unpacked no further than to `limit` bytes; raises AddressUnusable beyond."""
    packed = encoding.strip().lower() in {"gzip", "x-gzip", "deflate"}
    if encoding and not packed and encoding.strip().lower() != "identity":
        raise AddressUnusable(f"It is packed by {encoding[:40]!r}, which was not asked for.", "")
    unpack = zlib.decompressobj(zlib.MAX_WBITS | 32)  # gzip or zlib, as its head says
    body = bytearray()
    try:
        for chunk in chunks:
            body += unpack.decompress(chunk, limit + 1 - len(body)) if packed else chunk
            if len(body) > limit:
                size = f"{limit / 1_000_000:g} MB"
                raise AddressUnusable(f"It is larger than {size}.", "Save it, and split the file.")
    except zlib.error as error:
        raise AddressUnusable("It is damaged on its way (gzip).", "Try again.") from error
    return bytes(body)
