"""A folder that is mirrored for as long as the page is served."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from index.errors import AssistantError

if TYPE_CHECKING:
    from index.library import Library


@contextmanager
def mirrored(library: Library, folder: Path) -> Iterator[None]:
    """Mirror a folder into the library meanwhile; what fails is a line on stderr."""
    from index.watching import Watched, watch

    stop = threading.Event()

    def tell(error: AssistantError) -> None:
        sys.stderr.write(f"watching {folder}: {error}\n")

    def run() -> None:
        try:
            watch(
                library,
                Watched(folder=folder),
                stop=stop,
                on_report=lambda _: None,  # the page's own line counts the articles
                on_failure=tell,
            )
        except AssistantError as error:
            tell(error)

    thread = threading.Thread(target=run, name="watching")
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()
