"""What a failure looks like in the shell: its exit code, and its lines or its JSON."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import typer

from assistant.cli.output import note, one_line, print_json
from index.errors import AssistantError, LibraryLocked

DONE = 0
ERROR = 1
WRONG_USAGE = 2
SOME_SKIPPED = 3
LOCKED = 4
INTERRUPTED = 130


class WrongUsage(typer.TyperException):
    """Options that are well formed and cannot be meant together, or here."""

    exit_code = WRONG_USAGE

    def __init__(self, message: str, hint: str) -> None:
        super().__init__(message)
        self.hint = hint


@dataclass(frozen=True, slots=True)
class Failure:
    """A failure as its user meets it."""

    type: str
    message: str
    hint: str
    exit_code: int

    def to_dict(self) -> dict[str, Any]:
        """`{"error": {"type": ..., "message": ..., "hint": ...}}`."""
        fields = asdict(self)
        del fields["exit_code"]
        return {"error": fields}


INTERRUPTION = Failure("Interrupted", "Interrupted.", "", INTERRUPTED)


def of_error(error: AssistantError) -> Failure:
    """The failure that an error of the product is."""
    code = LOCKED if isinstance(error, LibraryLocked) else ERROR
    return Failure(type(error).__name__, error.message, error.hint, code)


def of_usage(error: typer.TyperException) -> Failure:
    """The failure that arguments which cannot be parsed are."""
    if isinstance(error, WrongUsage):
        return Failure("WrongUsage", error.message, error.hint, error.exit_code)
    context = getattr(error, "ctx", None)
    command = context.command_path if context is not None else "assistant"
    hint = f"`{command} --help` lists what it takes."
    return Failure("WrongUsage", error.format_message(), hint, error.exit_code)


def of_stop(stop: AssistantError | KeyboardInterrupt) -> Failure:
    """The failure that ended a command midway."""
    return of_error(stop) if isinstance(stop, AssistantError) else INTERRUPTION


def tell(failure: Failure, *, as_json: bool) -> int:
    """Tell a failure, on stdout as JSON or on stderr in words; its exit code."""
    if as_json:
        print_json(failure.to_dict(), indent=None)
    else:
        note(f"error: {one_line(failure.message)}")
        if failure.hint:
            note(f"hint: {one_line(failure.hint)}")
    return failure.exit_code
