"""Writing to the terminal safely: articles are others' words and may carry escape sequences."""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.console import Console

# Control characters (a terminal obeys them), the marks that reverse the direction of what follows
# (they make a line read as something else), and lone surrogates (no encoding can write them).
# Line feed and tab are harmless.
_UNSAFE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")


def clean(text: str) -> str:
    """`text` without the characters that a terminal would obey instead of showing."""
    return _UNSAFE.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))


def one_line(text: str) -> str:
    """`text` made safe and put on one line, white space folded."""
    return " ".join(clean(text).split())


def counted(number: int, noun: str) -> str:
    """`1 article`, `2,225 articles`."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def prepare_streams() -> None:
    """Make the three streams usable whatever they are.

    What their encoding lacks is replaced where it would raise; a closed one (`2>&-`) is nowhere.
    """
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        stream = getattr(sys, name)
        if stream is None:
            nowhere = Path(os.devnull).open(mode, encoding="utf-8")  # noqa: SIM115 - until exit
            setattr(sys, name, nowhere)
        elif hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")


def silence() -> None:
    """Let nothing more reach a stdout that nobody reads, not even the flush at exit."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)


def say(text: str) -> None:
    """Print lines of a result to stdout, made safe."""
    print(clean(text))


def note(text: str) -> None:
    """Print lines for a person to stderr, made safe."""
    print(clean(text), file=sys.stderr, flush=True)


def print_json(value: Any, *, indent: int | None = 2) -> None:
    """Print one JSON document to stdout; what a terminal would obey is escaped, nothing is lost."""
    text = json.dumps(value, ensure_ascii=False, indent=indent, default=_plain)
    escaped = _UNSAFE.sub(lambda found: f"\\u{ord(found[0]):04x}", text)
    encoding = sys.stdout.encoding or "utf-8"
    if escaped.encode(encoding, "replace").decode(encoding) != escaped:
        escaped = json.dumps(value, indent=indent, default=_plain)
    print(escaped, flush=True)


def _plain(value: object) -> str:
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Path):
        return str(value)
    raise TypeError(f"{value!r} has no JSON form")


def stdout_is_terminal() -> bool:
    """Whether a person reads stdout."""
    return sys.stdout.isatty()


def console(*, stderr: bool = False) -> Console:
    """A rich console that takes text literally: no markup, no emoji names, no highlighting."""
    from rich.console import Console

    return Console(stderr=stderr, markup=False, emoji=False, highlight=False)


@contextmanager
def waiting(what: str) -> Iterator[None]:
    """Show on stderr that something takes a while, where a person is watching."""
    screen = console(stderr=True)
    if not screen.is_terminal or screen.is_dumb_terminal:
        yield
        return
    with screen.status(what):
        yield
