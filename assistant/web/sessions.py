"""Who is signed in, as Gradio keeps it: a cookie for each session, and the name behind it."""

from __future__ import annotations

import asyncio
import secrets
from collections import defaultdict
from collections.abc import Mapping
from typing import TYPE_CHECKING

from assistant.logins import Logins

if TYPE_CHECKING:
    from gradio.routes import App

_PAUSE = 1.0  # seconds after a wrong password: a guess a second finds none of 8 characters


class Sessions:
    """The sessions of a served page."""

    def __init__(self, app: App) -> None:
        self._app = app
        self._programs: dict[str, str] = {}  # name: the session of whoever sends its token

    def name_of(self, cookies: Mapping[str, str]) -> str | None:
        """Who sent these cookies, None for one who has not signed in."""
        names = (
            f"access-token-{self._app.cookie_id}",
            f"access-token-unsecure-{self._app.cookie_id}",
        )
        found = (self._app.tokens.get(cookies[name]) for name in names if cookies.get(name))
        return next((name for name in found if name), None)

    def cookie_of(self, name: str) -> str:
        """The cookie of a program's session; one session a name, however often it asks."""
        session = self._programs.setdefault(name, secrets.token_urlsafe(24))
        self._app.tokens[session] = name  # signing out on the page ends all sessions of a name
        return f"access-token-unsecure-{self._app.cookie_id}={session}"


class Door:
    """The check of a login on the page; for each name one at a time, and slow to say no.

    Guesses made at once wait for each other, so that there is no more than one a second.
    """

    def __init__(self, logins: Logins) -> None:
        self._logins = logins
        self._names = logins.names()
        self._turns: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def admits(self, name: str, password: str) -> bool:
        """Whether to let one in."""
        async with self._turns[name if name in self._names else ""]:
            if self._logins.admits(name, password):
                return True
            await asyncio.sleep(_PAUSE)
            return False
