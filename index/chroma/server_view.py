"""What can be told of a Chroma server from here: whether it answers, and what it holds of us."""

from __future__ import annotations

import time
from dataclasses import dataclass

from index import rows
from index.chroma.address import ChromaAddress
from index.chroma.client import ChromaFailure, ChromaMissing
from index.chroma.collection import ChromaCollection, collection_name
from index.errors import LibraryError
from index.store import Store

_PATIENCE = 5.0  # seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerView:
    """A server that answers: its version, how soon it did, and how much of the library it holds."""

    version: str
    seconds: float
    held: int | None  # passages; None without a collection of this library
    passages: int  # of the library


def look_at_server(store: Store, address: ChromaAddress) -> ServerView:
    """Ask a Chroma server what it is; changes nothing. Raises LibraryError where it is away."""
    with store.reading() as db:
        passages = rows.count(db, "passages")
        name = collection_name(db)
    chroma = ChromaCollection(address, store.folder / "chroma", name)
    try:
        with chroma.within(_PATIENCE):
            begun = time.perf_counter()
            version = chroma.server_version()
            seconds = time.perf_counter() - begun
            try:
                held: int | None = chroma.look()
            except ChromaMissing:
                held = None
    except ChromaFailure as error:
        raise LibraryError(
            f"The Chroma server at {address} is of no use now: {error}.",
            "Start it, or mend ASSISTANT_CHROMA and what belongs to it; until then the library "
            "answers by itself.",
        ) from error
    finally:
        chroma.close()
    return ServerView(version=version, seconds=seconds, held=held, passages=passages)
