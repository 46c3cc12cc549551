"""Which library a question is asked of: one by path, one made of given articles, or the samples."""

from __future__ import annotations

import hashlib
import shutil
import tempfile
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from importlib.resources import as_file, files
from pathlib import Path
from typing import TYPE_CHECKING

from assistant.config import Settings
from index.embedding import embedder_for
from index.errors import InvalidOption, LibraryLocked, PathUnusable
from index.library import Library
from index.locks import exclusive
from index.types import Article, Verdict

if TYPE_CHECKING:
    from llama_index.core.base.embeddings.base import BaseEmbedding

Articles = str | Path | Article | Iterable[str | Path | Article]
_KEPT = 16  # libraries of given articles that are kept; the one unused for longest goes first
_IN_USE = 86_400.0  # seconds after which an opened one may go: somebody may still be asking it


def open_library(
    path: Path,
    settings: Settings,
    embedding: str | BaseEmbedding | None,
    on_notice: Callable[[str], None],
) -> Library:
    """The library in a folder, as the settings want it.

    The settings' embedding model is for a library without articles: one that has some keeps its
    own, so that a changed setting does not lock its owner out.
    """
    if embedding is None and settings.embedding is not None:
        with Library(path) as present:
            embedding = None if len(present) else settings.embedding
    return Library(
        path,
        embedding=embedding,
        chroma=settings.chroma_address,
        lock_wait=settings.lock_wait,
        on_notice=on_notice,
    )


def library_of(
    articles: Articles,
    settings: Settings,
    embedding: str | BaseEmbedding | None,
    on_notice: Callable[[str], None],
) -> Library:
    """A library of just these files, folders and articles, kept so that it is made only once.

    It lives in the cache folder under a name made of what was given; a file that has changed
    since is read anew. Raises PathUnusable for a path without articles.
    """
    wanted = [articles] if isinstance(articles, str | Path | Article) else list(articles)
    for item in wanted:
        if not isinstance(item, str | Path | Article):
            raise InvalidOption(
                f"articles holds {item!r}.", "Give paths, Articles, or several of them."
            )
    if not wanted:
        raise InvalidOption("articles is empty.", "Give a path or an Article, or leave it out.")
    folder = _cache_folder(settings) / "asked"
    library = open_library(
        folder / _key(wanted, embedding or settings.embedding),
        _here(settings),
        embedding,
        on_notice,
    )
    _forget_oldest(folder, keep=library.path)
    objects = [item for item in wanted if isinstance(item, Article)]
    if objects:
        _refuse_skipped(library.add(objects).skipped)
    for item in wanted:
        if not isinstance(item, Article):
            _bring_up_to_date(library, Path(item).expanduser(), on_notice)
    return library


def samples_library(
    settings: Settings,
    embedding: str | BaseEmbedding | None,
    on_notice: Callable[[str], None],
) -> Library:
    """The library of the bundled sample articles, made in the cache folder on first use."""
    with as_file(files("assistant") / "samples") as folder:
        digest = hashlib.sha256()
        for file in sorted(folder.glob("*.md")):
            digest.update(file.read_bytes())
        key = f"samples-{digest.hexdigest()[:12]}-{_model_key(embedding or settings.embedding)}"
        library = open_library(_cache_folder(settings) / key, _here(settings), embedding, on_notice)
        if not len(library):
            library.add(folder)
        return library


def _bring_up_to_date(library: Library, path: Path, on_notice: Callable[[str], None]) -> None:
    if not path.is_dir():
        # An answer from what it held before would be one that the file does not give.
        _refuse_skipped(library.add(path).skipped)
        return
    skipped = library.sync(path).skipped
    if not len(library):
        _refuse_skipped(skipped)
    for verdict in skipped:
        on_notice(f"{verdict.label!r} was left out: {verdict.reason}")


def _refuse_skipped(skipped: Sequence[Verdict]) -> None:
    """When what was asked about cannot be read, say why instead of not finding it."""
    if skipped:
        raise PathUnusable(
            f"{skipped[0].path!r} cannot be asked about: {skipped[0].reason}",
            "Give an article that can be read.",
        )


def _key(wanted: Sequence[str | Path | Article], embedding: str | BaseEmbedding | None) -> str:
    parts = [
        f"article {item.id} {item.title}"
        if isinstance(item, Article)
        else f"path {Path(item).expanduser().absolute()}"
        for item in wanted
    ]
    joined = "\n".join([*sorted(parts), _model_key(embedding)])
    return hashlib.sha256(joined.encode("utf-8", "surrogateescape")).hexdigest()[:20]


def _model_key(embedding: str | BaseEmbedding | None) -> str:
    if embedding is None:
        return "bundled"
    name = embedder_for(embedding).fingerprint
    return hashlib.sha256(name.encode()).hexdigest()[:8]


def _here(settings: Settings) -> Settings:
    """Settings that keep a cached library's index in its folder, and go with that when it goes."""
    return replace(settings, chroma="local")


def _cache_folder(settings: Settings) -> Path:
    """The user's cache folder, or a temporary one where that cannot be written."""
    try:
        settings.cache.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=settings.cache):
            return settings.cache
    except OSError:
        return Path(tempfile.mkdtemp(prefix="article-assistant-"))


def _forget_oldest(folder: Path, *, keep: Path) -> None:
    """Remove the libraries opened longest ago beyond the number kept, but none of today."""
    keep.mkdir(parents=True, exist_ok=True)
    keep.touch()
    ages = sorted(folder.iterdir(), key=lambda path: path.stat().st_mtime, reverse=True)
    for old in ages[_KEPT:]:
        if time.time() - old.stat().st_mtime < _IN_USE:
            continue
        try:
            with exclusive(old / "write.lock", wait=0):
                shutil.rmtree(old, ignore_errors=True)
        except LibraryLocked:
            continue
