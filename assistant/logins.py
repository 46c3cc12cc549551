"""Who may use a page that others can reach: names, passwords and tokens, from one file."""

from __future__ import annotations

import hashlib
import hmac
import os
import stat
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from index.errors import InvalidOption

PASSWORD = 8  # characters at least: the page lets one guess a second be made
TOKEN = 20  # characters at least: guesses of a token are not slowed down
_NAME = 64
_EXAMPLE = '[anna]\npassword = "a sentence that only Anna knows"\ntoken = "for her programs"'
_MAKE = 'Make one with: python3 -c "import secrets; print(secrets.token_urlsafe(24))"'


@dataclass(frozen=True, slots=True, kw_only=True)
class Login:
    """A person or a program; of their secrets only digests are held, and never shown."""

    name: str
    password: bytes | None = field(default=None, repr=False)
    token: bytes | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Logins:
    """Everyone who may use the page."""

    known: tuple[Login, ...]

    def names(self) -> frozenset[str]:
        """The names of all of them."""
        return frozenset(login.name for login in self.known)

    def admits(self, name: str, password: str) -> bool:
        """Whether this is the person's password; takes as long for a name that is unknown."""
        offered, held = _digest(password), [one for one in self.known if one.name == name]
        expected = held[0].password if held else None
        return hmac.compare_digest(offered, expected or _digest("")) and expected is not None

    def holder(self, token: str) -> str | None:
        """Whose token this is, None when it is nobody's."""
        offered = _digest(token)
        found = [
            login.name
            for login in self.known  # all are compared: the time tells nothing
            if hmac.compare_digest(offered, login.token or b"")
        ]
        return found[0] if found else None


def read_logins(path: Path) -> Logins:
    """The logins of a TOML file: a table for each name, with a password, a token or both.

    Raises InvalidOption for a file that others may read, or that does not hold that.
    """
    try:
        with path.open("rb") as file:
            mode = os.fstat(file.fileno()).st_mode
            if os.name == "posix" and mode & (stat.S_IRWXG | stat.S_IRWXO):
                raise InvalidOption(
                    f"The file {path} is open to other users of this computer.",
                    f"Close it to them: chmod 600 {path}",
                )
            tables = tomllib.load(file)
    except (OSError, ValueError) as error:
        if isinstance(error, InvalidOption):
            raise
        why = error.strerror if isinstance(error, OSError) else error
        raise InvalidOption(
            f"The file {path} of --auth cannot be read: {why}.", f"Write it like this:\n{_EXAMPLE}"
        ) from None
    logins = tuple(_login(path, name.strip(), table) for name, table in tables.items())
    if not logins:
        raise InvalidOption(f"The file {path} names nobody.", f"Write it like this:\n{_EXAMPLE}")
    tokens = [login.token for login in logins if login.token]
    if len(set(tokens)) < len(tokens) or len({one.name for one in logins}) < len(logins):
        raise InvalidOption(
            f"Two entries of {path} have the same name or the same token.", "Give each their own."
        )
    return Logins(logins)


def _login(path: Path, name: str, table: Any) -> Login:
    if not name or len(name) > _NAME or not name.isprintable():
        raise InvalidOption(
            f"{name!r} in {path} is not a name.", "Use a few letters, no line break."
        )
    fields = table if isinstance(table, dict) else {}
    if not fields or not set(fields) <= {"password", "token"}:
        raise InvalidOption(
            f"The entry of {name!r} in {path} is not a password, a token or both.",
            f"Write it like this:\n{_EXAMPLE}",
        )
    return Login(
        name=name,
        password=_digest_of(fields.get("password"), f"password of {name!r} in {path}", PASSWORD),
        token=_digest_of(fields.get("token"), f"token of {name!r} in {path}", TOKEN),
    )


def _digest_of(value: Any, what: str, least: int) -> bytes | None:
    """The digest of a secret; what is wrong with it is told without the secret itself."""
    if value is None:
        return None
    if not isinstance(value, str) or len(value) < least:
        raise InvalidOption(f"The {what} has fewer than {least} characters.", _MAKE)
    return _digest(value)


def _digest(secret: str) -> bytes:
    """Of one length for all, as the comparison needs it."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).digest()
