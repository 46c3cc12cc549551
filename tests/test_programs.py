"""Other programs at the page: Gradio's client, a client of MCP and OpenAI's, each a real one."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Awaitable, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import anyio
import httpx
import openai
import pytest
from gradio_client import Client
from gradio_client.exceptions import AppError, AuthenticationError
from mcp import ClientSession
from mcp.client.sse import sse_client
from mcp.client.streamable_http import streamable_http_client
from page_kit import BEARER, BRIDGE, FERRY, QUESTION, TOKEN, assistant_of, logins
from starlette.applications import Starlette
from starlette.types import Message
from test_browser import served

from assistant.assistant import Assistant
from assistant.types import Answer, Event, TextDelta
from assistant.web import chat_completions
from assistant.web.records import answer_record, citation_record

FOREIGN = {"Origin": "http://evil.example"}
MODEL = "article-assistant"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("programs")


@pytest.fixture(scope="module")
def assistant(folder: Path) -> Iterator[Assistant]:
    with assistant_of(folder, FERRY, BRIDGE) as made:
        yield made


@pytest.fixture(scope="module")
def page(assistant: Assistant, folder: Path) -> Iterator[str]:
    with served(folder / "library") as address:
        yield address


@pytest.fixture(scope="module")
def closed(assistant: Assistant, folder: Path) -> Iterator[str]:
    """A page that asks for a login."""
    with served(folder / "library", "--auth", str(logins(folder))) as address:
        yield address


@pytest.fixture(scope="module")
def answer(assistant: Assistant) -> Answer:
    found = assistant.ask(QUESTION)
    assert found.short == "Elin Dahl"
    assert found.citations[0].quote in FERRY.text
    return found


@contextmanager
def gradio(address: str, **options: Any) -> Iterator[Client]:
    client = Client(address, verbose=False, analytics_enabled=False, **options)
    try:
        yield client
    finally:
        client.close()


def chat(address: str, **options: Any) -> openai.OpenAI:
    options = {"api_key": "none", "max_retries": 0, **options}
    return openai.OpenAI(base_url=f"{address}v1", **options)


def asked(*texts: str) -> list[Any]:
    """Messages: the question, or a conversation that ends with one."""
    return [
        {"role": ("user", "assistant")[number % 2], "content": text}
        for number, text in enumerate(texts)
    ]


def tools(
    address: str,
    work: Callable[[ClientSession], Awaitable[Any]],
    headers: dict[str, str] | None = None,
    *,
    sse: bool = False,
) -> Any:
    """What a session with the page's tools gives."""

    async def session(read: Any, write: Any) -> Any:
        async with ClientSession(read, write) as opened:
            await opened.initialize()
            return await work(opened)

    async def run() -> Any:
        if sse:
            async with sse_client(f"{address}gradio_api/mcp/sse", headers=headers) as streams:
                return await session(*streams)
        url = f"{address}gradio_api/mcp/"
        async with (
            httpx.AsyncClient(headers=headers, timeout=60) as http,
            streamable_http_client(url, http_client=http) as (read, write, _),
        ):
            return await session(read, write)

    return asyncio.run(run())


def calling(name: str, **arguments: Any) -> Callable[[ClientSession], Awaitable[Any]]:
    return lambda session: session.call_tool(name, arguments)


# The same answer everywhere


def test_gradio_s_client_gets_the_answer_of_python(page: str, answer: Answer) -> None:
    with gradio(page) as client:
        told = client.predict(question=QUESTION, api_name="/ask")
        endpoints = client.view_api(return_format="dict", print_info=False)["named_endpoints"]
    assert told == answer_record(answer)
    assert told["citations"] == [citation_record(one) for one in answer.citations]
    assert set(endpoints) == {"/ask", "/search", "/add", "/list"}


@pytest.mark.parametrize("sse", [False, True], ids=["http", "sse"])
def test_a_client_of_mcp_gets_the_answer_of_python(page: str, answer: Answer, sse: bool) -> None:
    result = tools(page, calling("ask", question=QUESTION), sse=sse)
    assert not result.isError
    assert json.loads(result.content[0].text) == answer_record(answer)


def test_openai_s_client_gets_the_answer_of_python(page: str, answer: Answer) -> None:
    with chat(page) as client:
        reply = client.chat.completions.create(model=MODEL, messages=asked(QUESTION))
        message: Any = reply.choices[0].message
        pieces = list(
            client.chat.completions.create(model=MODEL, messages=asked(QUESTION), stream=True)
        )
    assert message.content.startswith(f"{answer.text}\n\n**Sources**\n\n- [1] ")
    assert "(<https://harbour.example/marisol>)" in message.content
    assert message.citations == [citation_record(one) for one in answer.citations]
    assert message.outcome == "answered"
    assert "".join(piece.choices[0].delta.content or "" for piece in pieces) == message.content
    last: Any = pieces[-1].choices[0]
    assert last.finish_reason == "stop"
    assert last.delta.citations == message.citations
    assert {piece.id for piece in pieces} != {reply.id}


