"""`assistant sync FOLDER --watch`: a line for each change, until Ctrl-C."""

from __future__ import annotations

import threading
from datetime import datetime
from typing import TYPE_CHECKING

from assistant.cli.output import counted, note, one_line, say
from assistant.cli.reports import summary, tell_report
from index.watching import Watched, watch

if TYPE_CHECKING:
    from index.errors import AssistantError
    from index.library import Library
    from index.types import Report


def watch_folder(library: Library, watched: Watched) -> None:
    """Watch until the user presses Ctrl-C, which is how it is meant to end."""
    begun = False

    def report(found: Report) -> None:
        nonlocal begun
        if begun:
            note(f"{datetime.now():%H:%M:%S}  {summary(found)}")
            return
        begun = True
        tell_report(found, as_json=False)
        note(f"Watching {one_line(str(watched.folder))}; Ctrl-C ends it.")

    def failure(error: AssistantError) -> None:
        note(f"{datetime.now():%H:%M:%S}  {one_line(f'{error.message} {error.hint}')}")

    try:
        watch(library, watched, stop=threading.Event(), on_report=report, on_failure=failure)
    except KeyboardInterrupt:
        say(f"Ended; the library holds {counted(len(library), 'article')}.")
