"""An answer in the terminal: its text, then what it stands on."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from assistant.cli.output import clean, console, one_line, say, stdout_is_terminal
from assistant.rendering import footer, source_line
from assistant.types import Answer

if TYPE_CHECKING:
    from rich.console import Console

_WIDEST = 100  # columns; longer lines are hard to read


def page() -> Console:
    """The terminal, taken no wider than reads well."""
    screen = console()
    screen.width = min(screen.width, _WIDEST)
    return screen


class Stream:
    """Text shown as it comes, a word at a time, so that lines break between words."""

    def __init__(self) -> None:
        self._screen = page()
        self._column = 0
        self._begun = ""  # a word whose end has not come yet
        self.shown = ""

    def write(self, piece: str) -> None:
        """Show a further piece of the text."""
        safe = clean(piece)
        self.shown += safe
        *words, self._begun = re.split(r"(?<=\s)(?=\S)", self._begun + safe)
        for word in words:
            self._put(word)

    def end(self) -> None:
        """Show what was held back, and end the line."""
        self._put(self._begun)
        self._begun = ""
        if self._column:
            self._screen.print()
            self._column = 0

    def _put(self, word: str) -> None:
        from rich.cells import cell_len

        if self._column and self._column + cell_len(word.rstrip()) > self._screen.width:
            self._screen.print()
            self._column = 0
        self._screen.print(word, style="bold", end="", soft_wrap=True)
        line = word.rpartition("\n")[2]
        self._column = cell_len(line) + (0 if "\n" in word else self._column)


def print_answer(answer: Answer, *, without_text: bool = False) -> None:
    """Print an answer; on a terminal, its text bold, its sources dim, and both as wide as it is.

    `without_text` leaves out the answer's own words, for a stream that has shown them.
    """
    if not stdout_is_terminal():
        say(str(answer))
        return
    from rich.text import Text

    screen = page()
    if not without_text:
        screen.print(Text(clean(answer.text), "bold"))
    for citation in answer.citations:
        screen.print()
        screen.print(Text(f"[{citation.number}] {one_line(source_line(citation))}", "dim"))
        quote = Text(f'"{one_line(citation.quote)}"')
        for part in quote.wrap(screen, screen.width - 4):
            screen.print(Text("    ") + part)
    if answer.nearest:
        screen.print("\nNearest articles:", style="dim")
    for article in answer.nearest:
        screen.print(Text(f"  - {one_line(source_line(article))}", "dim"))
    screen.print()
    for line in footer(answer):
        screen.print(Text(one_line(line), "dim"))