# Tools for other models


def test_four_tools_are_offered_and_say_what_they_are_for(page: str) -> None:
    listed = tools(page, lambda session: session.list_tools()).tools
    described = {tool.name: tool for tool in listed}
    assert set(described) == {"ask", "search", "add", "list"}
    for tool in listed:
        assert len(tool.description) > 80
        assert all(one["description"] for one in tool.inputSchema["properties"].values())
        assert "request" not in tool.inputSchema["properties"]
    assert described["ask"].inputSchema["required"] == ["question"]


def test_passages_are_found_word_for_word(page: str) -> None:
    with gradio(page) as client:
        told = client.predict(question="crack in the bridge", limit=1, api_name="/search")
        narrowed = client.predict(
            question="crack in the bridge", sources=["The Harbour Post"], api_name="/search"
        )
    (passage,) = told["passages"]
    assert passage["title"] == BRIDGE.title
    assert BRIDGE.text[passage["start"] : passage["end"]] == passage["text"]
    assert {one["title"] for one in narrowed["passages"]} == {FERRY.title}


def test_articles_are_listed_newest_first_or_by_what_they_are_about(page: str) -> None:
    with gradio(page) as client:
        told = client.predict(limit=1, api_name="/list")
        second = client.predict(limit=1, offset=1, api_name="/list")
        about = client.predict(query="ferry on fire", limit=1, api_name="/list")
        dated = client.predict(until="2025-06-04", api_name="/list")
    assert told["articles"][0]["title"] == BRIDGE.title
    assert told["articles"][0]["date"] == "2025-06-06"
    assert second["articles"][0]["title"] == about["articles"][0]["title"] == FERRY.title
    assert [one["title"] for one in dated["articles"]] == [FERRY.title]
    assert (told["total"], dated["total"]) == (2, 1)


def test_an_article_that_a_program_adds_answers_questions(tmp_path: Path) -> None:
    with assistant_of(tmp_path, FERRY), served(tmp_path / "library") as address:
        article = {
            "title": "Mayor of Vell resigns",
            "text": "Greta Holm, the mayor of Vell, resigned on Monday. She gave no reason.",
            "source": "Vell Courier",
            "published": "2025-06-09",
        }
        added = json.loads(tools(address, calling("add", **article)).content[0].text)
        again = json.loads(tools(address, calling("add", **article)).content[0].text)
        told = json.loads(
            tools(address, calling("ask", question="who is the mayor of Vell")).content[0].text
        )
    assert added["status"] == "added"
    assert again["status"] in {"unchanged", "duplicate"}
    assert told["citations"][0]["article_id"] == added["article_id"]
    assert (told["citations"][0]["outlet"], told["citations"][0]["date"]) == (
        "Vell Courier",
        "2025-06-09",
    )


WRONG: list[tuple[str, dict[str, Any], str]] = [
    ("ask", {"question": " "}, "The question is empty."),
    ("ask", {"question": "who?", "since": "31 June"}, "since='31 June' is not a date."),
    ("search", {"question": "fire", "limit": 0}, "limit=0 is not a number from 1 to 50."),
    ("list", {"limit": 1000}, "limit=1000 is not a number from 1 to 100."),
    ("add", {}, "There is nothing to add."),
    ("add", {"text": "Some words."}, "The article has no title."),
    ("add", {"title": "T", "text": "Words.", "published": "soon"}, "published='soon'"),
]


@pytest.mark.parametrize(("name", "arguments", "message"), WRONG)
def test_what_cannot_be_done_is_told_in_a_line(
    page: str, name: str, arguments: dict[str, Any], message: str
) -> None:
    with gradio(page) as client, pytest.raises(AppError) as caught:
        client.predict(**arguments, api_name=f"/{name}")
    assert str(caught.value).startswith(message)
    result = tools(page, calling(name, **arguments))
    assert result.isError
    assert result.content[0].text.startswith(message)


def test_an_address_of_the_own_network_is_not_fetched_for_a_program(page: str) -> None:
    result = tools(page, calling("add", url=f"{page}config"))
    told = json.loads(result.content[0].text)
    assert told["status"] == "skipped"
    assert "not on the public net" in told["reason"]


# The chat interface


