"""Answers that are being made, one for each open page, and how a reader ends them.

Gradio can cancel an event by itself, but loses the next one where that follows at once; and it
cannot end one that waits for a model.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Generator

    from assistant.types import Event

_LOOK = 0.05  # seconds between two looks whether the reader has stopped it
_WAIT = 2.0  # seconds that what takes an answer's place waits for it to end


class Running:
    """One answer that is being made: `halted` once it is to end, `quietly` if without a word."""

    def __init__(self) -> None:
        self.halted = threading.Event()
        self.ended = threading.Event()
        self.quietly = False

    def pulled(self, events: Generator[Event]) -> Generator[Event]:
        """The events of a stream, until they end or the reader ends them, even while none comes.

        They are made in a thread of their own, which closes the stream after its next event.
        """
        made: queue.SimpleQueue[Event | Exception | None] = queue.SimpleQueue()

        def make() -> None:
            try:
                with closing(events):
                    for event in events:
                        made.put(event)
                        if self.halted.is_set():
                            return
                made.put(None)
            except Exception as error:  # noqa: BLE001 - raised below, where it is waited for
                made.put(error)

        threading.Thread(target=make, name="answering", daemon=True).start()
        try:
            while not self.halted.is_set():
                try:
                    event = made.get(timeout=_LOOK)
                except queue.Empty:
                    continue
                if event is None:
                    return
                if isinstance(event, Exception):
                    raise event
                yield event
        finally:  # nobody waits any more, perhaps because the page was closed
            self.halted.set()


class Answers:
    """The answers under way, by the page that asked; safe to use from several threads."""

    def __init__(self) -> None:
        self._running: dict[str, Running] = {}

    @contextmanager
    def running(self, page: str) -> Iterator[Running]:
        """A new answer of a page, for as long as it is made."""
        one = Running()
        self._running[page] = one
        try:
            yield one
        finally:
            one.ended.set()
            if self._running.get(page) is one:
                del self._running[page]

    def stop(self, page: str) -> None:
        """End the page's answer, which then says that it was stopped."""
        if one := self._running.get(page):
            one.halted.set()

    def leave(self, page: str) -> None:
        """End the page's answer without a word, and wait for that: something takes its place."""
        if one := self._running.get(page):
            one.quietly = True
            one.halted.set()
            one.ended.wait(_WAIT)
