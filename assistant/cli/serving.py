"""The command that starts the browser chat, as a process of its own, and ends with it."""

from __future__ import annotations

import os
import signal
import site
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Annotated, TextIO

import typer

from assistant.addresses import reach_of
from assistant.cli.failures import Failure
from assistant.cli.options import JsonOption, LibraryOption, LlmOption, settings_of
from assistant.cli.output import print_json

# Signals that end a program politely, and that the page must get a chance to obey.
_FORWARDED = ("SIGINT", "SIGTERM", "SIGHUP")


def serve(
    *,
    host: Annotated[
        str, typer.Option("--host", metavar="HOST", help="Address to listen on.")
    ] = "127.0.0.1",
    port: Annotated[
        int, typer.Option("--port", min=1, max=65_535, metavar="PORT", help="Port to listen on.")
    ] = 7860,
    no_browser: Annotated[
        bool, typer.Option("--no-browser", help="Do not open a browser window.")
    ] = False,
    auth: Annotated[
        Path | None,
        typer.Option("--auth", metavar="FILE", help="Who may use it: names, passwords, tokens."),
    ] = None,
    no_auth: Annotated[
        bool, typer.Option("--no-auth", help="Let other computers in without a login.")
    ] = False,
    public_name: Annotated[
        list[str] | None,
        typer.Option(
            "--public-name", metavar="NAME", help="What others call this computer; repeatable."
        ),
    ] = None,
    watch: Annotated[
        Path | None,
        typer.Option("--watch", metavar="FOLDER", help="Mirror this folder meanwhile."),
    ] = None,
    llm: LlmOption = None,
    library: LibraryOption = None,
    as_json: JsonOption = False,
) -> None:
    """Open the chat in the browser; Ctrl-C ends it."""
    if watch is not None:
        from index.incoming import mirrored_files

        mirrored_files(watch)  # a folder that cannot be watched is told here and now
    settings_of(library, llm)  # a setting that cannot be used is told here and now
    names = public_name or []
    # before anything heavy is started
    reach_of(host, port, names=names, auth=auth, no_auth=no_auth)
    chosen = {
        "--library": library,
        "--llm": llm,
        "--host": host,
        "--port": port,
        "--auth": auth,
        "--watch": watch,
    }
    flags = {"--no-browser": no_browser, "--no-auth": no_auth}
    command = [sys.executable, "-P", "-m", "ui", *(name for name, on in flags.items() if on)]
    command += [part for name in names for part in ("--public-name", name)]
    for name, value in chosen.items():
        if value is not None:
            command += [name, str(value)]
    code = run_page(command, page_environment(), stdout=sys.stderr if as_json else None)
    if code and as_json:
        print_json(
            Failure("ServeError", f"The page ended with exit code {code}.", "", code).to_dict()
        )
    raise typer.Exit(code)


def page_environment() -> dict[str, str]:
    """The environment of the page's process.

    In it, the `ui` is found that belongs to this installation: `-P` keeps a file of that name in
    the current folder out, and a checkout's own folder is named here.
    """
    chosen = dict(os.environ)
    home = str(Path(__file__).resolve().parents[2])
    if home not in {*site.getsitepackages(), site.getusersitepackages()}:
        earlier = os.environ.get("PYTHONPATH")
        chosen["PYTHONPATH"] = f"{home}{os.pathsep}{earlier}" if earlier else home
    return chosen


def run_page(
    command: list[str], environment: dict[str, str], *, stdout: TextIO | None = None
) -> int:
    """Run the page until it ends; its exit code, 128 + n where signal n ended it."""
    # A process group of its own: Ctrl-C then reaches the page once, through us.
    group = 0 if os.name == "posix" else None
    with _signals_kept() as arrived:
        page = subprocess.Popen(command, env=environment, process_group=group, stdout=stdout)
        code = _wait(page, arrived)
    return code if code >= 0 else 128 - code


def _wait(page: subprocess.Popen[bytes], arrived: list[int]) -> int:
    """Wait for the page to end, handing on each signal that arrives meanwhile."""
    while True:
        try:
            return page.wait(timeout=0.2)
        except subprocess.TimeoutExpired:
            while arrived:
                page.send_signal(arrived.pop(0))


@contextmanager
def _signals_kept() -> Iterator[list[int]]:
    """Collect the signals that would end this process, as they arrive."""
    arrived: list[int] = []

    def keep(number: int, _frame: FrameType | None) -> None:
        arrived.append(number)

    numbers = [getattr(signal, name) for name in _FORWARDED if hasattr(signal, name)]
    earlier = {number: signal.signal(number, keep) for number in numbers}
    try:
        yield arrived
    finally:
        for number, handler in earlier.items():
            signal.signal(number, handler)
