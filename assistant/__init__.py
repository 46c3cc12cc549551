"""Ask questions of news articles: `from assistant import ask; ask("what did Russia demand")`.

Names are loaded on first use, so that importing this package costs next to nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from assistant.assistant import Assistant, ask
    from assistant.types import (
        Answer,
        Answered,
        AppliedFilters,
        Citation,
        Claim,
        Conflict,
        Event,
        Evidence,
        Quote,
        Searched,
        Sentence,
        TextDelta,
        Timings,
        Turn,
    )
    from index.errors import (
        ArticleNotFound,
        AssistantError,
        EmbeddingMismatch,
        EmbeddingUnavailable,
        InvalidInput,
        InvalidOption,
        InvalidQuestion,
        LibraryDamaged,
        LibraryError,
        LibraryLocked,
        LibraryNewer,
        LLMUnavailable,
        MissingExtra,
        ModelError,
        PathUnusable,
        ServeError,
        StorageFull,
    )
    from index.library import Library
    from index.types import Appearance, Article, Filters, Hit, Passage, Progress, Report, Verdict

_HOMES = {
    "assistant.assistant": ("Assistant", "ask"),
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
__all__ = [  # noqa: PLE0604 - the names above, loaded lazily
    *sorted(_HOME_OF)
]


def __getattr__(name: str) -> Any:
    if name not in _HOME_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOME_OF[name]), name)


def __dir__() -> list[str]:
    return sorted([*__all__, "__version__"])
