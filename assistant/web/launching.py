"""The page put behind its guard, with the interfaces for programs beside it, and served."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from importlib.resources import files as resources
from typing import TYPE_CHECKING

from assistant.addresses import Reach, bound_socket
from assistant.web import chat_completions, uploads
from assistant.web.limits import Limits
from assistant.web.serving import Guard
from assistant.web.sessions import Door, Sessions
from index.errors import ServeError

if TYPE_CHECKING:
    import gradio as gr
    from gradio.routes import App
    from starlette.types import ASGIApp

    from assistant.web.room import Room

# The style sheets, in the order in which later ones lean on earlier ones.
STYLES = (
    "room", "talk", "sources", "history", "shelf", "library", "reading", "narrow",
)  # fmt: skip
_SANS = ["-apple-system", "Segoe UI", "Roboto", "Helvetica Neue", "Arial", "sans-serif"]
_MESSAGE = "Sign in to ask your articles."
_SESSIONS = 100  # pages whose conversation is held in memory
_WAITING = 200  # events that may wait for their turn: more than a newsroom asks at once
_GRACE = 2  # seconds that open connections get when the page ends


def launch(blocks: gr.Blocks, room: Room, reach: Reach) -> Callable[[], None]:
    """Serve the page in a thread of its own; gives what ends it.

    Raises ServeError when the port was just taken.
    """
    import uvicorn

    # What is wrong with an upload is told to its sender.
    logging.getLogger("python_multipart").setLevel(logging.ERROR)
    app = application(blocks, room, reach)
    listening = bound_socket(reach.host, reach.port)
    server = uvicorn.Server(
        uvicorn.Config(app, log_level="warning", ws="none", timeout_graceful_shutdown=_GRACE)
    )
    thread = threading.Thread(
        target=server.run, kwargs={"sockets": [listening]}, name="page", daemon=True
    )
    thread.start()
    while not server.started and thread.is_alive():
        time.sleep(0.005)
    if not server.started:
        raise ServeError("The page could not be started.", "The lines above tell more.")

    def end() -> None:
        # What is still under way is broken off on purpose, and no news.
        logging.getLogger("uvicorn.error").setLevel(logging.CRITICAL)
        blocks.close(verbose=False)
        server.should_exit = True
        thread.join(_GRACE + 3)

    return end


def application(blocks: gr.Blocks, room: Room, reach: Reach) -> ASGIApp:
    """The whole page as one ASGI application."""
    import gradio as gr
    from fastapi import FastAPI

    blocks.queue(max_size=_WAITING, default_concurrency_limit=4)
    blocks.state_session_capacity = _SESSIONS
    outer = FastAPI(openapi_url=None, docs_url=None, redoc_url=None)
    outer.router.routes.extend(chat_completions.routes(room))
    gr.mount_gradio_app(
        outer,
        blocks,
        path="",
        server_name=reach.host,
        server_port=reach.port,
        app_kwargs={"openapi_url": None},
        auth=Door(reach.logins).admits if reach.logins else None,
        auth_message=_MESSAGE,
        ssr_mode=False,
        show_error=False,
        enable_monitoring=False,
        run_history=False,
        mcp_server=True,
        pwa=False,
        footer_links=[],
        allowed_paths=[],
        max_file_size=f"{uploads.LARGEST}mb",
        theme=gr.themes.Base(font=_SANS, font_mono=["ui-monospace", "monospace"]),
        css=_styles(*STYLES),
    )
    # The login is shown without the page's own styles, and with the theme's.
    blocks.theme_css += _styles("room", "login")
    inner = _gradio_app(outer)
    blocks.app = inner  # its end is told to the streams by way of this
    return Guard(Limits(outer), reach, Sessions(inner))


def _gradio_app(outer: ASGIApp) -> App:
    from gradio.routes import App

    mounted = [getattr(route, "app", None) for route in getattr(outer, "routes", ())]
    return next(app for app in mounted if isinstance(app, App))


def _styles(*names: str) -> str:
    folder = resources("assistant.web").joinpath("styles")
    return "\n".join(folder.joinpath(f"{name}.css").read_text("utf-8") for name in names)
