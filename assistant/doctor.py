"""What is installed and configured, what is wrong with it, and how to mend that."""

from __future__ import annotations

import platform
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from assistant.config import Settings
from index.errors import AssistantError, LibraryError
from index.vectors import VECTORS

if TYPE_CHECKING:
    from assistant.llms import LanguageModel
    from index.library import Library

Level = Literal["ok", "note", "problem"]

_PACKAGES = ("llama-index-core", "chromadb", "sentence-transformers", "torch", "gradio")
_LITTLE = 500 * 2**20  # bytes: 2,225 articles take about 40 MB, and SQLite needs room to work
_GIB = 2**30
_REINDEX = "`assistant reindex` rebuilds the search indexes."


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at; `mend` says what to do about it, where something is to be done."""

    level: Level
    what: str
    mend: str = ""


def examine(settings: Settings) -> Iterator[Finding]:
    """Look at everything that a question depends on, and tell of each thing as it is seen."""
    yield from _versions()
    yield from _disk(settings.library)
    yield from _library(settings)
    yield model_finding(settings)


def _versions() -> Iterator[Finding]:
    from assistant import __version__

    system = f"{platform.system()} {platform.machine()}"
    yield Finding(
        "ok", f"article-assistant {__version__}, Python {platform.python_version()}, {system}"
    )
    found = []
    for name in _PACKAGES:
        try:
            found.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            yield Finding(
                "problem", f"The package {name} is not installed.", f"`pip install {name}`"
            )
    yield Finding("ok", ", ".join(found))


def _disk(folder: Path) -> Iterator[Finding]:
    """Whether the library's folder, or the nearest one above it, can be written to and has room."""
    standing = next(place for place in (folder, *folder.absolute().parents) if place.is_dir())
    try:
        with tempfile.TemporaryFile(dir=standing):
            pass
    except OSError as error:
        yield Finding(
            "problem",
            f"Nothing can be written in {standing}: {error.strerror}.",
            "Choose another folder with --library or ASSISTANT_LIBRARY, or change its rights.",
        )
    free = shutil.disk_usage(standing).free
    room = f"{free / _GIB:,.1f} GiB are free where the library lives"
    if free < _LITTLE:
        yield Finding("problem", f"Only {room}.", "Free some space, or move the library.")
    else:
        yield Finding("ok", room)


def _library(settings: Settings) -> Iterator[Finding]:
    """Whether the library is sound, and can be searched with its embedding model."""
    from assistant.libraries import open_library

    told: list[str] = []
    try:
        with open_library(settings.library, settings, None, told.append) as library:
            yield _contents(library)
            server = list(_server(library, settings)) if settings.chroma != "local" else []
            yield from server
            problems = library.check() if len(library) else ()  # it would make a folder
            for problem in problems:
                of_vectors = problem.startswith(VECTORS)
                if not (of_vectors and any(found.level == "problem" for found in server)):
                    yield Finding("problem", problem, _mend(settings) if of_vectors else _REINDEX)
            made = settings.chroma != "local" or (library.path / "chroma").exists()
            if len(library) and not made:
                yield Finding("ok", "The vector index is made at the first question")
            if problems or not made:  # searching would mend that behind the reader's back
                library.embedder.embed(["Do the articles tell?"], query=True)
            else:
                library.warm_up()
            yield Finding("ok", f"The embedding model {library.embedder.name} works")
    except AssistantError as error:
        yield _problem(error)
    for line in told:
        yield Finding("note", line)


def _server(library: Library, settings: Settings) -> Iterator[Finding]:
    """Whether the Chroma server answers, and whether it holds the library."""
    from index.chroma.server_view import look_at_server

    address = settings.chroma_address
    try:
        seen = look_at_server(library.store, address)
    except LibraryError as error:
        yield _problem(error)
        return
    yield Finding(
        "ok",
        f"{address} answers in {seen.seconds * 1000:,.0f} ms: Chroma, version {seen.version}",
    )
    if not seen.passages:
        return
    if seen.held is None:
        yield Finding("note", "It does not hold this library yet", _mend(settings))
    else:
        yield Finding("ok", f"It holds {seen.held:,} of the library's {seen.passages:,} passages")


def _mend(settings: Settings) -> str:
    if settings.chroma == "local":
        return _REINDEX
    return f"`assistant move --to {settings.chroma}` brings the server's index up to date."


def _contents(library: Library) -> Finding:
    stats = library.stats()
    if not stats.articles:
        return Finding(
            "note",
            f"The library {library.path} is empty.",
            "`assistant add PATH` fills it; until then the bundled samples answer.",
        )
    size = stats.bytes / 2**20
    return Finding(
        "ok",
        f"The library {library.path}: articles {stats.articles:,}, passages {stats.passages:,}, "
        f"{size:,.1f} MiB, embedded by {stats.embedding}",
    )


def _problem(error: AssistantError) -> Finding:
    return Finding("problem", error.message, error.hint)


def model_finding(settings: Settings) -> Finding:
    """Whether the language model answers, where one is configured or found."""
    from assistant.llms import language_model

    try:
        model = language_model(settings.llm, settings.access)
        if model is None:
            none = "runs on this computer" if settings.llm == "auto" else "is configured"
            return Finding("ok", f"The built-in reader answers; no language model {none}")
        return _tried(model)
    except AssistantError as error:
        return _problem(error)


def _tried(model: LanguageModel) -> Finding:
    """How soon a model begins to answer; two pieces tell whether it streams, no more is read."""
    started = time.perf_counter()
    with closing(model.stream("You are being tried out.", "Count to five, in words.")) as pieces:
        next(pieces)
        first = time.perf_counter() - started
        streams = next(pieces, None) is not None
    how = "streaming works" if streams else "its reply comes in one piece"
    return Finding(
        "ok",
        f"The language model {model.name} answers: first words after {first:,.1f} s, {how}, "
        f"context of {model.context_window:,} tokens",
    )
