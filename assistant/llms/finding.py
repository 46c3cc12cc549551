"""The model server that runs on this computer, where one says by its own endpoint that it is one.

All are asked side by side and get a fifth of a second together. The answers are of the shape that
each program has of its own, because any web server may listen on these ports.
"""

from __future__ import annotations

import contextlib
import http.client
import json
import queue
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any
from urllib.parse import urlsplit

_PATIENCE = 0.2  # seconds, for all of them together
_MOST = 2**20  # bytes of an answer
_EMBEDS = ("embed", "bge-", "minilm", "e5-", "gte-", "rerank")


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalServers:
    """Where the programs that run models on this computer listen when nobody says otherwise."""

    ollama: str = "http://127.0.0.1:11434"
    lm_studio: str = "http://127.0.0.1:1234"
    llama_cpp: str = "http://127.0.0.1:8080"


@dataclass(frozen=True, slots=True)
class Found:
    """A model and the server that runs it; `window` is its context in tokens, where it is told."""

    program: str
    server: str
    model: str
    window: int | None = None


def found(servers: LocalServers) -> Found | None:
    """The first of Ollama, LM Studio and llama.cpp that has a model to answer with."""
    asked: tuple[tuple[str, Callable[[str], Found | None]], ...] = (
        (servers.ollama, _ollama),
        (servers.lm_studio, _lm_studio),
        (servers.lm_studio, _older_lm_studio),
        (servers.llama_cpp, _llama_cpp),
    )
    told: queue.SimpleQueue[tuple[int, Found | None]] = queue.SimpleQueue()

    def ask(number: int) -> None:
        server, look = asked[number]
        result = None
        with contextlib.suppress(TypeError, KeyError, AttributeError, IndexError):  # other shapes
            result = look(server)
        told.put((number, result))

    for number in range(len(asked)):
        # Not a pool, which the end of the program would wait for.
        threading.Thread(target=ask, args=(number,), name="find-model", daemon=True).start()
    ends = time.monotonic() + _PATIENCE
    results: dict[int, Found | None] = {}
    while len(results) < len(asked):
        try:
            number, result = told.get(timeout=max(0.0, ends - time.monotonic()))
        except queue.Empty:
            break
        results[number] = result
    return next((results[n] for n in sorted(results) if results[n] is not None), None)


def _ollama(server: str) -> Found | None:
    for entry in _got(server, "/api/tags")["models"]:
        families = entry["details"].get("families") or [entry["details"].get("family") or ""]
        able = entry.get("capabilities")
        writes = "completion" in able if able else not any("bert" in name for name in families)
        # Ollama lists models of its cloud as well; those are for who names them.
        away = entry.get("remote_host") or entry["name"].endswith(("-cloud", ":cloud"))
        if writes and not away and not _embeds(entry["name"]):
            return Found("Ollama", server, entry["name"])
    return None


def _lm_studio(server: str) -> Found | None:
    models = _got(server, "/api/v1/models")["models"]
    able = [entry for entry in models if entry["type"] == "llm" and not _embeds(entry["key"])]
    for entry in able:
        for instance in entry["loaded_instances"]:
            # By the model's own name another instance of it could be loaded.
            return Found("LM Studio", server, instance["id"], instance["config"]["context_length"])
    for entry in able:  # one that is not loaded is, when it is asked
        return Found("LM Studio", server, entry["key"])
    return None


def _older_lm_studio(server: str) -> Found | None:
    """LM Studio before 0.4, which does not know the newer path."""
    models = _got(server, "/api/v0/models")["data"]
    able = [entry for entry in models if entry["type"] in {"llm", "vlm"}]
    loaded = [entry for entry in able if entry.get("state") == "loaded"]
    for entry in loaded or able:
        if not _embeds(entry["id"]):
            return Found("LM Studio", server, entry["id"], entry.get("loaded_context_length"))
    return None


def _llama_cpp(server: str) -> Found | None:
    properties = _got(server, "/props")
    if properties.get("role") == "router":
        return _routed(server, loads=properties.get("models_autoload", True))
    window = properties["default_generation_settings"]["n_ctx"]
    path = properties.get("model_alias") or properties["model_path"]
    model = PurePath(path).name
    if not isinstance(window, int) or not model or _embeds(model):
        return None
    return Found("llama.cpp", server, model, window)


def _routed(server: str, *, loads: bool) -> Found | None:
    """A model of the llama.cpp that was started without one, and `loads` those that are asked."""
    ready, others = [], []
    for entry in _got(server, "/v1/models")["data"]:
        status, made = entry["status"], entry.get("architecture") or {}
        if _embeds(entry["id"]) or "text" not in made.get("output_modalities", ("text",)):
            continue
        if status["value"] in {"loaded", "sleeping"}:
            ready.append(entry)
        elif loads and status["value"] == "unloaded" and not status.get("failed"):
            others.append(entry)
    for entry in ready or others:
        window = (entry.get("meta") or {}).get("n_ctx")
        return Found("llama.cpp", server, entry["id"], window)
    return None


def _embeds(model: str) -> bool:
    return any(name in model.lower() for name in _EMBEDS)


def _got(server: str, path: str) -> dict[str, Any]:
    """A JSON object that a server on loopback answers with; empty where there is none.

    http.client knows nothing of proxies and follows no redirect.
    """
    parts = urlsplit(server)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=_PATIENCE)
    try:
        connection.request("GET", path, headers={"Accept": "application/json"})
        response = connection.getresponse()
        body = json.loads(response.read(_MOST)) if response.status == http.HTTPStatus.OK else {}
    except (OSError, http.client.HTTPException, ValueError):
        return {}  # nobody is there, or somebody else
    finally:
        connection.close()
    return body if isinstance(body, dict) else {}
