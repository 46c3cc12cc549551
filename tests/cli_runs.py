"""How the tests run the shell command: in this process or as one, with or without a terminal."""

from __future__ import annotations

import io
import os
import pty
import sys
import threading
from collections.abc import Callable, Sequence
from contextlib import ExitStack, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest.mock import patch

from assistant.cli import main

ROOT = Path(__file__).resolve().parents[1]
COMMAND = [sys.executable, "-m", "assistant"]


@dataclass(frozen=True)
class Done:
    """What a command left behind."""

    code: Any
    out: str
    err: str


def run(*args: str | Path, stdin: str = "") -> Done:
    """Run `assistant` in this process, with no stream a terminal."""
    return capture(lambda: main([str(arg) for arg in args]), stdin=stdin)


def capture(work: Callable[[], object], *, stdin: str = "", encoding: str = "utf-8") -> Done:
    """What `work` returns and prints."""
    out = io.TextIOWrapper(io.BytesIO(), encoding=encoding)
    err = io.TextIOWrapper(io.BytesIO(), encoding=encoding)
    with (
        patch.object(sys, "stdin", io.StringIO(stdin)),
        redirect_stdout(out),
        redirect_stderr(err),
    ):
        code = work()
    return Done(code, _written(out), _written(err))


def _written(stream: io.TextIOWrapper) -> str:
    stream.flush()
    buffer = stream.buffer
    assert isinstance(buffer, io.BytesIO)
    return buffer.getvalue().decode(stream.encoding)


def on_terminal(args: Sequence[str | Path], *, keys: str = "") -> Done:
    """Run `assistant` in this process with its three streams on a terminal; `out` is the screen."""
    ours, theirs = pty.openpty()
    screen = bytearray()

    def read_screen() -> None:
        while True:
            try:
                piece = os.read(ours, 65_536)
            except OSError:  # Linux: nobody has the other end open any more
                return
            if not piece:
                return
            screen.extend(piece)

    reader = threading.Thread(target=read_screen)
    reader.start()
    os.write(ours, keys.encode())
    with ExitStack() as stack:
        streams = {
            name: stack.enter_context(os.fdopen(os.dup(theirs), mode, encoding="utf-8"))
            for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w"))
        }
        os.close(theirs)
        for name, stream in streams.items():
            stack.enter_context(patch.object(sys, name, stream))
        code = main([str(arg) for arg in args])
    reader.join(timeout=10)
    os.close(ours)
    return Done(code, screen.decode().replace("\r\n", "\n"), "")


def environment(**changes: str) -> dict[str, str]:
    """The environment of a process that must find this checkout from any folder."""
    return {**os.environ, "PYTHONPATH": str(ROOT), **changes}
