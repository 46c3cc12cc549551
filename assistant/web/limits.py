"""How much a request may bring: the size of any, and the number and kinds of uploaded files."""

from __future__ import annotations

from contextlib import suppress
from pathlib import PurePath
from typing import TYPE_CHECKING

from assistant.web import doors
from assistant.web.serving import Refusal, refuse
from index.files import SUFFIXES, kind_of

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

FILES = 500  # of one upload
_UPLOAD = 400_000_000  # bytes of one upload, all its files together
_CHAT = 1_000_000  # bytes of a conversation that is sent whole with every question
_OTHER = 4_000_000  # bytes; a book has one million characters


class _TooLarge(Exception):
    """A body went on past its limit: ends the reading of it."""


class Limits:
    """ASGI middleware: stops a request that is too large while it arrives, and sifts uploads."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] in {"GET", "HEAD"}:
            await self.app(scope, receive, send)
            return
        most = limit_of(scope["path"])
        sizes = [value for name, value in scope["headers"] if name == b"content-length"]
        if sizes and (not sizes[0].isdigit() or int(sizes[0]) > most):
            await refuse(scope, send, _too_large(most))
            return
        body = _Counted(receive, send, most)
        sifted = sift_of(scope, body.receive) if scope["path"] == doors.UPLOAD else body.receive
        with suppress(_TooLarge):  # what the app made of it is not sent either
            await self.app(scope, sifted, body.send)
        if body.over:
            await refuse(scope, send, _too_large(most))


class _Counted:
    """The body of a request as far as its limit; nothing is answered once it went past it."""

    def __init__(self, receive: Receive, send: Send, most: int) -> None:
        self._receive, self._send, self._left = receive, send, most

    @property
    def over(self) -> bool:
        """Whether the body was larger than allowed."""
        return self._left < 0

    async def receive(self) -> Message:
        """The next piece; raises _TooLarge where it goes past the limit."""
        message = await self._receive()
        self._left -= len(message.get("body", b""))
        if self.over:
            raise _TooLarge
        return message

    async def send(self, message: Message) -> None:
        """Send what the app answers, unless its request was too large."""
        if not self.over:
            await self._send(message)


def limit_of(path: str) -> int:
    """Bytes that a request to a path may bring."""
    if path == doors.UPLOAD:
        return _UPLOAD
    return _CHAT if path.startswith("/v1/") else _OTHER


def _too_large(most: int) -> Refusal:
    return Refusal(413, f"That is larger than {most // 1_000_000} MB.", "request_too_large")


def sift_of(scope: Scope, receive: Receive) -> Receive:
    """The body of an upload without the bytes of files that are not read here.

    Such a file still arrives by its name, so that the page can say what became of it, but none of
    it is kept. Raises MultiPartException, which Gradio answers with 400, for too many files.
    """
    from python_multipart.multipart import parse_options_header

    kinds = [value for name, value in scope["headers"] if name == b"content-type"]
    kind, options = parse_options_header(kinds[0] if kinds else b"")
    boundary = options.get(b"boundary")
    if kind != b"multipart/form-data" or not boundary:
        return receive  # Gradio refuses it
    sieve = _Sieve(boundary)

    async def sifted() -> Message:
        message = await receive()
        if message["type"] != "http.request":
            return message
        return {**message, "body": sieve.sift(message.get("body", b""))}

    return sifted


class _Sieve:
    """A multipart body taken apart and put together again, piece by piece."""

    def __init__(self, boundary: bytes) -> None:
        from python_multipart.multipart import MultipartParser

        self._line = b"--" + boundary
        self._out = bytearray()
        self._parts = 0
        self._wanted = True
        self._name = self._value = b""
        self._parser = MultipartParser(
            boundary,
            {
                "on_part_begin": self._begun,
                "on_header_field": self._field_part,
                "on_header_value": self._value_part,
                "on_header_end": self._header,
                "on_headers_finished": self._headed,
                "on_part_data": self._data,
                "on_part_end": self._ended,
                "on_end": self._closed,
            },
        )

    def sift(self, piece: bytes) -> bytes:
        """What to hand on of a piece; raises MultiPartException for a body that is none."""
        from python_multipart.exceptions import MultipartParseError
        from starlette.formparsers import MultiPartException

        try:
            self._parser.write(piece)
        except MultipartParseError as error:
            raise MultiPartException("That is not an upload of files.") from error
        done, self._out = bytes(self._out), bytearray()
        return done

    def _begun(self) -> None:
        from starlette.formparsers import MultiPartException

        self._parts += 1
        if self._parts > FILES:
            raise MultiPartException(f"More than {FILES} files at once. Add them in parts.")
        self._wanted = True
        self._out += self._line + b"\r\n"

    def _field_part(self, data: bytes, start: int, end: int) -> None:
        self._name += data[start:end]

    def _value_part(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]

    def _header(self) -> None:
        from python_multipart.multipart import parse_options_header

        if self._name.lower() == b"content-disposition":
            named = parse_options_header(self._value)[1].get(b"filename")
            if named is not None:
                self._wanted = _read_here(named.decode("utf-8", "replace"))
        self._out += self._name + b": " + self._value + b"\r\n"
        self._name = self._value = b""

    def _headed(self) -> None:
        self._out += b"\r\n"

    def _data(self, data: bytes, start: int, end: int) -> None:
        if self._wanted:
            self._out += data[start:end]

    def _ended(self) -> None:
        self._out += b"\r\n"

    def _closed(self) -> None:
        self._out += self._line + b"--\r\n"


def _read_here(name: str) -> bool:
    return kind_of(PurePath(name.replace("\\", "/")).name) in SUFFIXES
