"""The browser chat: `python -m ui` serves it, and its parts are wired to Gradio here."""

from __future__ import annotations

import argparse
import os
import signal
import sys
import tempfile
import threading
import webbrowser
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from assistant.addresses import Reach, reach_of
from assistant.config import Settings
from assistant.web import launching, programs, watching
from assistant.web.heard import part
from assistant.web.history import History
from assistant.web.library import LibraryView
from assistant.web.options import Options
from assistant.web.reading import Reader
from assistant.web.room import Room
from assistant.web.talk import Talk
from index.errors import AssistantError

if TYPE_CHECKING:
    import gradio as gr

TITLE = "Article Assistant"
_TOPBAR = (
    '<button type="button" aria-expanded="false" aria-controls="side">Menu</button>'
    f"<span>{TITLE}</span>"
)
UNGUARDED = (
    "no login is asked for: whoever reaches this computer can read the articles, ask, and add."
)


def page(room: Room) -> gr.Blocks:
    """The page and its events."""
    import gradio as gr

    talk, history, options, reader = Talk(room), History(room), Options(room), Reader(room)
    library = LibraryView(room, reader)
    blocks = gr.Blocks(title=TITLE, analytics_enabled=False, fill_width=True)
    with blocks:
        programs.place(room)  # first: events of the page may not take the names of its functions
        with gr.Column(elem_id="room"):
            part("topbar", _TOPBAR, script="room")
            with gr.Column(elem_id="side"):
                with gr.Column(elem_id="masthead"):
                    gr.HTML(f"<h1>{TITLE}</h1>", elem_id="name")
                    renew = gr.Button("New conversation", elem_id="renew", size="sm")
                history.place()
                library.place_shelf()
                options.place()
                if room.signed_in:
                    part("leave", '<a href="/logout">Sign out</a>')
            talk.place(library)
            library.place()
        reader.place()
        talk.wire(
            blocks, renew=renew, options=options, history=history, library=library, reader=reader
        )
        history.wire(blocks, talk)
        options.wire(blocks, talk)
        library.wire(blocks, talk)
    return blocks


def serve(settings: Settings, options: argparse.Namespace, reach: Reach) -> None:
    """Open the library, serve the page, and return when the process is asked to end."""
    ended = threading.Event()
    for name in ("SIGINT", "SIGTERM", "SIGHUP"):
        if hasattr(signal, name):  # Windows has no SIGHUP
            signal.signal(getattr(signal, name), lambda *_: ended.set())
    with ExitStack() as stack:
        held = stack.enter_context(tempfile.TemporaryDirectory(prefix="article-assistant-"))
        # Gradio keeps uploads in a folder that all users share unless it is told of another.
        os.environ.update(GRADIO_TEMP_DIR=held, GRADIO_ANALYTICS_ENABLED="False")
        from assistant.assistant import Assistant

        assistant = stack.enter_context(Assistant(library=options.library, settings=settings))
        room = Room(
            assistant,
            samples=options.library is None,
            personal=not reach.others and reach.logins is None,
            signed_in=reach.logins is not None,
        )
        stack.callback(launching.launch(page(room), room, reach))
        warming = threading.Thread(target=room.warm_up, name="warm-up", daemon=True)
        warming.start()
        # ONNX Runtime aborts where it is cut off in loading; a service of others may never answer.
        stack.callback(warming.join, 10.0)
        if options.watch:
            stack.enter_context(watching.mirrored(assistant.library, Path(options.watch)))
        if reach.others and reach.logins is None:
            sys.stderr.write(f"warning: {UNGUARDED}\n")
        sys.stdout.write(f"{TITLE} is open at {reach.url} (Ctrl-C ends it)\n")
        sys.stdout.flush()
        if options.browser:
            webbrowser.open(reach.url)
        ended.wait()


def _options(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m ui", description="Chat with your articles.")
    parser.add_argument("--library", metavar="DIR", help="folder of the library")
    parser.add_argument(
        "--llm", metavar="NAME", help="auto, none, PROVIDER:MODEL or http://HOST/v1#MODEL"
    )
    parser.add_argument("--watch", metavar="FOLDER", help="folder to mirror meanwhile")
    parser.add_argument("--host", default="127.0.0.1", help="address (default: 127.0.0.1)")
    parser.add_argument("--port", type=int, default=7860, help="default: 7860")
    parser.add_argument(
        "--auth", type=Path, metavar="FILE", help="who may use the page: names, passwords, tokens"
    )
    parser.add_argument(
        "--no-auth", action="store_true", help="let other computers in without a login"
    )
    parser.add_argument(
        "--public-name",
        dest="names",
        action="append",
        default=[],
        metavar="NAME",
        help="a name that other computers call this one by; may be repeated",
    )
    parser.add_argument(
        "--no-browser", dest="browser", action="store_false", help="do not open the page"
    )
    return parser.parse_args(argv)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the page until it is ended; 0 when it was, 1 with one line on stderr when it cannot."""
    options = _options(argv)
    try:
        reach = reach_of(
            options.host,
            options.port,
            names=options.names,
            auth=options.auth,
            no_auth=options.no_auth,
        )
        settings = Settings.from_environment().with_values(library=options.library, llm=options.llm)
        serve(settings, options, reach)
    except AssistantError as error:
        sys.stderr.write(f"error: {error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
