"""Asking and answering on the page: the conversation, its sources, and the box to type in."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.resources import files as resources
from typing import TYPE_CHECKING, Any

from assistant.web import conversation, examples
from assistant.web.exchange import Exchange, follow
from assistant.web.room import QUIET, Room, Shown, unforeseen
from index.errors import AssistantError

if TYPE_CHECKING:
    import gradio as gr

Turns = tuple[Exchange, ...]
_ASKING: dict[str, Any] = {**QUIET, "concurrency_id": "ask", "concurrency_limit": 4}


class Talk:
    """The conversation of a page; each public method is one event and gives its outputs."""

    def __init__(self, room: Room) -> None:
        self.room = room

    def opened(self) -> Shown:
        """Conversation, sources and model line of a page that was just opened."""
        model = conversation.model_line(self.room.assistant.model)
        return self.told(()), conversation.sources(()), model

    def told(self, turns: Turns) -> str:
        """The conversation, or what stands there before the first question."""
        if turns:
            return conversation.conversation(turns)
        room = self.room
        try:
            lead, questions = examples.offer(room.assistant.library, samples=room.samples)
        except AssistantError as error:
            return conversation.conversation((), conversation.problem(error))
        return conversation.conversation((), conversation.welcome(lead, questions))

    def ask(self, question: str, turns: Turns) -> Iterator[Shown]:
        """Box, turns, conversation, sources and model line, each time that the answer grows."""
        import gradio as gr

        asked = question.strip() if isinstance(question, str) else ""
        if not asked:
            return
        yield _busy(), gr.skip(), gr.skip(), gr.skip(), gr.skip()
        room = self.room
        for now in follow(room.assistant, asked, turns, ready=room.warm.is_set()):
            told = (*turns, now)
            talk = self.told(told)
            if now.open:
                yield gr.skip(), told, talk, gr.skip(), gr.skip()
                continue
            line = gr.skip()
            if now.answer:
                line = conversation.model_line(now.answer.model, now.answer.fallback_reason)
            yield _free(), told, talk, conversation.sources(told), line

    def stop(self, turns: Turns) -> Shown:
        """Box, turns and conversation after the reader has stopped an answer."""
        told = tuple(one.stop() for one in turns)
        return _free(), told, self.told(told)

    def failed(self, turns: Turns) -> Shown:
        """The same after a failure that nobody foresaw: the page must not wait for ever."""
        told = tuple(one.fail(unforeseen()) for one in turns)
        return _free(), told, self.told(told)

    def renew(self) -> Shown:
        """Box, turns, conversation and sources of a new conversation."""
        return _free(), (), self.told(()), conversation.sources(())

    def refreshed(self, turns: Turns) -> Any:
        """The conversation once the library has changed: only an empty one speaks of it."""
        import gradio as gr

        return gr.skip() if turns else self.told(())

    def place(self) -> None:
        """Put the parts where they stand on the page."""
        import gradio as gr

        script = resources("assistant.web").joinpath("scripts/talk.js").read_text("utf-8")
        self.turns = gr.State(())
        self.talk = gr.HTML(elem_id="talk", js_on_load=script, apply_default_css=False)
        self.cards = gr.HTML(elem_id="sources", apply_default_css=False)
        with gr.Column(elem_id="composer"):
            self.box = gr.Textbox(
                label="Your question",
                placeholder="Ask about your articles…",
                submit_btn="Ask",
                lines=1,
                max_lines=6,
                autofocus=True,
                container=False,
                elem_id="question",
            )
            self.model = gr.HTML(elem_id="model", apply_default_css=False)

    def wire(self, blocks: gr.Blocks, renew: gr.Button) -> None:
        """Connect what is pressed and typed with what it does."""
        import gradio as gr

        said = [self.box, self.turns, self.talk]
        answered = [*said, self.cards, self.model]

        def chosen(told: Turns, event: gr.EventData) -> Iterator[Shown]:
            yield from self.ask(event.question, told)

        chosen.__annotations__["event"] = gr.EventData  # Gradio cannot read it as a string

        typed = self.box.submit(self.ask, [self.box, self.turns], answered, **_ASKING)
        picked = self.talk.submit(chosen, self.turns, answered, **_ASKING)
        for asked in (typed, picked):
            asked.failure(self.failed, self.turns, said, **QUIET)
        self.box.stop(self.stop, self.turns, said, cancels=[typed, picked], **QUIET)
        renew.click(self.renew, None, [*said, self.cards], cancels=[typed, picked], **QUIET)
        blocks.load(self.opened, None, [self.talk, self.cards, self.model], **QUIET)


def _busy() -> dict[str, Any]:
    import gradio as gr

    return gr.update(value="", submit_btn=False, stop_btn="Stop")


def _free() -> dict[str, Any]:
    import gradio as gr

    return gr.update(submit_btn="Ask", stop_btn=False)
