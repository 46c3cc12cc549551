"""The library on the page: its line and timeline beside the conversation, and a view of its own."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast, get_args

from assistant.web import (
    adding,
    conversation,
    details,
    filters,
    listing,
    reading,
    removal,
    timeline,
    uploads,
)
from assistant.web.filters import Chosen
from assistant.web.heard import form, heard, part, several, value, word
from assistant.web.listing import PAGE, View
from assistant.web.reading import Form, Reader
from assistant.web.removal import Removed
from assistant.web.room import QUIET, Room, Shown, unforeseen
from assistant.web.talk import Talk
from index import catalogue
from index.catalogue import Order
from index.errors import ArticleNotFound, AssistantError

if TYPE_CHECKING:
    import gradio as gr

_MOST_SHOWN = 5_000  # rows: what a browser still lays out without a pause
_ADDING: dict[str, Any] = {**QUIET, "concurrency_id": "add", "concurrency_limit": 1}


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """What the page shows of a library, as HTML; `state` marks the library that it is of."""

    count: str = ""
    plot: str = ""
    outlets: str = ""
    rows: str = ""
    state: str = ""


class LibraryView:
    """The library's part of a page; each public method is one event and gives its outputs."""

    def __init__(self, room: Room, reader: Reader) -> None:
        self.room = room
        self.reader = reader
        self._filters: list[gr.HTML] = []

    # --- what is shown

    def parts(self, chosen: Chosen, view: View) -> Parts:
        """Everything as it is now; a library that cannot be read says so in the list's place."""
        library = self.room.assistant.library
        try:
            state = catalogue.state_of(library)
            only = filters.options(chosen)
            bars = timeline.periods(library, chosen.sources)
            days = filters.options(replace(chosen, sources=()))
            undated = library.count(since=date.min).undated
            found = catalogue.listed(
                library, matching=view.matching, order=view.order, limit=view.limit, **only
            )
            return Parts(
                count=listing.shelf(len(library), timeline.spark(bars, chosen)),
                plot=timeline.plot(bars, chosen, library.count(**only), undated),
                outlets=listing.outlets(catalogue.outlets(library, **days), chosen),
                rows=listing.rows(found, view, chosen, samples=self.room.samples),
                state=state,
            )
        except AssistantError as error:
            return Parts(rows=conversation.problem(error))

    def opened(self, chosen: Chosen, view: View) -> Shown:
        """Count, plot, outlets, list and state."""
        now = self.parts(chosen, view)
        return now.count, now.plot, now.outlets, now.rows, now.state

    def looked(self, chosen: Chosen, view: View, state: str) -> Shown:
        """The same, but nothing while the library is as it was when it was last shown."""
        if state and state == catalogue.state_of(self.room.assistant.library):
            return _skip(5)
        return self.opened(chosen, view)

    def rechosen(self, chosen: Chosen, view: View) -> Shown:
        """Chips wherever they stand, view, and what is shown, after another choice."""
        view = replace(view, limit=PAGE)
        return *[filters.chips(chosen)] * len(self._filters), view, *self.opened(chosen, view)

    def listed(self, chosen: Chosen, view: View) -> str:
        """The list alone."""
        return self.parts(chosen, view).rows

    # --- what a reader does

    def searched(self, chosen: Chosen, view: View, event: gr.EventData) -> Shown:
        """View and list for what was typed into the search, or another order."""
        order = word(event, "order")
        view = View(
            matching=word(event, "matching")[:200],
            order=cast("Order", order) if order in get_args(Order) else view.order,
        )
        return view, self.listed(chosen, view)

    def more(self, chosen: Chosen, view: View) -> Shown:
        """View and list with fifty more entries."""
        view = replace(view, limit=min(view.limit + PAGE, _MOST_SHOWN))
        return view, self.listed(chosen, view)

    def picked(self, chosen: Chosen, event: gr.EventData) -> Chosen:
        """The choice after a bar, a range, an outlet or a chip was pressed."""
        if dropped := word(event, "drop"):
            return filters.without(chosen, dropped)
        if source := word(event, "source"):
            if value(event, "on"):
                return filters.with_source(chosen, source)
            return filters.without(chosen, f"source:{source}")
        try:
            since, until = (_day(word(event, name)) for name in ("since", "until"))
        except ValueError:  # no such day: a browser sends none
            return chosen
        return filters.within(chosen, since, until)

    def open(self, event: gr.EventData) -> str:
        """The reading view with an article."""
        return self.reader.show(word(event, "id"))

    def edit(self, event: gr.EventData) -> str:
        """The reading view after its form was opened, sent or left."""
        article_id, typed, lit = word(event, "id"), form(event), word(event, "lit")[:4]
        marks = reading.marks_in(word(event, "marks"))
        show = partial(self.reader.show, article_id, marks, int(lit) if lit.isdecimal() else None)
        if not typed:
            return show(form=Form() if value(event, "open") else None)
        library = self.room.assistant.library
        try:
            facts = details.corrected_facts(typed, library.get(article_id))
            if facts:
                library.edit(article_id, **facts)
        except AssistantError as error:
            return show(form=Form(typed=typed, problem=str(error)))
        return show(said="Saved." if facts else "Nothing was changed.")

    def remove(self, event: gr.EventData) -> Shown:
        """What can be undone, what is said of it, and the reading view, closed."""
        ids = several(event, "ids")
        try:
            removed = removal.take_out(self.room.assistant.library, ids)
        except ArticleNotFound:
            words = "Nothing was removed: one of these is not in the library any more."
            return None, listing.told(words), ""
        except AssistantError as error:
            return None, listing.told(str(error)), ""
        return removed, listing.removed(removed.titles), ""

    def undo(self, removed: Removed | None) -> Shown:
        """Nothing to undo any more, and what is said once what was removed is back."""
        if removed is None:
            return None, ""
        try:
            removal.put_back(self.room.assistant.library, removed)
        except AssistantError as error:
            return removed, listing.told(str(error))
        titles = removed.titles
        what = f"“{titles[0]}” is" if len(titles) == 1 else f"{len(titles):,} articles are"
        return None, listing.told(f"{what} back.")

    def add(self, dropped: Sequence[str]) -> Iterator[Shown]:
        """Drop zone and both reports, each time that a file has its verdict."""
        library = self.room.assistant.library
        for state in uploads.add(library, [Path(path) for path in dropped]):
            yield None, *_twice(uploads.report(state))

    def take(self, event: gr.EventData) -> Iterator[Shown]:
        """Both reports, while a pasted text or what is at some addresses is added."""
        library, typed = self.room.assistant.library, form(event)
        way = "paste" if word(event, "way") == "paste" else "addresses"
        if way == "paste":
            states = adding.pasted(library, typed)
        else:
            feeds = typed.get("kind") == "feed"
            states = adding.fetched(library, typed.get("addresses", ""), feeds=feeds)
        for state in states:
            yield _twice(uploads.report(state, way))

    def unadded(self) -> Shown:
        """Drop zone and both reports after a failure that nobody foresaw."""
        return None, *_twice(conversation.problem(unforeseen()))

    # --- the page

    def place_filters(self, elem_id: str) -> None:
        """Put the chips of what is chosen where this is called, such as above the question."""
        self._filters.append(part(elem_id, script="filters"))

    def place_shelf(self) -> None:
        """Put the library's line and the way to add to it where this is called."""
        import gradio as gr

        self.chosen, self.view = gr.State(Chosen()), gr.State(View())
        self.state, self.removed = gr.State(""), gr.State(None)
        with gr.Column(elem_id="shelf"):
            self.count = part("count")
            self.drop = gr.File(
                label="Add articles", file_count="multiple", elem_id="drop", height=120
            )
            part("ways", listing.ways())
            self.report = part("report")

    def place(self) -> None:
        """Put the view, which takes the conversation's place, where it stands on the page."""
        import gradio as gr

        with gr.Column(elem_id="library"):
            part("top", listing.heading())
            part("adding-ways", listing.adding())
            self.told = part("added")
            self.plot = part("plot")
            part("tools", listing.tools())
            self.outlets = part("outlets")
            self.place_filters("chosen")
            self.rows = part("rows", script="library")
            self.undone = part("undone")

    def wire(self, blocks: gr.Blocks, talk: Talk) -> None:
        """Connect what is pressed, typed and dropped with what it does."""
        looked_at = [self.chosen, self.view]
        shown = [self.count, self.plot, self.outlets, self.rows, self.state]
        listed = [self.view, self.rows]
        board = self.reader.board
        rows = self.rows

        rows.input(heard(self.searched), looked_at, listed, trigger_mode="always_last", **QUIET)
        rows.expand(self.more, looked_at, listed, **QUIET)
        for place in (rows, *self._filters):  # each press counts, also while one is under way
            place.select(
                heard(self.picked), self.chosen, self.chosen, trigger_mode="multiple", **QUIET
            )
        self.chosen.change(
            self.rechosen,
            looked_at,
            [*self._filters, self.view, *shown],
            trigger_mode="always_last",
            **QUIET,
        )
        rows.focus(self.looked, [*looked_at, self.state], shown, **QUIET)
        blocks.load(self.opened, looked_at, shown, **QUIET)

        rows.click(heard(self.open), None, board, **QUIET)
        board.click(heard(self.open), None, board, **QUIET)
        edited = board.edit(heard(self.edit), None, board, **QUIET)
        gone = rows.delete(heard(self.remove), None, [self.removed, self.undone, board], **QUIET)
        back = rows.undo(self.undo, self.removed, [self.removed, self.undone], **QUIET)
        rows.clear(lambda: (None, ""), None, [self.removed, self.undone], **QUIET)

        reports = [self.report, self.told]
        dropped = self.drop.upload(self.add, self.drop, [self.drop, *reports], **_ADDING)
        taken = rows.upload(heard(self.take), None, reports, **_ADDING)
        for done in (dropped, taken):
            done.failure(self.unadded, None, [self.drop, *reports], **QUIET)
        for changed in (dropped, taken, edited, gone, back):
            seen = changed.then(self.opened, looked_at, shown, **QUIET)
            seen.then(talk.refreshed, talk.turns, talk.talk, **QUIET)


def _day(text: str) -> date | None:
    return date.fromisoformat(text) if text else None


def _twice(report: str) -> tuple[str, str]:
    return report, report


def _skip(outputs: int) -> Shown:
    import gradio as gr

    return (gr.skip(),) * outputs
