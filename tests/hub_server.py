"""A server on loopback from which models are downloaded as from the Hugging Face Hub."""

from __future__ import annotations

import hashlib
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import unquote, urlsplit

from ollama_server import Quiet, running

_COMMIT = "0" * 39 + "1"
_PIECES = 8  # that a file is sent in


@dataclass
class Hub:
    """The `models` by their names, each a folder of files; `pause`: seconds between two pieces."""

    models: dict[str, Path]
    pause: float = 0.0
    asked: list[str] = field(default_factory=list)  # method and path of each request
    lock: threading.Lock = field(default_factory=threading.Lock)
    url: str = ""


class _Handler(Quiet):
    hub: Hub

    def do_HEAD(self) -> None:
        self.answer()

    def do_GET(self) -> None:
        self.answer()

    def answer(self) -> None:
        path = unquote(urlsplit(self.path).path)
        with self.hub.lock:
            self.hub.asked.append(f"{self.command} {path}")
        for name, folder in self.hub.models.items():
            if path.startswith(f"/api/models/{name}/tree/"):  # of a folder, which none has
                self.send_whole(200, b"[]")
                return
            if path.startswith(f"/api/models/{name}"):
                files = [{"rfilename": file.name} for file in sorted(folder.iterdir())]
                about = {"id": name, "modelId": name, "sha": _COMMIT, "siblings": files}
                self.send_whole(200, json.dumps(about).encode())
                return
            prefix = f"/{name}/resolve/"
            file = folder / path.removeprefix(prefix).partition("/")[2]
            if path.startswith(prefix) and file.is_file():
                self.send_file(file)
                return
        self.refuse("EntryNotFound" if "/resolve/" in path else "RepoNotFound")

    def refuse(self, code: str) -> None:
        self.send_response(404)
        self.send_header("X-Error-Code", code)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def send_file(self, file: Path) -> None:
        data = file.read_bytes()
        self.send_response(200)
        self.send_header("X-Repo-Commit", _COMMIT)
        self.send_header("ETag", f'"{hashlib.sha1(data).hexdigest()}"')
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        if self.command == "HEAD":
            return
        size = -(-len(data) // _PIECES)
        for start in range(0, len(data), size):
            self.wfile.write(data[start : start + size])
            self.wfile.flush()
            time.sleep(self.hub.pause)


@contextmanager
def hub_server(models: dict[str, Path], **options: float) -> Iterator[Hub]:
    """A running server; `options` are Hub's."""
    hub = Hub(models, **options)  # type: ignore[arg-type]
    with running(type("Handler", (_Handler,), {"hub": hub})) as url:
        hub.url = url
        yield hub
