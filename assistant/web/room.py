"""What every part of the page shares: the assistant, what is kept, and whether it is ready."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

from assistant.conversations import Conversations
from index.errors import AssistantError

if TYPE_CHECKING:
    import gradio as gr

    from assistant.assistant import Assistant

Shown = tuple[Any, ...]  # one update for each output of an event
# Events that only the page itself calls, and that show no spinner of Gradio's over its parts.
QUIET: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}


_AT_ONCE = 4  # calls of programs that are worked on; the others wait their turn


class Room:
    """One served page: `samples` says whether the bundled samples answer for an empty library.

    `personal` says that whoever reaches the page is the one who started it, `signed_in` that
    everybody who does has said who they are. `line` is where the calls of other programs wait, so
    that they leave the page room to answer.
    """

    def __init__(
        self, assistant: Assistant, *, samples: bool, personal: bool = True, signed_in: bool = False
    ) -> None:
        from anyio import Semaphore

        self.assistant = assistant
        self.line = Semaphore(_AT_ONCE)
        self.samples = samples
        self.personal = personal
        self.signed_in = signed_in
        self.conversations = Conversations(assistant.library.path)
        self.warm = threading.Event()

    def warm_up(self) -> None:
        """Load the models, so that the first question does not wait; the page is usable before."""
        try:
            self.assistant.warm_up()
        except AssistantError:
            pass  # the first question meets the same failure, and shows it where it is read
        finally:
            self.warm.set()


def owner_of(request: gr.Request) -> str:
    """Who is asking: the name of a login, "" where there is none."""
    return getattr(request, "username", None) or ""


def page_of(request: gr.Request) -> str:
    """Which open page is asking."""
    return getattr(request, "session_hash", None) or ""


def unforeseen() -> AssistantError:
    """What is shown for a failure that nobody foresaw."""
    return AssistantError("Something went wrong here.", "The terminal of the page tells more.")
