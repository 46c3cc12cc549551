"""The browser chat: `python -m ui` serves it, and its parts are wired to Gradio here."""

from __future__ import annotations

import argparse
import os
import signal
import sys
import tempfile
import threading
import webbrowser
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from importlib.resources import files as resources
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assistant.addresses import check_address
from assistant.config import Settings
from assistant.web import conversation, examples, serving, uploads, watching
from assistant.web.exchange import Exchange, follow
from index.errors import AssistantError, ServeError

if TYPE_CHECKING:
    import gradio as gr

    from assistant.assistant import Assistant

TITLE = "Article Assistant"
_SANS = ["-apple-system", "Segoe UI", "Roboto", "Helvetica Neue", "Arial", "sans-serif"]

Turns = tuple[Exchange, ...]
Shown = tuple[Any, ...]  # one update for each output of an event


class Room:
    """What the page's events do: each method is one event, and gives the updates of its outputs."""

    def __init__(self, assistant: Assistant, *, samples: bool) -> None:
        self.assistant = assistant
        self.samples = samples  # whether they answer while the library is empty
        self.warm = threading.Event()

    def warm_up(self) -> None:
        """Load the models, so that the first question does not wait; the page is usable before."""
        try:
            self.assistant.warm_up()
        except AssistantError:
            pass  # the first question meets the same failure, and shows it where it is read
        finally:
            self.warm.set()

    def opened(self) -> Shown:
        """Conversation, sources, model line and library line of a page that was just opened."""
        model = conversation.model_line(self.assistant.model)
        return self.talk(()), conversation.sources(()), model, self.shelf()

    def talk(self, turns: Turns) -> str:
        """The conversation, or what stands there before the first question."""
        if turns:
            return conversation.conversation(turns)
        try:
            lead, questions = examples.offer(self.assistant.library, samples=self.samples)
        except AssistantError as error:
            return conversation.conversation((), conversation.problem(error))
        return conversation.conversation((), conversation.welcome(lead, questions))

    def shelf(self) -> str:
        """How many articles there are; nothing while the library cannot be read."""
        try:
            return examples.shelf(len(self.assistant.library))
        except AssistantError:
            return ""

    def ask(self, question: str, turns: Turns) -> Iterator[Shown]:
        """Box, turns, conversation, sources and model line, each time that the answer grows."""
        import gradio as gr

        asked = question.strip() if isinstance(question, str) else ""
        if not asked:
            return
        yield _busy(), gr.skip(), gr.skip(), gr.skip(), gr.skip()
        for now in follow(self.assistant, asked, turns, ready=self.warm.is_set()):
            told = (*turns, now)
            talk = self.talk(told)
            if now.open:
                yield gr.skip(), told, talk, gr.skip(), gr.skip()
                continue
            line = gr.skip()
            if now.answer:
                line = conversation.model_line(now.answer.model, now.answer.fallback_reason)
            yield _free(), told, talk, conversation.sources(told), line

    def stop(self, turns: Turns) -> Shown:
        """Box, turns and conversation after the reader has stopped an answer."""
        told = tuple(one.stop() for one in turns)
        return _free(), told, self.talk(told)

    def failed(self, turns: Turns) -> Shown:
        """The same after a failure that nobody foresaw: the page must not wait for ever."""
        told = tuple(one.fail(_unforeseen()) for one in turns)
        return _free(), told, self.talk(told)

    def renew(self) -> Shown:
        """Box, turns, conversation and sources of a new conversation."""
        return _free(), (), self.talk(()), conversation.sources(())

    def add(self, dropped: Sequence[str], turns: Turns) -> Iterator[Shown]:
        """Drop zone, report, library line and conversation, each time a file has its verdict."""
        import gradio as gr

        for state in uploads.add(self.assistant.library, [Path(path) for path in dropped]):
            yield None, uploads.report(state), gr.skip(), gr.skip()
        talk = gr.skip() if turns else self.talk(())
        yield None, gr.skip(), self.shelf(), talk

    def unadded(self) -> Shown:
        """Drop zone and report after a failure that nobody foresaw."""
        return None, conversation.problem(_unforeseen())


def _unforeseen() -> AssistantError:
    return AssistantError("Something went wrong here.", "The terminal of the page tells more.")


def _busy() -> dict[str, Any]:
    import gradio as gr

    return gr.update(value="", submit_btn=False, stop_btn="Stop")


def _free() -> dict[str, Any]:
    import gradio as gr

    return gr.update(submit_btn="Ask", stop_btn=False)


def page(room: Room) -> gr.Blocks:
    """The page and its events."""
    import gradio as gr

    script = resources("assistant.web").joinpath("room.js").read_text("utf-8")
    blocks = gr.Blocks(title=TITLE, analytics_enabled=False, fill_width=True)
    with blocks:
        turns = gr.State(())
        with gr.Column(elem_id="room"):
            with gr.Column(elem_id="masthead"):
                gr.HTML(f"<h1>{TITLE}</h1>", elem_id="name")
                renew = gr.Button("New conversation", elem_id="renew", size="sm")
            talk = gr.HTML(elem_id="talk", js_on_load=script, apply_default_css=False)
            cards = gr.HTML(elem_id="sources", apply_default_css=False)
            with gr.Column(elem_id="shelf"):
                shelf = gr.HTML(elem_id="count", apply_default_css=False)
                drop = gr.File(
                    label="Add articles", file_count="multiple", elem_id="drop", height=120
                )
                report = gr.HTML(elem_id="report", apply_default_css=False)
            with gr.Column(elem_id="composer"):
                box = gr.Textbox(
                    label="Your question",
                    placeholder="Ask about your articles…",
                    submit_btn="Ask",
                    lines=1,
                    max_lines=6,
                    autofocus=True,
                    container=False,
                    elem_id="question",
                )
                model = gr.HTML(elem_id="model", apply_default_css=False)

        quiet: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}
        asking: dict[str, Any] = {**quiet, "concurrency_id": "ask", "concurrency_limit": 4}
        answered = [box, turns, talk, cards, model]

        def chosen(told: Turns, event: gr.EventData) -> Iterator[Shown]:
            yield from room.ask(event.question, told)

        chosen.__annotations__["event"] = gr.EventData  # Gradio cannot read it as a string

        typed = box.submit(room.ask, [box, turns], answered, **asking)
        picked = talk.submit(chosen, turns, answered, **asking)
        for asked in (typed, picked):
            asked.failure(room.failed, turns, [box, turns, talk], **quiet)
        box.stop(room.stop, turns, [box, turns, talk], cancels=[typed, picked], **quiet)
        renew.click(room.renew, None, [box, turns, talk, cards], cancels=[typed, picked], **quiet)
        added = drop.upload(
            room.add,
            [drop, turns],
            [drop, report, shelf, talk],
            concurrency_id="add",
            concurrency_limit=1,
            **quiet,
        )
        added.failure(room.unadded, None, [drop, report], **quiet)
        blocks.load(room.opened, None, [talk, cards, model, shelf], **quiet)
    return blocks


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
            css=resources("assistant.web").joinpath("room.css").read_text("utf-8"),
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
