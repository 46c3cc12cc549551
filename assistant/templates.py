"""Filling the texts of `prompts/`: no placeholder is left, and no value is scanned for more."""

from __future__ import annotations

from importlib.resources import files
from string import Template


def fill(name: str, /, **values: object) -> str:
    """The text `prompts/<name>.txt` with its placeholders filled in.

    Raises KeyError for a placeholder without a value and ValueError for a value without a
    placeholder: a prompt that silently lost its passages would still get an answer.
    """
    template = Template(files("prompts").joinpath(f"{name}.txt").read_text(encoding="utf-8"))
    unused = values.keys() - set(template.get_identifiers())
    if unused:
        raise ValueError(f"the prompt {name!r} has no placeholder for {sorted(unused)}")
    return template.substitute(values).strip()
