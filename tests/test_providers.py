"""Each provider of language models over real HTTP: its words, its failures, its end."""

from __future__ import annotations

import socket
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from anthropic_server import anthropic_server
from ollama_server import ollama_server
from servers import Refusal, Reset, scripted_server

from assistant.config import Settings
from assistant.keys import Access, read_keys
from assistant.llms import LanguageModel, language_model
from assistant.llms.failures import Patience
from index.errors import InvalidOption, LLMUnavailable, MissingExtra

KEY = "sk-very-secret-key"


def made(setting: str, **access: str) -> LanguageModel:
    model = language_model(setting, Access(**access))
    assert model is not None
    return model


def said(model: LanguageModel) -> str:
    return "".join(model.stream("You answer.", "What burned?"))


def failure(model: LanguageModel) -> str:
    with pytest.raises(LLMUnavailable) as caught:
        said(model)
    assert KEY not in str(caught.value)
    return caught.value.message


# -- what helps is tried again --------------------------------------------------------------------


@pytest.mark.parametrize("first", [500, 503, Refusal(429, {"Retry-After": "1"}), Reset()])
def test_what_may_pass_is_tried_again(first: Any) -> None:
    replies = iter([first, "It burned."])
    with scripted_server(lambda _: next(replies)) as server:
        assert said(made(server.setting)) == "It burned."
        assert len(server.requests) == 2


@pytest.mark.parametrize(("status", "asked"), [(401, 1), (404, 1), (400, 1), (500, 3), (429, 3)])
def test_the_rest_is_not_and_nothing_for_ever(status: int, asked: int) -> None:
    with scripted_server(lambda _: status) as server:
        model = made(server.setting, address=KEY)
        assert f"HTTP {status}" in failure(model)
        assert len(server.requests) == asked


def test_a_server_that_wants_long_peace_gets_it_at_once() -> None:
    with scripted_server(lambda _: Refusal(429, {"Retry-After": "60"})) as server:
        started = time.perf_counter()
        assert "too many requests" in failure(made(server.setting))
        assert time.perf_counter() - started < 3
        assert len(server.requests) == 1


def test_nothing_is_asked_again_after_a_piece_was_given() -> None:
    with scripted_server(lambda _: "It burned all night.", cut_after=1) as server:
        assert "broke off" in failure(made(server.setting))
        assert len(server.requests) == 1


def test_chunks_that_are_no_json_are_told() -> None:
    with scripted_server(lambda _: "It burned.", malformed=True) as server:
        assert "cannot be read" in failure(made(server.setting))


def test_a_stream_that_stalls_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("assistant.llms.providers._REPLY", 0.3)
    with scripted_server(lambda _: "It burned all night.", stall=1.5) as server:
        assert "stopped in the middle" in failure(made(server.setting))


def test_waiting_has_an_end() -> None:
    patience = Patience()
    error = type("Busy", (Exception,), {"status_code": 503})()
    waits = [patience.wait(error) for _ in range(4)]
    assert waits[2:] == [None, None]
    assert sum(wait or 0 for wait in waits) <= 8


# -- replies that are cut short -------------------------------------------------------------------

CUT = "It burned all night."


def told_until_cut(model: LanguageModel) -> tuple[str, str]:
    """What a model said, and what was then said of it."""
    pieces = []

    def listen() -> None:
        for piece in model.stream("You answer.", "What burned?"):
            pieces.append(piece)

    with pytest.raises(LLMUnavailable) as caught:
        listen()
    return "".join(pieces), caught.value.message


@pytest.mark.parametrize(
    ("finish", "words"),
    [
        (None, "without saying that it was whole"),
        ("length", "(length)"),
        ("content_filter", "(content_filter)"),
    ],
)
def test_a_reply_of_openais_protocol_that_is_cut_is_told_after_what_came(
    finish: str | None, words: str
) -> None:
    with scripted_server(lambda _: CUT, finish=finish) as server:
        text, told = told_until_cut(made(server.setting))
        assert len(server.requests) == 1
    assert text == CUT
    assert words in told


