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
from importlib.resources import files as resources
from pathlib import Path
from typing import TYPE_CHECKING

from assistant.addresses import check_address
from assistant.config import Settings
from assistant.web import serving, uploads, watching
from assistant.web.heard import part
from assistant.web.history import History
from assistant.web.library import LibraryView
from assistant.web.options import Options
from assistant.web.reading import Reader
from assistant.web.room import Room
from assistant.web.talk import Talk
from index.errors import AssistantError, ServeError

if TYPE_CHECKING:
    import gradio as gr

TITLE = "Article Assistant"
# The style sheets, in the order in which later ones lean on earlier ones.
STYLES = (
    "room", "talk", "sources", "history", "shelf", "library", "reading", "narrow",
)  # fmt: skip
_TOPBAR = (
    '<button type="button" aria-expanded="false" aria-controls="side">Menu</button>'
    f"<span>{TITLE}</span>"
)
_SANS = ["-apple-system", "Segoe UI", "Roboto", "Helvetica Neue", "Arial", "sans-serif"]


def page(room: Room) -> gr.Blocks:
    """The page and its events."""
    import gradio as gr

    talk, history, options, reader = Talk(room), History(room), Options(room), Reader(room)
    library = LibraryView(room, reader)
    blocks = gr.Blocks(title=TITLE, analytics_enabled=False, fill_width=True)
    with blocks:
        with gr.Column(elem_id="room"):
            part("topbar", _TOPBAR, script="room")
            with gr.Column(elem_id="side"):
                with gr.Column(elem_id="masthead"):
                    gr.HTML(f"<h1>{TITLE}</h1>", elem_id="name")
                    renew = gr.Button("New conversation", elem_id="renew", size="sm")
                history.place()
                library.place_shelf()
                options.place()
            talk.place(library)
            library.place()
        reader.place()
        asked = talk.wire(
            blocks, renew=renew, options=options, history=history, library=library, reader=reader
        )
        history.wire(blocks, talk, asked)
        options.wire(blocks, talk)
        library.wire(blocks, talk)
    return blocks


def _styles() -> str:
    folder = resources("assistant.web").joinpath("styles")
    return "\n".join(folder.joinpath(f"{name}.css").read_text("utf-8") for name in STYLES)


def launch(blocks: gr.Blocks, host: str, port: int) -> None:
    """Serve the page in a thread of its own; raises ServeError when the port was just taken."""
    import gradio as gr
    from starlette.middleware import Middleware

    blocks.queue(max_size=32, default_concurrency_limit=4)
    try:
        blocks.launch(
            server_name=host,
            server_port=port,
            share=False,
            ssr_mode=False,
            show_error=False,
            strict_cors=True,
            enable_monitoring=False,
            run_history=False,
            mcp_server=False,
            pwa=False,
            quiet=True,
            prevent_thread_lock=True,
            footer_links=[],
            allowed_paths=[],
            max_file_size=f"{uploads.LARGEST}mb",
            state_session_capacity=100,
            theme=gr.themes.Base(font=_SANS, font_mono=["ui-monospace", "monospace"]),
            css=_styles(),
            app_kwargs={"middleware": [Middleware(serving.Guard)]},
        )
    except OSError as error:
        raise ServeError(f"The page cannot be served: {error}.", "Try another --port.") from error


def serve(settings: Settings, options: argparse.Namespace) -> None:
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
        room = Room(assistant, samples=options.library is None)
        blocks = page(room)
        launch(blocks, options.host, options.port)
        stack.callback(blocks.close, verbose=False)
        threading.Thread(target=room.warm_up, name="warm-up", daemon=True).start()
        if options.watch:
            stack.enter_context(watching.mirrored(assistant.library, Path(options.watch)))
        url = f"http://{options.host}:{options.port}/"
        sys.stdout.write(f"{TITLE} is open at {url} (Ctrl-C ends it)\n")
        sys.stdout.flush()
        if options.browser:
            webbrowser.open(url)
        ended.wait()


def _options(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m ui", description="Chat with your articles.")
    parser.add_argument("--library", metavar="DIR", help="folder of the library")
    parser.add_argument(
        "--llm", metavar="NAME", help="auto, none, PROVIDER:MODEL or http://HOST/v1#MODEL"
    )
    parser.add_argument("--watch", metavar="FOLDER", help="folder to mirror meanwhile")
    parser.add_argument("--host", default="127.0.0.1", help="127.0.0.1 (default) or localhost")
    parser.add_argument("--port", type=int, default=7860, help="default: 7860")
    parser.add_argument(
        "--no-browser", dest="browser", action="store_false", help="do not open the page"
    )
    return parser.parse_args(argv)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the page until it is ended; 0 when it was, 1 with one line on stderr when it cannot."""
    options = _options(argv)
    try:
        check_address(options.host, options.port)
        settings = Settings.from_environment().with_values(library=options.library, llm=options.llm)
        serve(settings, options)
    except AssistantError as error:
        sys.stderr.write(f"error: {error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
