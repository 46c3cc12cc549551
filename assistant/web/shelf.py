"""The library on the page: how much it holds, and adding to it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from assistant.web import conversation, examples, uploads
from assistant.web.room import QUIET, Room, Shown, part, unforeseen
from assistant.web.talk import Talk
from index.errors import AssistantError

if TYPE_CHECKING:
    import gradio as gr


class Shelf:
    """The library's part of a page; each public method is one event and gives its outputs."""

    def __init__(self, room: Room) -> None:
        self.room = room

    def told(self) -> str:
        """How many articles there are; nothing while the library cannot be read."""
        try:
            return examples.shelf(len(self.room.assistant.library))
        except AssistantError:
            return ""

    def add(self, dropped: Sequence[str]) -> Iterator[Shown]:
        """Drop zone, report and library line, each time a file has its verdict."""
        import gradio as gr

        library = self.room.assistant.library
        for state in uploads.add(library, [Path(path) for path in dropped]):
            yield None, uploads.report(state), gr.skip()
        yield None, gr.skip(), self.told()

    def unadded(self) -> Shown:
        """Drop zone and report after a failure that nobody foresaw."""
        return None, conversation.problem(unforeseen())

    def place(self) -> None:
        """Put the parts where they stand on the page."""
        import gradio as gr

        with gr.Column(elem_id="shelf"):
            self.count = part("count")
            self.drop = gr.File(
                label="Add articles", file_count="multiple", elem_id="drop", height=120
            )
            self.report = part("report")

    def wire(self, blocks: gr.Blocks, talk: Talk) -> None:
        """Connect what is dropped with what it does."""
        added = self.drop.upload(
            self.add,
            self.drop,
            [self.drop, self.report, self.count],
            concurrency_id="add",
            concurrency_limit=1,
            **QUIET,
        )
        added.then(talk.refreshed, talk.turns, talk.talk, **QUIET)
        added.failure(self.unadded, None, [self.drop, self.report], **QUIET)
        blocks.load(self.told, None, self.count, **QUIET)