@pytest.mark.parametrize(
    ("done", "words"), [(None, "without saying that it was whole"), ("length", "(length)")]
)
def test_a_reply_of_ollama_that_is_cut_is_told_after_what_came(
    done: str | None, words: str
) -> None:
    with ollama_server(lambda _: CUT, done_reason=done) as server:
        text, told = told_until_cut(made("ollama:scripted", ollama_host=server.url))
    assert text == CUT
    assert words in told


@pytest.mark.parametrize(
    ("stop", "words"),
    [
        (None, "without saying that it was whole"),
        ("max_tokens", "(max_tokens)"),
        ("refusal", "(refusal)"),
    ],
)
def test_a_reply_of_anthropic_that_is_cut_is_told_after_what_came(
    stop: str | None, words: str
) -> None:
    with anthropic_server(CUT, stop_reason=stop) as server:
        model = made("anthropic:claude-next", anthropic=KEY, anthropic_base=server.url)
        text, told = told_until_cut(model)
    assert text == CUT
    assert words in told


@pytest.mark.parametrize("finish", ["stop", "eos", "end_turn", ""])
def test_a_reply_that_ends_for_any_other_reason_is_whole(finish: str) -> None:
    with scripted_server(lambda _: CUT, finish=finish) as server:
        assert said(made(server.setting)) == CUT


# -- reasoning ------------------------------------------------------------------------------------


@pytest.mark.parametrize("field", ["", "A ferry, hm."])
def test_reasoning_is_not_shown(field: str) -> None:
    text = "<think>Is it the ferry?</think>It burned."
    with scripted_server(lambda _: text, reasoning=field) as server:
        model = made(server.setting)
        assert said(model) == "It burned."
        assert model.complete("You answer.", "What burned?") == "It burned."


def test_nothing_but_reasoning_is_no_reply() -> None:
    with scripted_server(lambda _: "<think>It goes on") as server:
        assert "nothing but its reasoning" in failure(made(server.setting))


def test_a_model_that_reasoned_aloud_once_is_held_back_from_then_on() -> None:
    with scripted_server(lambda _: "A ferry it is.</think>It burned.") as server:
        model = made(server.setting)
        said(model)
        assert said(model) == "It burned."


# -- providers ------------------------------------------------------------------------------------


def test_openai_at_another_base_gets_the_key_and_the_question() -> None:
    with scripted_server(lambda _: "It burned.") as server:
        model = made("openai:gpt-4o-mini", openai=KEY, openai_base=f"{server.url}/v1")
        assert said(model) == "It burned."
        assert server.headers[0]["Authorization"] == f"Bearer {KEY}"
        assert server.requests[0]["model"] == "gpt-4o-mini"
        assert server.requests[0]["max_completion_tokens"]
    assert model.name == "openai:gpt-4o-mini"
    assert model.context_window == 128_000


def test_a_model_of_openai_that_is_not_known_yet_is_asked_all_the_same() -> None:
    with scripted_server(lambda _: "It burned.") as server:
        model = made("openai:gpt-99", openai=KEY, openai_base=f"{server.url}/v1")
        assert said(model) == "It burned."
        assert server.requests[0]["temperature"] == 1.0


def test_ollama_streams_without_what_it_thinks() -> None:
    with ollama_server(lambda _: "It burned.", thinking="A ferry, hm.") as server:
        model = made("ollama:scripted", ollama_host=server.url)
        assert said(model) == "It burned."
        assert model.complete("You answer.", "What burned?") == "It burned."
    assert server.requests[0]["options"]["num_ctx"] == model.context_window


@pytest.mark.parametrize(("status", "words"), [(404, "not known there"), (500, "HTTP 500")])
def test_ollama_that_refuses_is_told(status: int, words: str) -> None:
    with ollama_server(lambda _: status) as server:
        assert words in failure(made("ollama:scripted", ollama_host=server.url))


