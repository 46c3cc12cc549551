"""What the tests of the page's other interfaces share: two articles, logins, and an assistant."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

from assistant.assistant import Assistant
from assistant.config import Settings
from index.library import Library
from index.types import Article

LOGINS = """
[anna]
password = "a sentence of Anna's"
token = "anna-0123456789-0123456789"

[desk]
token = "desk-0123456789-0123456789"
"""
TOKEN = "anna-0123456789-0123456789"
BEARER = {"Authorization": f"Bearer {TOKEN}"}
FERRY = Article(
    title="Ferry burns off Ostrava Point",
    text=(
        "The ferry Marisol caught fire on Tuesday. Elin Dahl, the captain of the Marisol, blamed "
        "the galley.\n\nTwelve people were hurt, the coastguard said. The ship was towed to Lindal "
        "on Wednesday, where inspectors are to examine it."
    ),
    source="The Harbour Post",
    url="https://harbour.example/marisol",
    published=date(2025, 6, 3),
)
BRIDGE = Article(
    title="Bridge to Sunde closed",
    text=(
        "The bridge to Sunde was closed on Friday. Oskar Lund, who leads the road authority, said "
        "that a crack had been found in a pillar. It is to open again in March."
    ),
    source="Meridian Wire",
    published=date(2025, 6, 6),
)
QUESTION = "who is the captain of the Marisol"


def settings(folder: Path) -> Settings:
    return Settings(library=folder / "library", cache=folder / "cache")


@contextmanager
def assistant_of(folder: Path, *articles: Article, **options: Any) -> Iterator[Assistant]:
    """An assistant with a library of its own."""
    with Library(folder / "library") as library:
        library.add(list(articles))
        with Assistant(library=library, settings=settings(folder), **options) as assistant:
            yield assistant


def logins(folder: Path) -> Path:
    """A file of logins that may be used."""
    path = folder / "logins.toml"
    path.write_text(LOGINS)
    path.chmod(0o600)
    return path
