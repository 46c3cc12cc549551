"""Earlier conversations on the page: found, opened, renamed, exported, deleted."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from assistant.conversations import Conversation
from assistant.exporting import conversation_json, conversation_markdown
from assistant.rendering import day_line
from assistant.web.conversation import problem
from assistant.web.heard import part, typed
from assistant.web.markup import escape
from assistant.web.room import QUIET, Room, Shown, owner_of, page_of
from assistant.web.talk import free
from index.errors import AssistantError

if TYPE_CHECKING:
    import gradio as gr

    from assistant.web.talk import Talk

_KINDS = {
    "markdown": ("md", "text/markdown", conversation_markdown),
    "json": ("json", "application/json", conversation_json),
}


class History:
    """The list of kept conversations; each public method is one event and gives its outputs."""

    def __init__(self, room: Room) -> None:
        self.room = room

    def listed(self, request: gr.Request, words: str, kept: str) -> str:
        """The list, of those that hold the words; the one on view is marked."""
        try:
            found = self.room.conversations.list(owner_of(request), words or "")
        except AssistantError as error:
            return problem(error)
        return listing(found, kept, searched=bool((words or "").strip()))

    def changed(self, owner: str, what: str, which: str, title: str) -> str:
        """Rename or delete one; what went wrong as HTML, "" where nothing did."""
        try:
            if what == "delete":
                self.room.conversations.delete(owner, which)
            else:
                self.room.conversations.rename(owner, which, title)
        except AssistantError as error:
            return problem(error)
        return ""

    def exported(self, owner: str, which: str, kind: str) -> str:
        """One conversation as a file that the page's script hands to the reader."""
        ending, media, write = _KINDS[kind]
        try:
            conversation = self.room.conversations.get(owner, which)
            text = write(conversation, self.room.conversations.turns(owner, which))
        except AssistantError as error:
            return problem(error)
        name = "".join(c if c.isalnum() else "-" for c in conversation.title)[:60].strip("-")
        return (
            f'<a hidden data-name="{escape(name or "conversation")}.{ending}" '
            f'data-media="{media}" data-text="{escape(text)}"></a>'
        )

    def place(self) -> None:
        """Put the parts where they stand on the page."""
        import gradio as gr

        with gr.Column(elem_id="history"):
            self.find = gr.Textbox(
                label="Search conversations",
                placeholder="Search conversations",
                container=False,
                max_lines=1,
                elem_id="find",
            )
            self.list = part("list", script="history")
            self.outbox = part("outbox", script="outbox")

    def listing(self, talk: Talk) -> tuple[Any, tuple[list[Any], Any]]:
        """The event that lists anew, with its inputs and its output."""
        import gradio as gr

        return typed(self.listed, request=gr.Request), ([self.find, talk.kept], self.list)

    def wire(self, blocks: gr.Blocks, talk: Talk) -> None:
        """Connect what is searched and pressed with what it does."""
        import gradio as gr

        pressed = {"event": gr.EventData, "request": gr.Request}
        listed, shown = self.listing(talk)
        there = [talk.box, talk.turns, talk.kept, talk.talk, talk.cards]

        def opened(event: gr.EventData, request: gr.Request) -> Shown:
            talk.answers.leave(page_of(request))
            return free(), *talk.reopened(event.id, owner_of(request))

        def edited(event: gr.EventData, request: gr.Request, kept: str) -> Shown:
            told = self.changed(owner_of(request), event.what, event.id, event.title)
            if told or event.what != "delete" or event.id != kept:
                return told, *(gr.skip() for _ in there)
            talk.answers.leave(page_of(request))
            return told, free(), *talk.reopened("", owner_of(request))

        def fetched(event: gr.EventData, request: gr.Request) -> str:
            return self.exported(owner_of(request), event.id, event.kind)

        self.find.input(listed, *shown, **QUIET)
        blocks.load(listed, *shown, **QUIET)
        chosen = self.list.select(typed(opened, **pressed), None, there, **QUIET)
        chosen.then(listed, *shown, **QUIET)
        changed = self.list.edit(
            typed(edited, **pressed), talk.kept, [self.outbox, *there], **QUIET
        )
        changed.then(listed, *shown, **QUIET)
        self.list.download(typed(fetched, **pressed), None, self.outbox, **QUIET)


def listing(found: Sequence[Conversation], kept: str, *, searched: bool = False) -> str:
    """The conversations as HTML, each with its menu; the one on view is marked."""
    if not found:
        none = "None holds these words." if searched else "What you ask is kept here."
        return f'<p class="none">{none}</p>'
    today = datetime.now(UTC)
    items = "".join(_item(one, today, current=one.id == kept) for one in found)
    return f'<ul aria-label="Conversations">{items}</ul>'


def _item(one: Conversation, today: datetime, *, current: bool) -> str:
    title, mark = escape(one.title), ' aria-current="true"' if current else ""
    choices = "".join(
        f'<button type="button" data-do="{what}">{label}</button>'
        for what, label in (
            ("rename", "Rename"),
            ("markdown", "Save as Markdown"),
            ("json", "Save as JSON"),
            ("delete", "Delete"),
        )
    )
    return (
        f'<li data-id="{escape(one.id)}"{mark}><button type="button" class="title">{title}</button>'
        f'<span class="when">{_when(one.changed, today)}</span>'
        f'<details class="menu"><summary aria-label="More about “{title}”">⋯</summary>'
        f'<div class="choices">{choices}</div></details></li>'
    )


def _when(then: datetime, now: datetime) -> str:
    """The local time of day where it was today, else the day."""
    local, today = then.astimezone(), now.astimezone()
    if local.date() == today.date():
        return f"{local:%H:%M}"
    return day_line(local.date())
