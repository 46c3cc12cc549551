"""Settings, and the only place that reads the environment.

Every variable has an argument that overrides it; the README's table of settings is tested
against `VARIABLES`.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from assistant.keys import Access, read_keys
from index.chroma.address import ChromaAccess, ChromaAddress, checked_address
from index.errors import InvalidOption

APP = "article-assistant"

VARIABLES: dict[str, str] = {
    "ASSISTANT_LIBRARY": "folder of the library (default: the platform's user data folder)",
    "ASSISTANT_LLM": "who answers: `auto` (default), `none`, or a language model (see below)",
    "ASSISTANT_LLM_KEY": "API key sent to an `http` address, if it wants one",
    "ASSISTANT_EMBEDDING": "embedding of a new library: a sentence-transformers name or folder",
    "ASSISTANT_CHROMA": "`local` (default), `http://HOST:PORT` of a Chroma server, or `cloud`",
    "ASSISTANT_CHROMA_HEADERS": "what a Chroma server wants to be sent, such as "
    "`Authorization: Bearer …`; several stand one a line",
    "ASSISTANT_CHROMA_CA": "file of the certificates to trust for an `https` Chroma server",
    "ASSISTANT_TOP_K": "passages that an answer is made from (default: 6)",
    "ASSISTANT_DECLINE": "share of answerable questions that may be declined, 0 to 0.5; with more, "
    "more of the others are (default: 0.1)",
    "ASSISTANT_LOCK_WAIT": "seconds that a write waits for another one to end (default: 30)",
    "ASSISTANT_CACHE": "folder of cached libraries (default: the platform's user cache folder)",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What the assistant runs with; made by `from_environment`, changed by `with_values`."""

    library: Path
    cache: Path
    llm: str = "none"  # what is made by hand looks for nothing that it was not told of
    access: Access = field(default_factory=Access)
    embedding: str | None = None  # None: the library's own, or the bundled model for a new one
    chroma: str = "local"
    chroma_access: ChromaAccess = field(default_factory=ChromaAccess)
    top_k: int = 6
    decline: float = 0.1  # share of answerable questions
    lock_wait: float = 30.0  # seconds

    @staticmethod
    def from_environment(
        environ: Mapping[str, str] | None = None, keys: Path = Path(".env")
    ) -> Settings:
        """Settings from environment variables, and keys that it lacks from the file `keys`.

        Raises InvalidOption on an unusable value.
        """
        import platformdirs

        env = os.environ if environ is None else environ
        known = {**read_keys(keys), **{k: v for k, v in env.items() if v}}
        chroma = env.get("ASSISTANT_CHROMA") or "local"
        chroma_access = _chroma_access(known)
        checked_address(ChromaAddress(chroma, chroma_access))
        library = env.get("ASSISTANT_LIBRARY") or platformdirs.user_data_dir(APP, appauthor=False)
        cache = env.get("ASSISTANT_CACHE") or platformdirs.user_cache_dir(APP, appauthor=False)
        return Settings(
            library=Path(library).expanduser(),
            cache=Path(cache).expanduser(),
            llm=env.get("ASSISTANT_LLM") or "auto",
            access=Access.of(known),
            embedding=env.get("ASSISTANT_EMBEDDING") or None,
            chroma=chroma,
            chroma_access=chroma_access,
            top_k=int(_number(env, "ASSISTANT_TOP_K", 6, low=1, high=50)),
            decline=_number(env, "ASSISTANT_DECLINE", 0.1, low=0, high=0.5),
            lock_wait=_number(env, "ASSISTANT_LOCK_WAIT", 30.0, low=0, high=86_400),
        )

    @property
    def chroma_address(self) -> ChromaAddress:
        """Where the library's Chroma is."""
        return ChromaAddress(self.chroma, self.chroma_access)

    def with_values(self, *, library: str | Path | None = None, llm: str | None = None) -> Settings:
        """A copy in which the values that are not None replace those of the environment."""
        changed = self
        if library is not None:
            changed = replace(changed, library=Path(library).expanduser())
        if llm is not None:
            changed = replace(changed, llm=llm)
        return changed


def _chroma_access(known: Mapping[str, str]) -> ChromaAccess:
    """What lets one in to a Chroma server; the names without ASSISTANT_ are Chroma's own.

    Raises InvalidOption for headers that are none, without repeating them.
    """
    headers: dict[str, str] = {}
    for line in known.get("ASSISTANT_CHROMA_HEADERS", "").splitlines():
        name, colon, value = line.partition(":")
        if line.strip() and not (colon and name.strip() and value.strip()):
            raise InvalidOption(
                "ASSISTANT_CHROMA_HEADERS holds a line that is no header.",
                "Write `Name: value`, one a line.",
            )
        if line.strip():
            headers[name.strip()] = value.strip()
    authority = known.get("ASSISTANT_CHROMA_CA")
    return ChromaAccess(
        headers=headers,
        authority=Path(authority).expanduser() if authority else None,
        tenant=known.get("CHROMA_TENANT"),
        database=known.get("CHROMA_DATABASE"),
        key=known.get("CHROMA_API_KEY"),
    )


def _number(env: Mapping[str, str], name: str, default: float, *, low: float, high: float) -> float:
    value = env.get(name)
    if not value:
        return default
    try:
        number = float(value)
    except ValueError:
        number = float("nan")
    if not low <= number <= high:
        raise InvalidOption(
            f"{name}={value!r} is not a number from {low:g} to {high:g}.",
            f"Set it to one, or leave it out for {default:g}.",
        )
    return number
