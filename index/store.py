"""The SQLite file that is the truth of a library: connections, transactions and their failures."""

from __future__ import annotations

import errno
import os
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from index import schema
from index.errors import AssistantError, LibraryError, LibraryLocked, StorageFull
from index.filters import fold
from index.locks import exclusive
from index.versions import story_address

_FULL = (errno.ENOSPC, errno.EFBIG, errno.EDQUOT)
_BUSY = 10.0  # seconds that SQLite itself waits; the write lock makes such waits rare
_WRITE_FAILED = (
    sqlite3.SQLITE_IOERR_WRITE,
    sqlite3.SQLITE_IOERR_TRUNCATE,
    sqlite3.SQLITE_IOERR_FSYNC,
    sqlite3.SQLITE_IOERR_SHMSIZE,
)
_READ_ONLY = (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN)


class Store:
    """Opens `<folder>/library.sqlite` for many readers and one writer at a time.

    Nothing is created before the first write. A missing file reads as an empty library, so that
    asking a mistyped folder leaves no litter.
    """

    def __init__(self, folder: Path, *, lock_wait: float) -> None:
        self.folder = folder
        self.file = folder / "library.sqlite"
        self._lock_wait = lock_wait
        self._idle: list[tuple[int, sqlite3.Connection]] = []  # each with its file's inode
        self._guard = threading.Lock()

    @property
    def exists(self) -> bool:
        """Whether anything was ever written."""
        with plain_errors(self.file):
            return self._identity() is not None

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """A connection inside one read transaction: everything read in it is of one moment."""
        with plain_errors(self.file), self._connection() as connection:
            connection.execute("BEGIN")
            try:
                yield connection
            finally:
                connection.rollback()

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """A connection inside one write transaction, committed at the end and undone on failure.

        Call it inside `locked()`.
        """
        with plain_errors(self.file), self._connection() as connection:
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
            except BaseException:
                connection.rollback()
                raise
            connection.commit()

    @contextmanager
    def locked(self, wait: float | None = None) -> Iterator[None]:
        """Hold the library's write lock; makes or migrates the file when that is due.

        Raises LibraryLocked after `wait` seconds (default: as the library was opened).
        """
        with (
            plain_errors(self.file),
            exclusive(self.folder / "write.lock", wait=self._lock_wait if wait is None else wait),
        ):
            if not self.file.exists():
                self._create()
            yield

    def backup(self, target: Path) -> None:
        """Copy a consistent state of the file to `target`, while others read and write.

        The copy is a library in its own right: on a Chroma server it has a collection to itself.
        """
        with plain_errors(self.file), self._connection() as connection:
            copy = sqlite3.connect(target, isolation_level=None)
            try:
                connection.backup(copy)
                schema.rename(copy)
            except sqlite3.Error as error:
                read = _code(error) in {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}
                raise _translated(error, self.file if read else target) from error
            finally:
                copy.close()

    def fold_log(self) -> None:
        """Fold the write-ahead log into the file, so that removed text is in neither.

        Where a reader holds the log for longer than SQLite waits, a later call does it.
        """
        with plain_errors(self.file), self._connection() as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def close(self) -> None:
        """Close the idle connections; a later call opens new ones."""
        with self._guard:
            idle, self._idle = self._idle, []
        for _, connection in idle:
            connection.close()

    @contextmanager
    def _connection(self) -> Iterator[sqlite3.Connection]:
        identity = self._identity()
        connection = self._idle_connection(identity)
        healthy = False
        try:
            yield connection
            healthy = True
        finally:
            if (healthy or not connection.in_transaction) and identity is not None:
                with self._guard:
                    self._idle.append((identity, connection))
            else:
                connection.close()

    def _identity(self) -> int | None:
        try:
            return self.file.stat().st_ino
        except FileNotFoundError:
            return None

    def _idle_connection(self, identity: int | None) -> sqlite3.Connection:
        """An open connection to the file as it is now, to an empty library when there is none."""
        if identity is None:
            connection = _with_functions(sqlite3.connect(":memory:", isolation_level=None))
            schema.migrate(connection)
            return _prepare(connection)
        with self._guard:
            stale = [c for inode, c in self._idle if inode != identity]
            self._idle = [(inode, c) for inode, c in self._idle if inode == identity]
            found = self._idle.pop()[1] if self._idle else None
        for connection in stale:  # the file was replaced: its old connections see the old one
            connection.close()
        return found or self._new_connection()

    def _create(self) -> None:
        """Make the file under another name first: a kill leaves a whole one or none."""
        part = self.file.with_suffix(".new")
        for left in (part, Path(f"{self.file}-wal"), Path(f"{self.file}-shm")):
            left.unlink(missing_ok=True)  # the log of a file that is gone would be read into ours
        connection = _with_functions(sqlite3.connect(part, isolation_level=None))
        try:
            schema.migrate(connection)
        finally:
            connection.close()
        part.replace(self.file)

    def _new_connection(self) -> sqlite3.Connection:
        try:
            return self._opened("mode=rw")
        except sqlite3.OperationalError as error:
            wal = Path(f"{self.file}-wal")
            if (
                _code(error) not in _READ_ONLY
                or os.access(self.folder, os.W_OK)
                or (wal.exists() and wal.stat().st_size)
            ):
                raise
            # A log cannot be made beside it, as SQLite wants to; and we see none that has anything.
            return self._opened("mode=ro&immutable=1")

    def _opened(self, mode: str) -> sqlite3.Connection:
        connection = sqlite3.connect(
            f"{self.file.absolute().as_uri()}?{mode}",
            uri=True,
            isolation_level=None,
            check_same_thread=False,
            timeout=_BUSY,
        )
        try:
            version = schema.require_known(connection, self.file)
            _prepare(_with_functions(connection))
            if version < schema.SCHEMA_VERSION:
                if "immutable" in mode:
                    raise LibraryError(
                        f"The library {self.folder} was made by an earlier version, and cannot be "
                        "brought up to date where it may not be written.",
                        "Copy it to a folder of your own, or have it opened once by its owner.",
                    )
                schema.migrate(connection)
        except BaseException:
            connection.close()
            raise
        return connection


