"""Whom the page answers, and what every response of it allows the browser to do."""

from __future__ import annotations

import hmac
import json
import secrets
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from assistant.addresses import Reach
from assistant.web import doors

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from assistant.web.sessions import Sessions

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
        "base-uri 'self'",
        "frame-ancestors 'none'",
        "form-action 'none'",
    )
)
_HEADERS = (
    (b"content-security-policy", POLICY.encode()),
    (b"referrer-policy", b"no-referrer"),
    (b"x-content-type-options", b"nosniff"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
)
_ELSEWHERE = "This page does not answer to that name, or to a page of another site."


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a request is not answered, as an HTTP status and a line for its sender."""

    status: int
    message: str
    code: str | None = None  # what a client of the chat interface reads it by


class Guard:
    """ASGI middleware, outside of everything: refuses what was not meant for this page.

    A page of another site can name its own host as this one; the Host and Origin of what it sends
    still tell it apart. With logins, a request needs a session of the page or a bearer token, and
    a token becomes a session, so that everything behind sees a person's name.
    """

    def __init__(self, app: ASGIApp, reach: Reach, sessions: Sessions | None = None) -> None:
        self.app = app
        self.reach = reach
        self.sessions = sessions
        # Cookies of a host are shared by all its ports: two pages must not undo each other's.
        self._cookie = f"page-{reach.port}"
        self._page = secrets.token_urlsafe(24)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
            return
        if scope["type"] == "websocket":  # nothing here speaks it
            await send({"type": "websocket.close", "code": 1008})
            return
        headers = _headers(scope)
        refusal = self._foreign(scope, headers) or self._unknown(scope)
        if refusal is None and self.reach.logins is not None:
            refusal = self._nameless(scope, headers)
        if refusal is None:
            refusal = self._without_page(scope, headers)
        if refusal is not None:
            await refuse(scope, send, refusal)
            return
        await self.app(scope, receive, self._marked(scope, send))

    def _foreign(self, scope: Scope, headers: dict[str, list[str]]) -> Refusal | None:
        """The refusal of what was meant for another page, or sent by one."""
        hosts = headers["host"]
        # A proxy in front may keep the name that was asked for in a header of its own.
        named = headers["x-forwarded-host"] or hosts
        origins = {f"{scheme}://{host}" for host in named for scheme in ("http", "https")}
        if (
            len(hosts) != 1
            or len(named) != 1
            or not all(self.reach.answers_to(_name(host)) for host in (*hosts, *named))
            or not set(headers["origin"]) <= origins
        ):
            return Refusal(403, _ELSEWHERE)
        # What a browser says of itself: a picture or script of another page brings no Origin.
        sites, modes = set(headers["sec-fetch-site"]), headers["sec-fetch-mode"]
        followed = modes == ["navigate"] and scope["method"] in {"GET", "HEAD"}
        if not sites <= {"same-origin", "none"} and not followed:
            return Refusal(403, _ELSEWHERE)
        return None

    def _unknown(self, scope: Scope) -> Refusal | None:
        return None if doors.answered(scope["path"]) else Refusal(404, "There is nothing here.")

    def _nameless(self, scope: Scope, headers: dict[str, list[str]]) -> Refusal | None:
        """The refusal of one who has not signed in; gives a program the session of its token."""
        logins, sessions = self.reach.logins, self.sessions
        if logins is None or sessions is None:
            return Refusal(503, "The page is not ready yet.")
        offered = headers["authorization"]
        if offered:
            scheme, _, token = offered[0].partition(" ")
            name = logins.holder(token.strip()) if scheme.lower() == "bearer" else None
            if name is None:
                return Refusal(401, "That is no bearer token of this page.", "invalid_api_key")
            scope["headers"] = [
                *((key, value) for key, value in scope["headers"] if key != b"cookie"),
                (b"cookie", sessions.cookie_of(name).encode("latin-1")),
            ]
            return None
        if doors.open_to_all(scope["path"]) or sessions.name_of(_cookies(headers)):
            return None
        return Refusal(401, "Sign in on the page, or send a bearer token.", "invalid_api_key")

    def _without_page(self, scope: Scope, headers: dict[str, list[str]]) -> Refusal | None:
        """The refusal of an upload that neither an open page nor a program with a token sent."""
        if scope["path"] != doors.UPLOAD or (self.reach.logins and headers["authorization"]):
            return None
        shown = _cookies(headers).get(self._cookie, "")
        if hmac.compare_digest(shown.encode("latin-1"), self._page.encode()):
            return None
        return Refusal(403, "Files are added on the page: open it first.")

    def _marked(self, scope: Scope, send: Send) -> Send:
        """`send`, with the headers of every response, and with the page's cookie on the page."""
        headers = list(_HEADERS)
        if scope["path"] == "/":
            cookie = f"{self._cookie}={self._page}; Path=/; HttpOnly; SameSite=Strict"
            headers.append((b"set-cookie", cookie.encode()))

        async def marked(message: Message) -> None:
            if message["type"] == "http.response.start":
                message = {**message, "headers": [*message.get("headers", ()), *headers]}
            await send(message)

        return marked


async def refuse(scope: Scope, send: Send, refusal: Refusal) -> None:
    """Answer with a refusal: as the chat interface has it for its clients, else as a line."""
    if scope["path"].startswith("/v1/"):
        told = {
            "message": refusal.message,
            "type": "invalid_request_error",
            "param": None,
            "code": refusal.code,
        }
        body, kind = json.dumps({"error": told}).encode(), b"application/json"
    else:
        body, kind = f"{refusal.message}\n".encode(), b"text/plain; charset=utf-8"
    headers = [(b"content-type", kind), (b"content-length", b"%d" % len(body)), *_HEADERS]
    if refusal.status == 401:
        headers.append((b"www-authenticate", b"Bearer"))
    await send({"type": "http.response.start", "status": refusal.status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def _headers(scope: Scope) -> dict[str, list[str]]:
    """Every header by its lower-case name; [] for one that was not sent."""
    found: dict[str, list[str]] = defaultdict(list)
    for name, value in scope["headers"]:
        found[name.decode("latin-1").lower()].append(value.decode("latin-1").strip())
    return found


def _name(host: str) -> str:
    """The name of a Host header, without its port and the brackets of an IPv6 address."""
    bare = host.rpartition(":")[0] if host.rpartition(":")[2].isdigit() else host
    return bare.removeprefix("[").removesuffix("]")


def _cookies(headers: dict[str, list[str]]) -> dict[str, str]:
    pairs = (pair.partition("=") for line in headers["cookie"] for pair in line.split(";"))
    return {name.strip(): value.strip() for name, _, value in pairs}