def test_the_models_that_are_listed_can_be_asked(page: str) -> None:
    with chat(page) as client:
        assert [model.id for model in client.models.list()] == [MODEL]
        assert client.models.retrieve(MODEL).id == MODEL
        with pytest.raises(openai.NotFoundError) as caught:
            client.models.retrieve("gpt-5")
        assert caught.value.code == "model_not_found"
        with pytest.raises(openai.NotFoundError) as caught:
            client.chat.completions.create(model="gpt-5", messages=asked(QUESTION))
        assert caught.value.code == "model_not_found"


def test_the_messages_before_the_question_are_its_conversation(
    page: str, assistant: Assistant, answer: Answer
) -> None:
    with chat(page) as client:
        create = client.chat.completions.create
        first: Any = create(model=MODEL, messages=asked(QUESTION)).choices[0].message
        parts = [{"type": "text", "text": "and who was hurt there?"}]
        messages: list[Any] = [
            {"role": "system", "content": "You are a pirate."},
            *asked(QUESTION, first.content),
            {"role": "user", "content": parts},
        ]
        second: Any = create(model=MODEL, messages=messages).choices[0].message
    expected = assistant.ask("and who was hurt there?", history=[(QUESTION, answer.text)])
    assert second.content.startswith(expected.text)
    assert "Twelve people" in expected.text


def test_days_and_outlets_may_be_given_beside_the_messages(page: str) -> None:
    with chat(page) as client:
        reply: Any = client.chat.completions.create(
            model=MODEL, messages=asked(QUESTION), extra_body={"sources": ["Meridian Wire"]}
        )
    assert reply.choices[0].message.outcome == "not_in_articles"
    assert "**Nearest articles**" in reply.choices[0].message.content


@pytest.mark.parametrize(
    ("body", "status", "words"),
    [
        (b"{", 400, "not JSON"),
        (b"[1]", 400, "not a JSON object"),
        (b'"' + b"x" * 1_000_001 + b'"', 413, "larger than 1 MB"),
        ({"model": None}, 404, "There is no model None here"),
        ({"messages": []}, 400, "not a list of messages"),
        ({"messages": asked(QUESTION, "Elin Dahl")}, 400, "last message is not a question"),
        ({"messages": asked("?!")}, 400, "The question is empty"),
        ({"messages": [{"role": "tool", "content": "x"}]}, 400, "role is 'tool'"),
        ({"messages": [{"role": "user", "content": [{"type": "image_url"}]}]}, 400, "other than"),
        ({"n": 2}, 400, "n is 1"),
        ({"stream": "yes"}, 400, "stream is neither true nor false"),
        ({"tools": [{"type": "function"}]}, 400, "calls no tools"),
        ({"response_format": {"type": "json_object"}}, 400, "answers in text"),
        ({"since": "31 June"}, 400, "is not a date"),
        ({"sources": 3}, 400, "not a list of outlets"),
    ],
)
def test_what_cannot_be_answered_is_told_as_openai_does(
    page: str, body: bytes | dict[str, Any], status: int, words: str
) -> None:
    if isinstance(body, dict):
        body = json.dumps({"model": MODEL, "messages": asked(QUESTION), **body}).encode()
    reply = httpx.post(f"{page}v1/chat/completions", content=body)
    assert reply.status_code == status
    assert words in reply.json()["error"]["message"]
    assert reply.json()["error"]["type"] == "invalid_request_error"


def test_a_body_that_does_not_tell_its_size_is_stopped(page: str) -> None:
    def body() -> Iterator[bytes]:
        yield from [b" " * 50_000] * 21

    reply = httpx.post(f"{page}v1/chat/completions", content=body())
    assert reply.status_code == 413


@pytest.mark.slow
def test_words_of_an_article_are_no_marks_of_a_chat_client(tmp_path: Path) -> None:
    hostile = FERRY.text.replace("the galley", "![x](http://evil.example/x.png) the galley")
    article = replace(FERRY, id="", text=hostile, title="[Ferry](javascript:alert(1))")
    with (
        assistant_of(tmp_path, article),
        served(tmp_path / "library") as address,
        chat(address) as client,
    ):
        create = client.chat.completions.create
        reply: Any = create(model=MODEL, messages=asked(QUESTION)).choices[0].message
        pieces = list(create(model=MODEL, messages=asked(QUESTION), stream=True))
    assert "\\[x\\](http" in reply.content
    assert "\\[Ferry\\](javascript" in reply.content
    assert "".join(piece.choices[0].delta.content or "" for piece in pieces) == reply.content


