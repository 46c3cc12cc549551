"""Asking and answering on the page: the conversation, its sources, and the box to type in."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from assistant.conversations import Verdict
from assistant.web import conversation, examples
from assistant.web.exchange import Exchange, Wishes, follow, restored
from assistant.web.heard import heard, part, typed
from assistant.web.reading import Mark
from assistant.web.room import QUIET, Room, Shown, owner_of, page_of, unforeseen
from assistant.web.running import Answers
from index.errors import AssistantError

if TYPE_CHECKING:
    import gradio as gr

    from assistant.assistant import Assistant
    from assistant.web.history import History
    from assistant.web.library import LibraryView
    from assistant.web.options import Options
    from assistant.web.reading import Reader

Turns = tuple[Exchange, ...]
_ASKING: dict[str, Any] = {**QUIET, "concurrency_id": "ask", "concurrency_limit": 4}
_VERDICTS: dict[str, Verdict] = {"good": "good", "bad": "bad"}


class Talk:
    """The conversation of a page; each public method is one event and gives its outputs."""

    def __init__(self, room: Room) -> None:
        self.room = room
        self.answers = Answers()

    def opened(self, request: gr.Request) -> Shown:
        """Turns, the conversation's id, conversation, sources and model line of an opened page.

        An address that ends in `?c=ID` opens that conversation.
        """
        kept = str(request.query_params.get("c", ""))
        turns, kept, talk, cards = self.reopened(kept, owner_of(request))
        return turns, kept, talk, cards, conversation.model_line(self.room.assistant.model)

    def reopened(self, kept: str, owner: str) -> Shown:
        """Turns, id, conversation and sources of a kept conversation; of a new one for ""."""
        if not kept:
            return (), "", self.told(()), conversation.sources(())
        assistant = self.room.assistant
        try:
            found = self.room.conversations.turns(owner, kept)
            turns = tuple(restored(turn, assistant) for turn in found)
        except AssistantError as error:
            problem = conversation.problem(error)
            return (), "", conversation.conversation((), problem), conversation.sources(())
        return turns, kept, self.told(turns, kept), conversation.sources(turns)

    def told(self, turns: Turns, kept: str = "") -> str:
        """The conversation, or what stands there before the first question."""
        if turns:
            return conversation.conversation(turns, kept=kept)
        room = self.room
        try:
            lead, questions = examples.offer(room.assistant.library, samples=room.samples)
        except AssistantError as error:
            return conversation.conversation((), conversation.problem(error))
        return conversation.conversation((), conversation.welcome(lead, questions))

    def ask(
        self,
        question: str,
        turns: Turns,
        kept: str,
        owner: str,
        wishes: Wishes,
        *,
        page: str = "",
        voice: Assistant | None = None,
    ) -> Iterator[Shown]:
        """Box, turns, id, conversation, sources, model line and chips, as the answer grows."""
        import gradio as gr

        asked = question.strip() if isinstance(question, str) else ""
        if not asked or (turns and turns[-1].open):
            return
        skip = gr.skip()
        yield _busy(), skip, skip, skip, skip, skip, ""
        earlier = tuple(replace(one, evidence=()) for one in turns)  # only the last one's is used
        room, now = self.room, None
        assistant = voice or room.assistant
        with self.answers.running(page) as running:
            ready = room.warm.is_set()
            for now in follow(assistant, asked, earlier, wishes, running=running, ready=ready):
                if now.open and not running.quietly:
                    told = (*earlier, now)
                    yield skip, told, skip, self.told(told, kept), skip, skip, skip
        if now is None or running.quietly:
            return
        kept, now = self._keep(now, kept, owner)
        told, line = (*earlier, now), skip
        if now.answer:
            line = conversation.model_line(now.answer.model, now.answer.fallback_reason)
        talk, cards = self.told(told, kept), conversation.sources(told)
        yield free(), told, kept, talk, cards, line, skip

    def _keep(self, now: Exchange, kept: str, owner: str) -> tuple[str, Exchange]:
        """Keep an answer; where that fails the answer says so, and stands all the same."""
        if now.answer is None:
            return kept, now
        try:
            made = kept or self.room.conversations.begin(owner, now.question)
            self.room.conversations.keep(owner, made, now.number, now.answer)
        except AssistantError as error:
            notices = (*now.answer.notices, f"This conversation is not kept: {error}")
            return kept, replace(now, answer=replace(now.answer, notices=notices))
        return made, now

    def suggest(self, turns: Turns, wishes: Wishes) -> str:
        """Questions that the evidence of the last answer is known to answer."""
        last = turns[-1] if turns else None
        if last is None or last.answer is None or not last.evidence:
            return ""
        try:
            found = self.room.assistant.suggest(last.answer, last.evidence, **wishes.only)
        except AssistantError:  # the next question meets the same failure, and shows it
            return ""
        return conversation.suggestions(found)

    def failed(self, turns: Turns, kept: str) -> Shown:
        """Box, turns and conversation after a failure that nobody foresaw: none waits for ever."""
        told = tuple(one.fail(unforeseen()) for one in turns)
        return free(), told, self.told(told, kept)

    def renew(self) -> Shown:
        """Box, turns, id, conversation, sources and chips of a new conversation."""
        return free(), (), "", self.told(()), conversation.sources(()), ""

    def judge(self, turns: Turns, kept: str, owner: str, judged: Exchange) -> Shown:
        """Turns and conversation after a reader has said what an answer was worth."""
        try:
            self.room.conversations.judge(owner, kept, judged.number, judged.verdict, judged.remark)
        except AssistantError as error:
            return turns, self.told(turns, kept) + conversation.problem(error)
        told = tuple(judged if one.number == judged.number else one for one in turns)
        return told, self.told(told, kept)

    def refreshed(self, turns: Turns) -> Any:
        """The conversation once the library has changed: only an empty one speaks of it."""
        import gradio as gr

        return gr.skip() if turns else self.told(())

    def place(self, library: LibraryView) -> None:
        """Put the parts where they stand on the page; the library's filters above the box."""
        import gradio as gr

        self.turns, self.kept = gr.State(()), gr.State("")
        self.talk = part("talk", script="talk")
        self.cards = part("sources", script="sources")
        with gr.Column(elem_id="composer"):
            library.place_filters("only")
            self.next = part("next", script="chips")
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
            self.model = part("model")

    def wire(
        self,
        blocks: gr.Blocks,
        *,
        renew: gr.Button,
        options: Options,
        history: History,
        library: LibraryView,
        reader: Reader,
    ) -> None:
        """Connect what is pressed and typed with what it does."""
        import gradio as gr

        here = [self.turns, self.kept]
        said = [self.box, self.turns, self.talk]
        answered = [self.box, *here, self.talk, self.cards, self.model, self.next]

        def written(request: gr.Request, question: str, *state: Any) -> Iterator[Shown]:
            turns, kept, *wanted = state
            wishes, voice = options.wanted(*wanted)
            yield from self.ask(
                question,
                turns,
                kept,
                owner_of(request),
                wishes,
                page=page_of(request),
                voice=voice,
            )

        def picked(event: gr.EventData, request: gr.Request, *state: Any) -> Iterator[Shown]:
            turns, *rest = state
            number = int(getattr(event, "number", 0)) or len(turns) + 1
            yield from written(request, event.question, turns[: number - 1], *rest)

        def judged(event: gr.EventData, request: gr.Request, turns: Turns, kept: str) -> Shown:
            told = {one.number: one for one in turns}[int(event.number)]
            verdict = _VERDICTS.get(event.verdict, "")
            told = replace(told, verdict=verdict, remark=event.remark)
            return self.judge(turns, kept, owner_of(request), told)

        def suggested(turns: Turns, *wanted: Any) -> str:
            return self.suggest(turns, options.wanted(*wanted)[0])

        def stopped(request: gr.Request) -> None:
            self.answers.stop(page_of(request))

        def renewed(request: gr.Request) -> Shown:
            self.answers.leave(page_of(request))
            return self.renew()

        def opened(event: gr.EventData, turns: Turns) -> str:
            turn = {one.number: one for one in turns}[int(event.turn)]
            return reader.show(event.id, marks(turn, event.id))

        spoken, pressed = {"request": gr.Request}, {"event": gr.EventData, "request": gr.Request}
        wanted = [*options.inputs, library.chosen]
        inputs = [*here, *wanted]
        asked: list[Any] = [
            self.box.submit(typed(written, **spoken), [self.box, *inputs], answered, **_ASKING),
            self.talk.submit(typed(picked, **pressed), inputs, answered, **_ASKING),
            self.next.submit(typed(picked, **pressed), inputs, answered, **_ASKING),
        ]
        listed, shown = history.listing(self)
        for one in asked:
            one.failure(self.failed, here, said, **QUIET)
            ended = one.success(listed, *shown, **QUIET)
            ended.then(
                suggested,
                [self.turns, *wanted],
                self.next,
                concurrency_id="suggest",
                concurrency_limit=1,  # a convenience, which must not hold up anybody's question
                **QUIET,
            )
        self.box.stop(typed(stopped, **spoken), None, None, **QUIET)
        self.talk.select(typed(judged, **pressed), here, [self.turns, self.talk], **QUIET)
        self.cards.click(typed(opened, event=gr.EventData), self.turns, reader.board, **QUIET)
        self.cards.select(heard(library.picked), library.chosen, library.chosen, **QUIET)
        fresh = [self.box, *here, self.talk, self.cards, self.next]
        renew.click(typed(renewed, **spoken), None, fresh, **QUIET)
        blocks.load(
            typed(self.opened, **spoken),
            None,
            [*here, self.talk, self.cards, self.model],
            **QUIET,
        )


def marks(turn: Exchange, article_id: str) -> tuple[Mark, ...]:
    """Every quote that an answer takes from an article, with the number of its marker."""
    return tuple(
        Mark(number=one.number, start=one.start, end=one.end)
        for source in turn.sources
        if source.article_id == article_id
        for one in source.citations
    )


def _busy() -> dict[str, Any]:
    import gradio as gr

    return gr.update(value="", submit_btn=False, stop_btn="Stop")


def free() -> dict[str, Any]:
    """The box while nothing is being answered."""
    import gradio as gr

    return gr.update(submit_btn="Ask", stop_btn=False)
