"""Which addresses of the page answer at all, and which of them before anyone has signed in."""

from __future__ import annotations

# Gradio serves more than this page uses: monitoring, proxies, recordings, editors, documentation.
# What is not named here is not found.
_EXACT = frozenset(
    {
        "/",
        "/config",
        "/config/",
        "/favicon.ico",
        "/gradio_api/app_id",
        "/gradio_api/cancel",
        "/gradio_api/info",
        "/gradio_api/info/",
        "/gradio_api/login_check",
        "/gradio_api/mcp",
        "/gradio_api/queue/data",
        "/gradio_api/queue/join",
        "/gradio_api/queue/status",
        "/gradio_api/reset",
        "/gradio_api/reset/",
        "/gradio_api/upload",
        "/gradio_api/upload_progress",
        "/gradio_api/user",
        "/login",
        "/login/",
        "/logout",
        "/robots.txt",
        "/theme.css",
        "/v1/chat/completions",
        "/v1/models",
    }
)
_BELOW = (
    "/assets/",
    "/gradio_api/api/",
    "/gradio_api/call/",
    "/gradio_api/file=",
    "/gradio_api/heartbeat/",
    "/gradio_api/mcp/",
    "/gradio_api/run/",
    "/static/",
    "/svelte/",
    "/v1/models/",
)
# What a browser must load to show the login, and to send it. None of it tells of articles,
# questions or people.
_BEFORE_LOGIN = frozenset({"/", "/favicon.ico", "/login", "/login/", "/robots.txt", "/theme.css"})
_BELOW_BEFORE_LOGIN = ("/assets/", "/static/", "/svelte/")

UPLOAD = "/gradio_api/upload"


def answered(path: str) -> bool:
    """Whether this page has anything at that path."""
    return path in _EXACT or path.startswith(_BELOW)


def open_to_all(path: str) -> bool:
    """Whether a path answers those who have yet to sign in."""
    return path in _BEFORE_LOGIN or path.startswith(_BELOW_BEFORE_LOGIN)
