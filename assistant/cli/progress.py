"""A progress bar on stderr with counts and time left, silent when nobody watches."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from assistant.cli.output import console

if TYPE_CHECKING:
    from rich.progress import Progress as RichProgress
    from rich.progress import TaskID


class Bar:
    """One bar; without `rich_bar` it shows nothing."""

    def __init__(self, rich_bar: RichProgress | None = None, task: TaskID | None = None) -> None:
        self._bar = rich_bar
        self._task = task
        self._first: float | None = None  # when the first step was shown
        self._base = (0, 0.0)  # how much was done when the rate begins to be taken

    def show(self, done: int, total: int) -> None:
        """Show that `done` of `total` steps are behind us."""
        if self._bar is not None and self._task is not None:
            before, began = self._begun(done)
            left = time_left(done - before, total - before, time.monotonic() - began)
            self._bar.update(self._task, completed=done, total=total, left=left)

    def _begun(self, done: int) -> tuple[int, float]:
        """How much was done when what took longer than the first second began.

        What an earlier run had done, and the loading of models, say nothing of the rest; and
        steps come many at a time.
        """
        now = time.monotonic()
        if self._first is None:
            self._first = now
        if now - self._first < 1:
            self._base = (done, now)
        return self._base


@contextmanager
def progress_bar(doing: str) -> Iterator[Bar]:
    """A bar that says what is being done, and is gone when it is done."""
    screen = console(stderr=True)
    if not screen.is_terminal or screen.is_dumb_terminal:
        yield Bar()
        return
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    with Progress(
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[left]}", markup=False),
        console=screen,
        transient=True,
    ) as bar:
        yield Bar(bar, bar.add_task(doing, total=None, left=""))


def time_left(done: int, total: int, elapsed: float) -> str:
    """How long the rest should take if it goes as what is done did; empty before there is any.

    rich's own column looks at the last steps alone: articles are done many at a time, and just
    after the first of them it promises the end within a second.
    """
    if not 0 < done < total or elapsed < 1:
        return ""
    minutes, seconds = divmod(math.ceil(elapsed * (total - done) / done), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours} h {minutes:02} min left"
    return f"{minutes} min {seconds:02} s left" if minutes else f"{seconds} s left"