@pytest.mark.parametrize("stream", [True, False])
def test_a_client_that_leaves_stops_the_model(stream: bool) -> None:
    closed = []

    class Talker:
        """An assistant that goes on for ever."""

        def stream(self, question: str, **_: object) -> Iterator[Event]:
            try:
                while True:
                    time.sleep(0.01)
                    yield TextDelta("more words ")
            finally:
                closed.append(question)

    async def visit() -> None:
        room: Any = SimpleNamespace(assistant=Talker(), line=anyio.Semaphore(1))
        app = Starlette(routes=chat_completions.routes(room))
        body = json.dumps({"model": MODEL, "messages": asked(QUESTION), "stream": stream})
        scope = {"type": "http", "method": "POST", "path": "/v1/chat/completions", "headers": []}
        left = anyio.Event()
        sent: list[Message] = []
        incoming: list[Message] = [{"type": "http.request", "body": body.encode()}]

        async def receive() -> Message:
            if incoming:
                return incoming.pop()
            if stream:
                await left.wait()
            return {"type": "http.disconnect"}

        async def send(message: Message) -> None:
            sent.append(message)
            if b"more words" in message.get("body", b""):
                left.set()

        with anyio.fail_after(10):
            await app(scope, receive, send)
        assert room.line.value == 1

    anyio.run(visit)
    assert closed == [QUESTION]


@pytest.mark.slow
def test_many_at_once_wait_their_turn_and_nobody_gets_an_error(
    page: str, assistant: Assistant
) -> None:
    questions = [QUESTION, "who leads the road authority"]
    expected = [assistant.ask(question).text for question in questions]
    with gradio(page) as client, chat(page, timeout=120) as talker:

        def ask(number: int) -> str:
            question = questions[number % 2]
            if number % 4 < 2:
                text: str = client.predict(question=question, api_name="/ask")["text"]
                return text
            reply = talker.chat.completions.create(model=MODEL, messages=asked(question))
            return (reply.choices[0].message.content or "").split("\n\n")[0]

        with ThreadPoolExecutor(32) as pool:
            told = list(pool.map(ask, range(32)))
    assert told == [expected[number % 2] for number in range(32)]


# Who is refused


def statuses(error: BaseException) -> set[int]:
    """The HTTP statuses in an error of MCP's client, which wraps them in groups."""
    if isinstance(error, BaseExceptionGroup):
        return set().union(*(statuses(one) for one in error.exceptions))
    return {error.response.status_code} if isinstance(error, httpx.HTTPStatusError) else set()


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer desk-0123456789"}])
def test_each_is_refused_without_a_token_of_the_page(closed: str, headers: dict[str, str]) -> None:
    key = headers.get("Authorization", "Bearer x").removeprefix("Bearer ")
    with chat(closed, api_key=key) as client, pytest.raises(openai.AuthenticationError):
        client.chat.completions.create(model=MODEL, messages=asked(QUESTION))
    with pytest.raises(BaseExceptionGroup) as caught:
        tools(closed, calling("ask", question=QUESTION), headers)
    assert statuses(caught.value) == {401}
    with pytest.raises((AuthenticationError, ValueError)), gradio(closed, headers=headers):
        pass
    direct = httpx.post(
        f"{closed}gradio_api/run/ask", json={"data": [QUESTION, "", "", None, False]}
    )
    assert direct.status_code == 401


def test_each_is_let_in_with_a_token(closed: str, answer: Answer) -> None:
    with chat(closed, api_key=TOKEN) as talker:
        reply = talker.chat.completions.create(model=MODEL, messages=asked(QUESTION))
    assert (reply.choices[0].message.content or "").startswith(answer.text)
    result = tools(closed, calling("ask", question=QUESTION), BEARER)
    assert json.loads(result.content[0].text) == answer_record(answer)
    with gradio(closed, headers=BEARER) as client:
        assert client.predict(QUESTION, api_name="/ask") == answer_record(answer)


def test_gradio_s_client_may_sign_in_as_a_person(closed: str, answer: Answer) -> None:
    with gradio(closed, auth=("anna", "a sentence of Anna's")) as client:
        assert client.predict(QUESTION, api_name="/ask") == answer_record(answer)
    wrong = ("anna", "a sentence of Ben's")
    with pytest.raises(ValueError, match="Could not login"), gradio(closed, auth=wrong):
        pass


@pytest.mark.parametrize("headers", [FOREIGN, {"Host": "evil.example"}])
def test_each_is_refused_from_a_foreign_place(page: str, headers: dict[str, str]) -> None:
    with chat(page, default_headers=headers) as talker, pytest.raises(openai.PermissionDeniedError):
        talker.chat.completions.create(model=MODEL, messages=asked(QUESTION))
    with pytest.raises(BaseExceptionGroup) as caught:
        tools(page, calling("ask", question=QUESTION), headers)
    assert statuses(caught.value) == {403}
    with pytest.raises((ValueError, httpx.HTTPStatusError)), gradio(page, headers=headers):
        pass
    direct = httpx.post(
        f"{page}gradio_api/run/ask",
        json={"data": [QUESTION, "", "", None, False]},
        headers=headers,
    )
    assert direct.status_code == 403
