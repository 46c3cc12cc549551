"""Ask questions of news articles: `from assistant import ask; ask("what did Russia demand")`.

Names are loaded on first use, so that importing this package costs next to nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:  # what a type checker sees; `_HOMES` says the same at run time
    from assistant.assistant import Assistant as Assistant
    from assistant.once import ask as ask
    from assistant.types import Answer as Answer
    from assistant.types import Answered as Answered
    from assistant.types import AppliedFilters as AppliedFilters
    from assistant.types import Citation as Citation
    from assistant.types import Claim as Claim
    from assistant.types import Conflict as Conflict
    from assistant.types import Event as Event
    from assistant.types import Evidence as Evidence
    from assistant.types import Quote as Quote
    from assistant.types import Searched as Searched
    from assistant.types import Sentence as Sentence
    from assistant.types import TextDelta as TextDelta
    from assistant.types import Timings as Timings
    from assistant.types import Turn as Turn
    from index.errors import ArticleNotFound as ArticleNotFound
    from index.errors import AssistantError as AssistantError
    from index.errors import ConversationNotFound as ConversationNotFound
    from index.errors import EmbeddingMismatch as EmbeddingMismatch
    from index.errors import EmbeddingUnavailable as EmbeddingUnavailable
    from index.errors import InvalidInput as InvalidInput
    from index.errors import InvalidOption as InvalidOption
    from index.errors import InvalidQuestion as InvalidQuestion
    from index.errors import LibraryDamaged as LibraryDamaged
    from index.errors import LibraryError as LibraryError
    from index.errors import LibraryLocked as LibraryLocked
    from index.errors import LibraryNewer as LibraryNewer
    from index.errors import LLMUnavailable as LLMUnavailable
    from index.errors import MissingExtra as MissingExtra
    from index.errors import ModelError as ModelError
    from index.errors import PathUnusable as PathUnusable
    from index.errors import ServeError as ServeError
    from index.errors import StorageFull as StorageFull
    from index.library import Library as Library
    from index.types import Appearance as Appearance
    from index.types import Article as Article
    from index.types import Filters as Filters
    from index.types import Hit as Hit
    from index.types import Passage as Passage
    from index.types import Progress as Progress
    from index.types import Report as Report
    from index.types import Verdict as Verdict

_HOMES = {
    "assistant.assistant": ("Assistant",),
    "assistant.once": ("ask",),
    "assistant.types": (
        "Answer",
        "Answered",
        "AppliedFilters",
        "Citation",
        "Claim",
        "Conflict",
        "Event",
        "Evidence",
        "Quote",
        "Searched",
        "Sentence",
        "TextDelta",
        "Timings",
        "Turn",
    ),
    "index.errors": (
        "ArticleNotFound",
        "AssistantError",
        "ConversationNotFound",
        "EmbeddingMismatch",
        "EmbeddingUnavailable",
        "InvalidInput",
        "InvalidOption",
        "InvalidQuestion",
        "LLMUnavailable",
        "LibraryDamaged",
        "LibraryError",
        "LibraryLocked",
        "LibraryNewer",
        "MissingExtra",
        "ModelError",
        "PathUnusable",
        "ServeError",
        "StorageFull",
    ),
    "index.library": ("Library",),
    "index.types": (
        "Appearance",
        "Article",
        "Filters",
        "Hit",
        "Passage",
        "Progress",
        "Report",
        "Verdict",
    ),
}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}

__version__ = "0.1.0"
__all__ = sorted(_HOME_OF)  # noqa: PLE0605 - the names above, loaded on first use


def __getattr__(name: str) -> Any:
    if name not in _HOME_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOME_OF[name]), name)


def __dir__() -> list[str]:
    return sorted([*__all__, "__version__"])