def _prepare(connection: sqlite3.Connection) -> sqlite3.Connection:
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")  # what was reported survives a power loss
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("PRAGMA secure_delete = ON")
    connection.execute("PRAGMA cache_size = -16000")  # kilobytes: filters on a million passages
    connection.row_factory = sqlite3.Row
    return connection


def _with_functions(connection: sqlite3.Connection) -> sqlite3.Connection:
    """A connection that knows the functions which queries and migrations use."""
    connection.create_function("fold", 1, fold, deterministic=True)
    connection.create_function("story_address", 1, story_address, deterministic=True)
    return connection


@contextmanager
def plain_errors(file: Path) -> Iterator[None]:
    """Turn SQLite's and the operating system's failures into ones that say what to do."""
    try:
        yield
    except sqlite3.Error as error:
        raise _translated(error, file) from error
    except (FileExistsError, NotADirectoryError) as error:
        raise LibraryError(
            f"The library {file.parent} is not a folder.", "Choose a folder with --library."
        ) from error
    except OSError as error:
        if error.errno in _FULL:
            raise _full(file) from error
        raise LibraryError(
            f"The library {file.parent} cannot be used: {error.strerror or error}.",
            "Choose another folder with --library, or mend the rights of this one.",
        ) from error


def _code(error: sqlite3.Error) -> int:
    """SQLite's primary result code; 0 when the error came from Python's side."""
    return int(getattr(error, "sqlite_errorcode", 0)) & 0xFF


def _translated(error: sqlite3.Error, file: Path) -> AssistantError:
    code, full_code = _code(error), getattr(error, "sqlite_errorcode", 0)
    if code == sqlite3.SQLITE_FULL or full_code in _WRITE_FAILED:
        return _full(file)
    if code in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}:
        return LibraryLocked(
            f"The library {file.parent} is busy in another program.", "Try again in a moment."
        )
    if code in _READ_ONLY or code == sqlite3.SQLITE_PERM:
        return LibraryError(
            f"The library file {file} cannot be opened for writing: {error}.",
            "Choose another folder with --library, or mend the rights of this one.",
        )
    # "no such table" and the like come as a plain SQLITE_ERROR: the file is of something else.
    if code in {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_IOERR} or (
        code == sqlite3.SQLITE_ERROR and str(error).startswith("no such ")
    ):
        return schema.damaged(file, str(error))
    return LibraryError(f"The library file {file} refused a call: {error}.", "This is a bug.")


def _full(file: Path) -> StorageFull:
    return StorageFull(
        f"The disk refused a write to {file.parent}: it is full, or a size limit was reached.",
        "Everything reported before is kept: make room and run the same command again.",
    )
