"""Where a library's Chroma is, and what lets one in there."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from index.errors import InvalidOption

_HEADER = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")  # RFC 9110, section 5.6.2


@dataclass(frozen=True, slots=True, kw_only=True)
class ChromaAccess:
    """What lets one in to a Chroma server; shown without the secrets.

    `headers` go with every request, `authority` is a file of certificates to trust, `key` is that
    of Chroma Cloud. Without tenant and database the server's default ones are used, in the cloud
    those that the key is for.
    """

    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    authority: Path | None = None
    tenant: str | None = None
    database: str | None = None
    key: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class ChromaAddress:
    """Where Chroma is: "local" (a folder of the library), the URL of a server, or "cloud"."""

    place: str = "local"
    access: ChromaAccess = field(default_factory=ChromaAccess)

    @property
    def local(self) -> bool:
        """Whether it is a folder of the library."""
        return self.place == "local"

    def __str__(self) -> str:
        return "Chroma Cloud" if self.place == "cloud" else self.place


def checked_address(chroma: str | ChromaAddress) -> ChromaAddress:
    """The address that a caller means; raises InvalidOption when it cannot be one.

    Values that may be secret are never repeated.
    """
    address = chroma if isinstance(chroma, ChromaAddress) else ChromaAddress(chroma)
    place, access = address.place, address.access
    if place not in {"local", "cloud"}:
        _check_url(place)
    if place == "cloud" and not access.key:
        raise InvalidOption(
            "Chroma Cloud wants a key, and none is given.",
            "Set CHROMA_API_KEY, or from Python give ChromaAccess(key=...).",
        )
    for name, value in access.headers.items():
        if not _HEADER.fullmatch(name) or not value.isprintable() or not value.isascii():
            raise InvalidOption(
                "A header for the Chroma server cannot be sent.",
                "Write it as `Name: value` in ASCII, one a line.",
            )
    if access.authority is not None and not access.authority.is_file():
        raise InvalidOption(
            f"There is no file of certificates {str(access.authority)!r}.",
            "Name a PEM file, or leave it out to trust the public authorities.",
        )
    return address


def _check_url(place: str) -> None:
    if "@" in place:
        raise InvalidOption(
            "The Chroma address holds a name or a password.",
            "Leave them out, and give an Authorization header instead.",
        )
    try:
        parts = urlsplit(place)
        usable = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
        usable = usable and parts.path in {"", "/"} and not parts.query and not parts.fragment
    except ValueError:  # "http://[::1"
        usable = False
    if not usable:
        told = place.partition("?")[0].partition("#")[0]  # what follows may be secret
        raise InvalidOption(
            f"The Chroma address {told!r} is not one.",
            "Use `local`, `http://HOST:PORT`, `https://HOST:PORT` or `cloud`.",
        )
