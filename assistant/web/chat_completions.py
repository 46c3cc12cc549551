"""The chat interface that OpenAI's clients speak: `/v1/chat/completions` and `/v1/models`.

The last message is the question, those before it are the conversation. What a client says of
sampling (temperature, max_tokens and the like) and its system messages have no bearing here.
"""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import AsyncGenerator, Generator, Mapping
from contextlib import aclosing
from typing import TYPE_CHECKING, Any, cast

from assistant.types import Answer, Answered, Event, TextDelta
from assistant.web.chat_replies import content_of, spoken
from assistant.web.chat_requests import MODEL, Refused, Request, read_request
from assistant.web.records import answer_record
from index.errors import AssistantError, InvalidInput

if TYPE_CHECKING:
    from starlette.requests import Request as HttpRequest
    from starlette.responses import Response
    from starlette.routing import BaseRoute
    from starlette.types import Receive, Scope, Send

    from assistant.web.room import Room

_HEADERS = {"cache-control": "no-store", "x-accel-buffering": "no"}


def routes(room: Room) -> list[BaseRoute]:
    """The routes of a page's chat interface."""
    from starlette.responses import JSONResponse
    from starlette.routing import Route

    listed = {"id": MODEL, "object": "model", "created": 0, "owned_by": MODEL}

    async def models(_: HttpRequest) -> Response:
        return JSONResponse({"object": "list", "data": [listed]})

    async def model(request: HttpRequest) -> Response:
        name = request.path_params["name"]
        return JSONResponse(listed) if name == MODEL else _error(Refused.of_model(name))

    async def complete(request: HttpRequest) -> Response:
        try:
            asked = read_request(await request.body())
            events = _events(room, asked)
        except (Refused, AssistantError) as error:
            return _error(error)
        if asked.stream:
            return cast("Response", _Stream(_chunks(room, events)))
        try:
            return JSONResponse(await _whole(room, events, request), headers=_HEADERS)
        except AssistantError as error:
            return _error(error)

    return [
        Route("/v1/models", models),
        Route("/v1/models/{name:path}", model),
        Route("/v1/chat/completions", complete, methods=["POST"]),
    ]


def _events(room: Room, asked: Request) -> Generator[Event]:
    """The steps of an answer; raises at once for what cannot be asked."""
    stream = room.assistant.stream(
        asked.question, history=asked.history, strict=asked.strict, **asked.only
    )
    return cast("Generator[Event]", stream)


async def _steps(room: Room, events: Generator[Event]) -> AsyncGenerator[Event]:
    """The steps, each taken in a thread, from when the turn has come; closing stops the model."""
    from anyio import CancelScope, to_thread

    async with room.line:
        try:
            while (event := await to_thread.run_sync(next, events, None)) is not None:
                yield event
        finally:
            with CancelScope(shield=True):
                await to_thread.run_sync(events.close)


async def _whole(room: Room, events: Generator[Event], request: HttpRequest) -> dict[str, Any]:
    """The answer at once; {} for a client that has left meanwhile."""
    async with aclosing(_steps(room, events)) as steps:
        async for event in steps:
            if isinstance(event, Answered):
                message = {"role": "assistant", "content": content_of(event.answer)}
                choice = {"index": 0, "finish_reason": "stop", "logprobs": None}
                told = {**choice, "message": {**message, **_extras(event.answer)}}
                return {**_envelope("chat.completion"), "choices": [told]}
            if await request.is_disconnected():
                break
    return {}


async def _chunks(room: Room, events: Generator[Event]) -> AsyncGenerator[bytes]:
    """The answer as it grows, in the lines of a stream."""
    envelope = _envelope("chat.completion.chunk")

    def chunk(delta: Mapping[str, Any], finish: str | None = None) -> bytes:
        choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish}
        return _line({**envelope, "choices": [choice]})

    yield chunk({"role": "assistant", "content": ""})
    draft = sent = ""
    try:
        async with aclosing(_steps(room, events)) as steps:
            async for event in steps:
                if isinstance(event, TextDelta):
                    draft += event.text
                    shown = spoken(draft)
                    if shown.startswith(sent) and shown != sent:
                        yield chunk({"content": shown[len(sent) :]})
                        sent = shown
                elif isinstance(event, Answered):
                    yield chunk({"content": _rest(sent, content_of(event.answer))})
                    yield chunk(_extras(event.answer), "stop")
    except AssistantError as error:  # the status was sent long ago
        yield _line({"error": _told(error)})
    yield b"data: [DONE]\n\n"


def _rest(sent: str, content: str) -> str:
    """What is still to be sent; what was sent cannot be taken back, only put right."""
    if content.startswith(sent):
        return content[len(sent) :]
    return f"\n\n*Checked against the articles, the answer is:*\n\n{content}"


def _extras(answer: Answer) -> dict[str, Any]:
    """What a message carries beside its content."""
    told = answer_record(answer)
    names = ("citations", "outcome", "confidence", "reports_differ", "nearest", "notices")
    return {name: told[name] for name in names}


def _envelope(kind: str) -> dict[str, Any]:
    made = f"chatcmpl-{secrets.token_hex(12)}"
    return {"id": made, "object": kind, "created": int(time.time()), "model": MODEL}


def _line(value: Mapping[str, Any]) -> bytes:
    return b"data: %s\n\n" % json.dumps(value, ensure_ascii=False).encode("utf-8", "replace")


def _told(error: Refused | AssistantError) -> dict[str, Any]:
    if isinstance(error, Refused):
        return {
            "message": str(error),
            "type": "invalid_request_error",
            "param": error.param,
            "code": error.code,
        }
    kind = "invalid_request_error" if isinstance(error, InvalidInput) else "server_error"
    return {"message": str(error), "type": kind, "param": None, "code": None}


def _error(error: Refused | AssistantError) -> Response:
    from starlette.responses import JSONResponse

    if isinstance(error, Refused):
        status = error.status
    elif isinstance(error, InvalidInput):
        status = 400
    else:
        status = 503 if error.retryable else 500
    return JSONResponse({"error": _told(error)}, status)


class _Stream:
    """A response that is sent as it grows, and whose making ends when its client leaves."""

    def __init__(self, chunks: AsyncGenerator[bytes]) -> None:
        self._chunks = chunks

    async def __call__(self, _scope: Scope, receive: Receive, send: Send) -> None:
        from anyio import create_task_group

        kind = (b"content-type", b"text/event-stream; charset=utf-8")
        headers = [kind, *((k.encode(), v.encode()) for k, v in _HEADERS.items())]

        async with create_task_group() as group:

            async def until_gone() -> None:
                while (await receive())["type"] != "http.disconnect":
                    pass
                group.cancel_scope.cancel()

            group.start_soon(until_gone)
            await send({"type": "http.response.start", "status": 200, "headers": headers})
            async with aclosing(self._chunks) as chunks:
                async for chunk in chunks:
                    await send({"type": "http.response.body", "body": chunk, "more_body": True})
            await send({"type": "http.response.body", "body": b""})
            group.cancel_scope.cancel()
