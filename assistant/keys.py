"""The keys and addresses of model providers, from the environment or a file `.env`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from index.errors import InvalidOption

KEYS = (
    "ASSISTANT_LLM_KEY",
    "OPENAI_API_KEY",
    "ANTHROPIC_API_KEY",
    "ASSISTANT_CHROMA_HEADERS",
    "CHROMA_API_KEY",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """What lets a model be called; shown without the keys, and never put into the environment."""

    address: str | None = field(default=None, repr=False)  # key of an http address
    openai: str | None = field(default=None, repr=False)
    anthropic: str | None = field(default=None, repr=False)
    openai_base: str | None = None
    anthropic_base: str | None = None
    ollama_host: str | None = None

    @staticmethod
    def of(values: Mapping[str, str]) -> Access:
        """The access that variables of these names give; an empty one is none."""
        return Access(
            address=values.get("ASSISTANT_LLM_KEY") or None,
            openai=values.get("OPENAI_API_KEY") or None,
            anthropic=values.get("ANTHROPIC_API_KEY") or None,
            openai_base=values.get("OPENAI_BASE_URL") or None,
            anthropic_base=values.get("ANTHROPIC_BASE_URL") or None,
            ollama_host=values.get("OLLAMA_HOST") or None,
        )


def read_keys(path: Path) -> dict[str, str]:
    """The keys among the `NAME=value` lines of a file, none where there is no file.

    Values may stand in quotes; `export` before the name and lines that begin with # are allowed.
    Addresses are not taken: a file in the folder that one happens to work in must not send a key
    of the environment elsewhere. Raises InvalidOption for a file that cannot be read.
    """
    if not path.is_file():  # some keep a virtual environment in a folder of that name
        return {}
    try:
        text = path.read_text("utf-8-sig", errors="replace")
    except OSError as error:
        raise InvalidOption(
            f"The file {path} cannot be read: {error.strerror}.",
            "Let yourself read it, or run the command in another folder.",
        ) from None
    values = {}
    for line in text.splitlines():
        name, equals, value = line.strip().removeprefix("export ").partition("=")
        if equals and name.strip() in KEYS:
            values[name.strip()] = _unquoted(value.strip())
    return values


def _unquoted(value: str) -> str:
    if len(value) > 1 and value[0] == value[-1] and value[0] in "'\"":
        return value[1:-1]
    return value.partition(" #")[0].rstrip()
