"""What the page's events carry, read with no trust in the browser, and its parts that are HTML."""

from __future__ import annotations

from collections.abc import Callable
from importlib.resources import files as resources
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import gradio as gr


def heard(method: Callable[..., Any]) -> Any:
    """A method that takes an `event`, told to Gradio in a way that it can read."""
    import gradio as gr

    return typed(method, event=gr.EventData)


def typed(handler: Any, **hints: Any) -> Any:
    """The handler, with annotations that Gradio can read: as strings it passes them over."""
    handler.__annotations__.update(hints)
    return handler


def value(event: gr.EventData, name: str) -> object:
    """What an event carries under a name; None where it carries none."""
    data = event._data
    return data.get(name) if isinstance(data, dict) else None


def word(event: gr.EventData, name: str) -> str:
    """The text that an event carries under a name; "" where it carries none."""
    found = value(event, name)
    return found if isinstance(found, str) else ""


def several(event: gr.EventData, name: str) -> list[str]:
    """The texts that an event carries under a name."""
    found = value(event, name)
    return [one for one in found if isinstance(one, str)] if isinstance(found, list) else []


def form(event: gr.EventData) -> dict[str, str]:
    """The fields of the form that an event carries, as they were typed."""
    found = value(event, "form")
    if not isinstance(found, dict):
        return {}
    return {str(name): typed for name, typed in found.items() if isinstance(typed, str)}


def part(elem_id: str, shown: str = "", *, script: str = "") -> gr.HTML:
    """A part of the page that is HTML of ours, with a script of that name where it has one."""
    import gradio as gr

    folder = resources("assistant.web").joinpath("scripts")
    code = folder.joinpath(f"{script}.js").read_text("utf-8") if script else None
    return gr.HTML(shown, elem_id=elem_id, js_on_load=code, apply_default_css=False)