def test_ollama_that_breaks_off_or_is_not_there_is_told() -> None:
    with ollama_server(lambda _: "It burned all night.", cut_after=1) as server:
        model = made("ollama:scripted", ollama_host=server.url)
        assert "broke off" in failure(model)
    assert "cannot be reached" in failure(model)


def test_closing_ollamas_stream_closes_its_connection() -> None:
    with ollama_server(lambda _: "It burned. " * 40_000) as server:
        pieces = made("ollama:scripted", ollama_host=server.url).stream("You answer.", "What?")
        next(pieces)
        pieces.close()
        assert server.disconnected.wait(5)


@pytest.mark.parametrize("name", ["claude-next", "claude-sonnet-4-5"])
def test_anthropic_streams_without_what_it_thinks(name: str) -> None:
    with anthropic_server("It burned all night.", thinking="A ferry, hm.") as server:
        model = made(f"anthropic:{name}", anthropic=KEY, anthropic_base=server.url)
        assert said(model) == "It burned all night."
        assert model.complete("You answer.", "What burned?") == "It burned all night."
    assert {(request["model"], request["key"]) for request in server.requests} == {(name, KEY)}
    assert model.context_window >= 100_000


def test_closing_anthropics_stream_closes_its_connection() -> None:
    with anthropic_server("It burned. " * 40_000) as server:
        model = made("anthropic:claude-next", anthropic=KEY, anthropic_base=server.url)
        pieces = model.stream("You answer.", "What?")
        next(pieces)
        pieces.close()
        assert server.disconnected.wait(5)


def test_anthropic_that_refuses_is_asked_once() -> None:
    with scripted_server(lambda _: 401) as server:
        model = made("anthropic:claude-next", anthropic=KEY, anthropic_base=server.url)
        assert "refused the key" in failure(model)
        assert len(server.requests) == 1


# -- keys and packages ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("setting", "variable"),
    [("openai:gpt-4o", "OPENAI_API_KEY"), ("anthropic:claude-x", "ANTHROPIC_API_KEY")],
)
def test_a_missing_key_is_named(setting: str, variable: str) -> None:
    with pytest.raises(InvalidOption, match=variable):
        language_model(setting)


@pytest.mark.parametrize("extra", ["anthropic", "ollama", "huggingface"])
def test_a_missing_package_is_named_with_its_command(
    extra: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, f"llama_index.llms.{extra}", None)
    with pytest.raises(MissingExtra, match=rf'pip install "article-assistant\[{extra}\]"'):
        language_model(f"{extra}:model", Access(anthropic=KEY))


def test_keys_come_from_the_environment_or_the_file_and_are_not_shown(tmp_path: Path) -> None:
    file = tmp_path / ".env"
    file.write_text(
        "# keys\nexport OPENAI_API_KEY='sk-one' \nANTHROPIC_API_KEY=sk-two # mine\n"
        "OPENAI_BASE_URL=http://elsewhere\nnonsense\n",
        "utf-8",
    )
    settings = Settings.from_environment({"ANTHROPIC_API_KEY": "sk-three"}, keys=file)
    assert (settings.access.openai, settings.access.anthropic) == ("sk-one", "sk-three")
    assert settings.access.openai_base is None
    assert "sk-" not in repr(settings)
    assert read_keys(tmp_path) == {}


def test_a_file_of_keys_that_may_not_be_read_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / ".env"
    file.write_text("OPENAI_API_KEY=x", "utf-8")

    def refuse(*_: object, **__: object) -> str:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "read_text", refuse)
    with pytest.raises(InvalidOption, match=r"\.env cannot be read"):
        read_keys(file)


def test_nobody_at_the_address_is_told_at_once() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    started = time.perf_counter()
    assert "cannot be reached" in failure(made(f"http://127.0.0.1:{port}/v1#m"))
    assert time.perf_counter() - started < 4
