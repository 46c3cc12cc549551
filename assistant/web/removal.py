"""Removing articles from the page, their uploaded files with them, so that it can be undone."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from index.catalogue import holds_file
from index.files import file_key
from index.undoing import Taken

if TYPE_CHECKING:
    from index.library import Library


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptFile:
    """A file of the uploads that went with its last article."""

    path: Path
    content: bytes = field(repr=False)
    modified: int  # nanoseconds


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Removed:
    """Articles that were removed and can be brought back, as long as this is kept."""

    taken: tuple[Taken, ...]
    files: tuple[KeptFile, ...]

    @property
    def titles(self) -> tuple[str, ...]:
        """The headlines of the articles."""
        return tuple(one.article.title for one in self.taken)


def take_out(library: Library, ids: Sequence[str]) -> Removed:
    """Remove articles by id; nothing of them stays on the disk but in files of the reader's own."""
    taken = library.take_out(ids)
    return Removed(taken=taken, files=tuple(_let_go(library, taken)))


def put_back(library: Library, removed: Removed) -> None:
    """Bring removed articles back as they were, and their files."""
    for one in removed.files:
        with suppress(OSError):  # the article is worth more than its file
            with one.path.open("xb") as file:
                file.write(one.content)
            os.utime(one.path, ns=(one.modified, one.modified))
    library.put_back(removed.taken)


def _let_go(library: Library, taken: Sequence[Taken]) -> Iterator[KeptFile]:
    """Delete the uploaded files that no article is from any more."""
    folder = (library.path / "uploads").resolve()
    keys = {place.path for one in taken for place in one.article.appearances if place.path}
    for path in sorted({Path(file_key(key)) for key in keys}):
        if path.parent != folder or holds_file(library, path):
            continue
        with suppress(OSError):  # gone already, or not ours to delete
            kept = KeptFile(path=path, content=path.read_bytes(), modified=path.stat().st_mtime_ns)
            path.unlink()
            yield kept
