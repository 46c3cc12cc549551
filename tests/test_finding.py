"""Looking for a model on this computer: only programs that say what they are, and not for long."""

from __future__ import annotations

import socket
import time
from typing import Any

import pytest
from ollama_server import fixed_server, ollama_server

from assistant.llms import language_model
from assistant.llms.finding import LocalServers, found

PATHS = ("/api/tags", "/api/v0/models", "/api/v1/models", "/props", "/v1/models")
PAGE = dict.fromkeys(PATHS, "<html>hello</html>")
ROUTER = {  # what llama-server tells of itself when it was started without a model
    "role": "router",
    "models_autoload": True,
    "model_alias": "llama-server",
    "model_path": "none",
    "default_generation_settings": {"params": {}, "n_ctx": 0},
}


def entry(name: str, **more: Any) -> dict[str, Any]:
    return {"name": name, "model": name, "details": {"family": "llama", "families": None}, **more}


@pytest.fixture
def nobody() -> LocalServers:
    """Addresses on which nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    address = f"http://127.0.0.1:{port}"
    return LocalServers(ollama=address, lm_studio=address, llama_cpp=address)


def at(nobody: LocalServers, **urls: str) -> LocalServers:
    known = {name: getattr(nobody, name) for name in ("ollama", "lm_studio", "llama_cpp")}
    return LocalServers(**{**known, **urls})


def test_nobody_is_nobody(nobody: LocalServers) -> None:
    assert found(nobody) is None
    assert language_model("auto", servers=nobody) is None


def test_ollama_is_taken_by_a_model_that_writes_and_is_here(nobody: LocalServers) -> None:
    models = [
        entry("nomic-embed-text"),
        entry("all", details={"family": "bert", "families": ["bert"]}),
        entry("vectors", capabilities=["embedding"]),
        entry("big-cloud", remote_host="https://ollama.com"),
        entry("llama3.1:8b", capabilities=["completion", "tools"]),
    ]
    with fixed_server({"/api/tags": {"models": models}}) as url:
        model = language_model("auto", servers=at(nobody, ollama=url))
    assert model is not None
    assert model.name == "ollama:llama3.1:8b"


def test_lm_studio_is_taken_by_the_model_that_is_loaded(nobody: LocalServers) -> None:
    models = [
        {"id": "text-embedding-nomic", "type": "embeddings", "state": "loaded"},
        {"id": "cold", "type": "llm", "state": "not-loaded"},
        {"id": "warm", "type": "vlm", "state": "loaded", "loaded_context_length": 16384},
    ]
    with fixed_server({"/api/v0/models": {"object": "list", "data": models}}) as url:
        model = language_model("auto", servers=at(nobody, lm_studio=url))
    assert model is not None
    assert (model.name, model.context_window) == (f"{url}/v1#warm", 16384)


def lm_studio(key: str, *loaded: tuple[str, int], kind: str = "llm") -> dict[str, Any]:
    instances = [{"id": name, "config": {"context_length": size}} for name, size in loaded]
    return {"key": key, "type": kind, "loaded_instances": instances, "max_context_length": 131072}


@pytest.mark.parametrize(
    ("models", "name", "window"),
    [
        (
            [
                lm_studio("text-embedding-nomic", ("nomic", 2048), kind="embedding"),
                lm_studio("cold"),
                lm_studio("qwen/qwen3-4b", ("mine", 16384), ("mine:2", 4096)),
            ],
            "mine",
            16384,
        ),
        ([lm_studio("cold")], "cold", 8192),
    ],
    ids=["loaded", "not loaded"],
)
def test_a_newer_lm_studio_is_asked_as_it_wants_to_be(
    nobody: LocalServers, models: list[dict[str, Any]], name: str, window: int
) -> None:
    older = {"data": [{"id": "older", "type": "llm", "state": "loaded"}]}
    answers = {"/api/v1/models": {"models": models}, "/api/v0/models": older}
    with fixed_server(answers) as url:
        model = language_model("auto", servers=at(nobody, lm_studio=url))
    assert model is not None
    assert (model.name, model.context_window) == (f"{url}/v1#{name}", window)


def test_llama_cpp_is_taken_with_its_context(nobody: LocalServers) -> None:
    props = {"default_generation_settings": {"n_ctx": 4096}, "model_path": "/m/qwen.gguf"}
    with fixed_server({"/props": props}) as url:
        model = language_model("auto", servers=at(nobody, llama_cpp=url))
    assert model is not None
    assert (model.name, model.context_window) == (f"{url}/v1#qwen.gguf", 4096)


def routed(name: str, status: str, **more: Any) -> dict[str, Any]:
    return {"id": name, "object": "model", "status": {"value": status}, **more}


FAILED = {"status": {"value": "unloaded", "failed": True, "exit_code": 1}}
DECIDES = {"architecture": {"output_modalities": ["decisions"]}}


@pytest.mark.parametrize(
    ("props", "models", "expected"),
    [
        (
            ROUTER,
            [
                routed("cold", "unloaded"),
                routed("bge-small", "loaded"),
                routed("warm", "loaded", meta={"n_ctx": 16384}),
            ],
            ("warm", 16384),
        ),
        (ROUTER, [routed("cold", "unloaded"), routed("asleep", "sleeping")], ("asleep", 8192)),
        (
            ROUTER,
            [
                {**routed("bad", "unloaded"), **FAILED},
                routed("away", "downloading"),
                {**routed("judge", "unloaded"), **DECIDES},
                routed("cold", "unloaded"),
            ],
            ("cold", 8192),
        ),
        ({**ROUTER, "models_autoload": False}, [routed("cold", "unloaded")], None),
        (ROUTER, [], None),
    ],
    ids=["loaded", "asleep", "not loaded", "would not be loaded", "none"],
)
def test_a_llama_cpp_that_serves_several_models_is_asked_for_one_of_them(
    nobody: LocalServers,
    props: dict[str, Any],
    models: list[dict[str, Any]],
    expected: tuple[str, int] | None,
) -> None:
    with fixed_server({"/props": props, "/v1/models": {"data": models}}) as url:
        model = language_model("auto", servers=at(nobody, llama_cpp=url))
    if expected is None:
        assert model is None
    else:
        assert model is not None
        assert (model.name, model.context_window) == (f"{url}/v1#{expected[0]}", expected[1])


@pytest.mark.parametrize(
    "answers",
    [
        PAGE,
        {path: {"status": "ok"} for path in PAGE},
        {"/api/tags": {"models": "many"}, "/api/v0/models": {"data": [1]}, "/props": {"a": 1}},
        {"/api/tags": {"models": [{"name": 5, "details": {}}]}},
        {"/api/v1/models": {"models": [{"key": "m", "type": "llm", "loaded_instances": 1}]}},
        {"/props": ROUTER, "/v1/models": {"data": [{"id": "m", "object": "model"}]}},
        {"/props": ROUTER, "/v1/models": {"data": [{"id": 5, "status": {"value": "loaded"}}]}},
    ],
    ids=["html", "json", "other shapes", "wrong types", "instances", "no status", "no name"],
)
def test_any_other_web_server_is_left_alone(nobody: LocalServers, answers: dict[str, Any]) -> None:
    with fixed_server(answers) as url:
        assert found(LocalServers(ollama=url, lm_studio=url, llama_cpp=url)) is None


def test_all_together_get_a_fifth_of_a_second(nobody: LocalServers) -> None:
    with fixed_server(PAGE, delay=0.6) as slow:
        started = time.perf_counter()
        assert found(LocalServers(ollama=slow, lm_studio=slow, llama_cpp=slow)) is None
        assert time.perf_counter() - started < 0.5


def test_proxies_are_not_asked(nobody: LocalServers, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", nobody.ollama)
    monkeypatch.setenv("http_proxy", nobody.ollama)
    with ollama_server(lambda _: "It burned.") as server:
        model = language_model(f"{server.url}/v1#m")
        assert model is not None
        with fixed_server({"/api/tags": {"models": [entry("m")]}}) as url:
            assert found(at(nobody, ollama=url)) is not None
