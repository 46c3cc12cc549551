"""A progress bar on stderr with counts and time left, silent when nobody watches."""

from __future__ import annotations

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

    def show(self, done: int, total: int) -> None:
        """Show that `done` of `total` steps are behind us."""
        if self._bar is not None and self._task is not None:
            self._bar.update(self._task, completed=done, total=total)


@contextmanager
def progress_bar(doing: str) -> Iterator[Bar]:
    """A bar that says what is being done, and is gone when it is done."""
    screen = console(stderr=True)
    if not screen.is_terminal or screen.is_dumb_terminal:
        yield Bar()
        return
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
    from rich.progress import TimeRemainingColumn as TimeLeftColumn

    with Progress(
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        MofNCompleteColumn(),
        TimeLeftColumn(),
        TextColumn("left", markup=False),
        console=screen,
        transient=True,
    ) as bar:
        yield Bar(bar, bar.add_task(doing, total=None))
