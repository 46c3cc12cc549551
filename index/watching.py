"""Keeping a library in agreement with a folder, and with feeds, for as long as somebody watches."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from index.errors import AssistantError
from index.library import Library
from index.net.online import add_feed
from index.types import Report

EVERY = 900.0  # seconds between two readings of a feed: most ask for no fewer than ten minutes
_LOOK = 1_000  # milliseconds between two looks at the clock while nothing changes
_RETRY = 30.0  # seconds until a failed reading of the folder is tried again


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    """What is watched: a folder to mirror, and feeds to read every so many seconds."""

    folder: Path
    feeds: Sequence[str] = ()
    every: float = EVERY
    allow_private: bool = False


def watch(
    library: Library,
    watched: Watched,
    *,
    stop: threading.Event,
    on_report: Callable[[Report], None],
    on_failure: Callable[[AssistantError], None],
) -> None:
    """Mirror a folder and read feeds until `stop` is set; asking goes on meanwhile.

    `on_report` is told of each reading that brought something. What fails later on, as when a disk
    is unmounted or a server is down, is told to `on_failure` and tried again. Raises what
    `Library.sync` raises when the folder cannot be read to begin with.
    """
    from watchfiles import watch as changes_in

    on_report(library.sync(watched.folder))
    due = dict.fromkeys(watched.feeds, time.monotonic())
    # When the folder is to be read although no change was told: at first, for what changed between
    # the reading above and the beginning of the watch.
    again: float | None = time.monotonic()
    for changes in changes_in(
        watched.folder,
        watch_filter=None,
        stop_event=stop,
        rust_timeout=_LOOK,
        yield_on_timeout=True,
        raise_interrupt=True,
        ignore_permission_denied=True,
    ):
        if changes or (again is not None and time.monotonic() >= again):
            again = None
            try:
                _tell(library.sync(watched.folder), on_report)
            except AssistantError as error:
                on_failure(error)
                again = time.monotonic() + _RETRY
        for feed, when in due.items():
            if time.monotonic() >= when and not stop.is_set():
                due[feed] = time.monotonic() + watched.every
                try:
                    _tell(add_feed(library, feed, allow_private=watched.allow_private), on_report)
                except AssistantError as error:
                    on_failure(error)


def _tell(report: Report, on_report: Callable[[Report], None]) -> None:
    """Tell of a reading, unless everything in it was as before."""
    news = tuple(verdict for verdict in report.verdicts if verdict.status != "unchanged")
    if news:
        on_report(Report(news))
