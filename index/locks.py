"""File locks between processes: one writer at a time, and who it is."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import portalocker

from index.errors import LibraryLocked

_POLL = 0.05  # seconds between two tries at a lock that is held


def _try_lock(handle: IO[str], flags: portalocker.LockFlags) -> bool:
    try:
        portalocker.lock(handle, flags | portalocker.LockFlags.NON_BLOCKING)
    except (portalocker.LockException, BlockingIOError):
        return False
    return True


@contextmanager
def exclusive(path: Path, *, wait: float) -> Iterator[None]:
    """Hold the lock file `path` alone; it names its holder's process id.

    Waits at most `wait` seconds, then raises LibraryLocked. The lock is the operating system's:
    it ends with its process, however that dies, and holds between threads of one process too.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a+", encoding="ascii", errors="replace") as handle:
        deadline = time.monotonic() + wait
        while not _try_lock(handle, portalocker.LockFlags.EXCLUSIVE):
            if time.monotonic() >= deadline:
                raise _locked(handle, path, wait)
            time.sleep(_POLL)
        try:
            handle.seek(0)
            handle.truncate()
            handle.write(str(os.getpid()))
            handle.flush()
            yield
        finally:
            portalocker.unlock(handle)


@contextmanager
def shared(path: Path) -> Iterator[bool]:
    """Hold `path` together with other readers, without waiting.

    Yields False where a writer has it, or where the file may not be written.
    """
    try:
        handle = path.open("a+", encoding="ascii", errors="replace")
    except OSError:
        yield False
        return
    with handle:
        held = _try_lock(handle, portalocker.LockFlags.SHARED)
        try:
            yield held
        finally:
            if held:
                portalocker.unlock(handle)


def _locked(handle: IO[str], path: Path, wait: float) -> LibraryLocked:
    handle.seek(0)
    content = handle.read(20).strip()
    pid = int(content) if content.isdigit() else 0
    holder = f"process {pid}" if pid else "another process"
    return LibraryLocked(
        f"The library {path.parent} is being written by {holder}; waited {wait:g} seconds for it.",
        "Nothing was lost: run the same command again when that process has finished.",
        pid=pid,
    )
