"""Every error that this product raises on purpose, in one tree.

    AssistantError
    ├── InvalidInput        what was passed in cannot be used
    │   ├── InvalidQuestion     empty, blank or far too long
    │   ├── InvalidOption       an unknown or conflicting setting
    │   ├── PathUnusable        missing, unreadable, or holding no article
    │   └── AddressUnusable     a web address that is not fetched, or gives no article
    ├── LibraryError        the library on disk cannot be used as asked
    │   ├── LibraryLocked       another process is writing (retryable)
    │   ├── LibraryNewer        made by a later version of the product
    │   ├── LibraryDamaged      its SQLite file is not readable
    │   ├── EmbeddingMismatch   made with another embedding model
    │   ├── ArticleNotFound     no article has that id
    │   ├── ConversationNotFound  no conversation of the asker's has that id
    │   └── StorageFull         the disk refused a write
    ├── ModelError          a model cannot be used
    │   ├── EmbeddingUnavailable  the embedding model cannot be loaded
    │   └── LLMUnavailable        the language model does not answer as it should
    ├── MissingExtra        an optional package is not installed
    └── ServeError          the browser chat cannot be started

"The articles do not tell" is an `Answer`, never an error.
"""

from __future__ import annotations


class AssistantError(Exception):
    """A failure that its reader can act on.

    `message` says what happened and to which file or value, `hint` what to do about it,
    `retryable` whether the same call may work when made again later.
    """

    retryable: bool = False

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message} {self.hint}".strip()


class InvalidInput(AssistantError, ValueError):
    """What was passed in cannot be used."""


class InvalidQuestion(InvalidInput):
    """The question is empty, blank or far too long."""


class InvalidOption(InvalidInput):
    """A setting has a value that is unknown, or that conflicts with another one."""


class PathUnusable(InvalidInput):
    """A path is missing, may not be read, or holds no article."""


class AddressUnusable(InvalidInput):
    """A web address may not be fetched, cannot be, or gives no article.

    `status` is the server's answer where that is the reason, 0 elsewhere.
    """

    def __init__(self, message: str, hint: str = "", *, status: int = 0) -> None:
        super().__init__(message, hint)
        self.status = status


class LibraryError(AssistantError):
    """The library on disk cannot be used as asked."""


class LibraryLocked(LibraryError):
    """Another process holds the library's write lock; `pid` is its process id, 0 if unknown."""

    retryable = True

    def __init__(self, message: str, hint: str = "", *, pid: int = 0) -> None:
        super().__init__(message, hint)
        self.pid = pid


class LibraryNewer(LibraryError):
    """The library was made by a later version of the product."""


class LibraryDamaged(LibraryError):
    """The library's SQLite file cannot be read."""


class EmbeddingMismatch(LibraryError):
    """The library's vectors were made by another embedding model than the one asked for."""


class ArticleNotFound(LibraryError, KeyError):
    """No article of the library has the given id."""

    __str__ = AssistantError.__str__


class ConversationNotFound(LibraryError, KeyError):
    """No conversation of the one who asks has the given id."""

    __str__ = AssistantError.__str__


class StorageFull(LibraryError):
    """The disk refused a write; what was reported before it is kept."""

    retryable = True


class ModelError(AssistantError):
    """A model cannot be used."""


class EmbeddingUnavailable(ModelError):
    """The embedding model cannot be loaded or gave unusable vectors."""


class LLMUnavailable(ModelError):
    """The language model cannot be reached, refused the call, or sent no usable reply."""


class MissingExtra(AssistantError, ImportError):
    """An optional package is needed and not installed."""


class ServeError(AssistantError):
    """The browser chat cannot be started."""
