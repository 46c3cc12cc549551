"""What a reader sets for questions: the model, how many passages, strictness, the theme."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from assistant.doctor import model_finding
from assistant.web import filters
from assistant.web.conversation import model_line
from assistant.web.exchange import Wishes
from assistant.web.heard import part
from assistant.web.markup import escape
from assistant.web.room import QUIET, Room, Shown
from index.errors import AssistantError

if TYPE_CHECKING:
    import gradio as gr

    from assistant.assistant import Assistant
    from assistant.web.filters import Chosen
    from assistant.web.talk import Talk

_THEME = """(theme) => {
  localStorage.setItem("theme", theme);
  const dark = theme === "Dark" || (theme === "As the system" &&
    matchMedia("(prefers-color-scheme: dark)").matches);
  document.body.classList.toggle("dark", dark);
}"""
_KEPT_THEME = "() => localStorage.getItem('theme') ?? 'As the system'"
THEMES = ("As the system", "Light", "Dark")


class Options:
    """The settings of a page; each public method is one event and gives its outputs."""

    def __init__(self, room: Room) -> None:
        self.room = room

    def wanted(
        self, top_k: float, strict: bool, voice: Assistant | None, chosen: Chosen
    ) -> tuple[Wishes, Assistant | None]:
        """What was set, and who answers: None for the one that the page was started with."""
        return Wishes(top_k=int(top_k), strict=strict, only=filters.options(chosen)), voice

    def choose(self, name: str) -> Shown:
        """Who answers from now on, and what trying it out said."""
        room = self.room
        try:
            finding = model_finding(room.assistant.settings.with_values(llm=name.strip()))
            if finding.level == "problem":
                return None, _line(f"{finding.what} {finding.mend}".strip(), bad=True), _skip()
            voice = room.assistant.answering_by(name.strip())
        except AssistantError as error:
            return None, _line(str(error), bad=True), _skip()
        return voice, _line(finding.what), model_line(voice.model)

    def place(self) -> None:
        """Put the parts where they stand on the page."""
        import gradio as gr

        settings = self.room.assistant.settings
        self.voice = gr.State(None)
        with gr.Accordion("Settings", open=False, elem_id="settings"):
            if self.room.personal:  # others could have it connect to whatever they name
                self.model = gr.Textbox(
                    label="Who answers",
                    value=settings.llm,
                    info="auto, none for the built-in reader, PROVIDER:MODEL or an address",
                    max_lines=1,
                )
                self.check = gr.Button("Use and try it", size="sm")
                self.tried = part("tried")
            self.top_k = gr.Slider(
                1, 20, value=min(20, settings.top_k), step=1, label="Passages to answer from"
            )
            self.strict = gr.Checkbox(
                label="Strict: leave out what no article confirms", value=False
            )
            self.theme = gr.Radio(THEMES, value=THEMES[0], label="Theme")
        self.inputs = [self.top_k, self.strict, self.voice]

    def wire(self, blocks: gr.Blocks, talk: Talk) -> None:
        """Connect what is set with what it does."""
        blocks.load(None, None, self.theme, js=_KEPT_THEME, **QUIET)
        self.theme.change(None, self.theme, None, js=_THEME, **QUIET)
        if self.room.personal:
            shown = [self.voice, self.tried, talk.model]
            self.check.click(self.choose, self.model, shown, **QUIET)
            self.model.submit(self.choose, self.model, shown, **QUIET)


def _line(text: str, *, bad: bool = False) -> str:
    return f'<p class="{"problem" if bad else "tried"}" role="status">{escape(text)}</p>'


def _skip() -> Any:
    import gradio as gr

    return gr.skip()
