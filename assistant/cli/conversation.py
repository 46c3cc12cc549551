"""A conversation in the terminal: question, streamed answer, what it stands on, and again."""

from __future__ import annotations

import re
import sys
from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from assistant.cli import failures
from assistant.cli.answers import Stream, print_answer
from assistant.cli.output import clean, note, print_json, stdout_is_terminal
from assistant.types import Answer, Answered, TextDelta, Turn
from index.errors import AssistantError

if TYPE_CHECKING:
    from assistant.assistant import Assistant

_LEAVE = frozenset({"exit", "quit"})


class Conversation:
    """Questions read from stdin, each answered with the earlier ones in mind.

    With a person on both ends it greets and prompts; otherwise each line of stdin is a question.
    """

    def __init__(self, assistant: Assistant, options: dict[str, Any], *, as_json: bool) -> None:
        self._assistant = assistant
        self._options = options
        self._as_json = as_json
        self._prompts = not as_json and sys.stdin.isatty() and stdout_is_terminal()
        self._history: list[Turn] = []

    def run(self) -> int:
        """Hold the conversation; its exit code is that of the last failure, if nobody saw it."""
        if self._prompts:
            note(f"Answers come from the {self._assistant.model}. Ctrl-D or `exit` leaves.")
            if find_spec("readline") is not None:
                import_module("readline")  # gives `input` line editing and the arrow keys
        code = failures.DONE
        while True:
            try:
                question = self._next_question()
            except KeyboardInterrupt:
                if not self._prompts:
                    raise
                print()  # nothing was under way: there is nothing to tell
                return failures.INTERRUPTED
            if question is None:
                break
            try:
                self._answer(question)
            except AssistantError as error:
                code = failures.tell(failures.of_error(error), as_json=self._as_json)
            except KeyboardInterrupt:
                if not self._prompts:
                    raise
                note("\nInterrupted; ask again, or leave with Ctrl-D.")
        return failures.DONE if self._prompts else code

    def _next_question(self) -> str | None:
        """The next line that is not blank; None when the conversation is over."""
        while True:
            try:
                line = input("\n> ") if self._prompts else sys.stdin.readline()
            except EOFError:
                print()
                return None
            if (not line and not self._prompts) or line.strip().lower() in _LEAVE:
                return None
            if line.strip():
                return line.strip()

    def _answer(self, question: str) -> None:
        answer = self._streamed(question)
        self._history.append(Turn(question=question, answer=answer.text))
        if self._as_json:
            print_json(answer.to_dict(), indent=None)
        elif not self._prompts:
            print_answer(answer)
            print(flush=True)

    def _streamed(self, question: str) -> Answer:
        """The checked answer; a person sees it while it is written, and what became of it."""
        shown, answer = Stream(), None
        events = self._assistant.stream(question, history=tuple(self._history), **self._options)
        for event in events:
            if isinstance(event, TextDelta) and self._prompts:
                shown.write(event.text)
            if isinstance(event, Answered):
                answer = event.answer
        if answer is None:
            raise RuntimeError("a stream ended without an answer")
        if self._prompts:
            shown.end()
            _finish(answer, shown.shown)
        return answer


def _finish(answer: Answer, shown: str) -> None:
    """Print what the stream did not show: the sources, or all, where checking changed its words."""
    kept = bool(shown) and _words(shown) == _words(clean(answer.text))
    if shown and not kept:
        print("\nAfter checking against the articles:\n")
    print_answer(answer, without_text=kept)


def _words(text: str) -> str:
    """What two texts are compared by: a model's stream comes without the markers of its answer."""
    return "".join(re.sub(r"\[\d+\]", "", text).split())
