"""Conversations that are kept: a SQLite file of their own, so that chatting waits on no library.

Each belongs to an owner, the name under which somebody logged in, or "" where nobody does; no call
sees another owner's.
"""

from __future__ import annotations

import json
import secrets
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from assistant.types import Answer
from index.errors import ConversationNotFound, InvalidOption, LibraryNewer
from index.filters import fold
from index.store import plain_errors

Verdict = Literal["good", "bad", ""]

_VERSION = 1
_TABLES = """
CREATE TABLE conversations (
    id      TEXT PRIMARY KEY,
    owner   TEXT NOT NULL,
    title   TEXT NOT NULL,
    changed TEXT NOT NULL            -- UTC, ISO: sorts as text
);
CREATE INDEX conversations_by_owner ON conversations (owner, changed);
CREATE TABLE turns (
    conversation TEXT NOT NULL REFERENCES conversations (id) ON DELETE CASCADE,
    number       INTEGER NOT NULL,   -- from 1
    question     TEXT NOT NULL,
    answer       TEXT NOT NULL,      -- Answer.to_dict() as JSON
    verdict      TEXT NOT NULL DEFAULT '',
    remark       TEXT NOT NULL DEFAULT '',
    PRIMARY KEY (conversation, number)
);
"""
_BUSY = 10.0  # seconds; a write takes milliseconds
TITLE, REMARK = 120, 1000  # characters that are kept


@dataclass(frozen=True, slots=True, kw_only=True)
class Conversation:
    """A conversation as a list shows it; `changed` is the time of its last answer, in UTC."""

    id: str
    title: str
    changed: datetime
    turns: int


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptTurn:
    """A question and its whole answer, and what its reader said of it."""

    number: int
    question: str
    answer: Answer
    verdict: Verdict = ""
    remark: str = ""


class Conversations:
    """The conversations kept in `<folder>/conversations.sqlite`; safe to use from several threads.

    Nothing is created before the first one is kept. Calls raise LibraryError where the file cannot
    be used, StorageFull where the disk refuses a write, and ConversationNotFound for an id that
    the owner has none of.
    """

    def __init__(self, folder: Path) -> None:
        self.file = folder / "conversations.sqlite"

    def list(self, owner: str, matching: str = "", limit: int = 200) -> tuple[Conversation, ...]:
        """An owner's conversations, the last used first; only those that hold every word given."""
        words = (fold(matching) or "").split()
        held = (
            " AND (fold(title) LIKE ? ESCAPE '\\' OR EXISTS (SELECT 1 FROM turns WHERE "
            "conversation = id AND fold(question || ' ' || json_extract(answer, '$.text')) "
            "LIKE ? ESCAPE '\\'))"
        )
        patterns = [pattern for word in words for pattern in [_like(word)] * 2]
        with self._reading() as db:
            found = db.execute(
                "SELECT id, title, changed, (SELECT count(*) FROM turns WHERE conversation = id) "
                f"AS turns FROM conversations WHERE owner = ?{held * len(words)} "
                "ORDER BY changed DESC, id LIMIT ?",
                [owner, *patterns, limit],
            ).fetchall()
        return tuple(_conversation(row) for row in found)

    def get(self, owner: str, conversation: str) -> Conversation:
        """One conversation by its id."""
        with self._reading() as db:
            return _conversation(_owned(db, owner, conversation))

    def turns(self, owner: str, conversation: str) -> tuple[KeptTurn, ...]:
        """Its questions with their answers, in order."""
        with self._reading() as db:
            _owned(db, owner, conversation)
            found = db.execute(
                "SELECT number, question, answer, verdict, remark FROM turns "
                "WHERE conversation = ? ORDER BY number",
                (conversation,),
            ).fetchall()
        return tuple(
            KeptTurn(**{**dict(row), "answer": Answer.from_dict(json.loads(row["answer"]))})
            for row in found
        )

    def begin(self, owner: str, title: str) -> str:
        """A new conversation's id."""
        made = secrets.token_urlsafe(9)  # there is nothing in it yet that an id could follow from
        with self._writing() as db:
            db.execute(
                "INSERT INTO conversations (id, owner, title, changed) VALUES (?, ?, ?, ?)",
                (made, owner, _line(title, TITLE), _now()),
            )
        return made

    def keep(self, owner: str, conversation: str, number: int, answer: Answer) -> None:
        """Keep an answer as the turn of that number; later turns, of before it was asked, go."""
        with self._writing() as db:
            _owned(db, owner, conversation)
            db.execute(
                "DELETE FROM turns WHERE conversation = ? AND number >= ?", (conversation, number)
            )
            db.execute(
                "INSERT INTO turns (conversation, number, question, answer) VALUES (?, ?, ?, ?)",
                (conversation, number, answer.question, json.dumps(answer.to_dict())),
            )
            db.execute("UPDATE conversations SET changed = ? WHERE id = ?", (_now(), conversation))

    def judge(
        self, owner: str, conversation: str, number: int, verdict: Verdict, remark: str = ""
    ) -> None:
        """Keep what a reader said of an answer."""
        with self._writing() as db:
            _owned(db, owner, conversation)
            db.execute(
                "UPDATE turns SET verdict = ?, remark = ? WHERE conversation = ? AND number = ?",
                (verdict, remark.strip()[:REMARK], conversation, number),
            )

    def rename(self, owner: str, conversation: str, title: str) -> None:
        """Give it another title; raises InvalidOption for an empty one."""
        if not title.strip():
            raise InvalidOption("A conversation's title cannot be empty.", "Type a few words.")
        with self._writing() as db:
            _owned(db, owner, conversation)
            db.execute(
                "UPDATE conversations SET title = ? WHERE id = ?",
                (_line(title, TITLE), conversation),
            )

    def delete(self, owner: str, conversation: str) -> None:
        """Delete it with everything in it; the file keeps no trace of its words."""
        with self._writing() as db:
            _owned(db, owner, conversation)
            db.execute("DELETE FROM conversations WHERE id = ?", (conversation,))
        with plain_errors(self.file), self._open("rw") as db:
            db.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    @contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection]:
        """A connection in one transaction; to an empty store where nothing was ever kept."""
        with plain_errors(self.file), self._open("rw") as db:
            db.execute("BEGIN")
            yield db
            db.rollback()

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        with plain_errors(self.file):
            self.file.parent.mkdir(parents=True, exist_ok=True)
            with self._open("rwc") as db:
                db.execute("BEGIN IMMEDIATE")
                yield db  # what raises here closes the connection, which undoes it
                db.commit()

    @contextmanager
    def _open(self, mode: Literal["rw", "rwc"]) -> Iterator[sqlite3.Connection]:
        if mode == "rw" and not self.file.exists():
            address = ":memory:"
        else:
            if mode == "rwc":
                self.file.touch(mode=0o600)  # what people ask is nobody else's business
            address = f"{self.file.absolute().as_uri()}?mode=rw"
        with closing(sqlite3.connect(address, uri=True, isolation_level=None, timeout=_BUSY)) as db:
            db.row_factory = sqlite3.Row
            db.create_function("fold", 1, fold, deterministic=True)
            db.execute("PRAGMA foreign_keys = ON")
            db.execute("PRAGMA secure_delete = ON")
            _migrate(db, self.file)
            yield db


def _migrate(db: sqlite3.Connection, file: Path) -> None:
    """Make the tables where there are none; refuse a file of a later version."""
    version = db.execute("PRAGMA user_version").fetchone()[0]
    if version > _VERSION:
        raise LibraryNewer(
            f"The conversations {file} were kept by a later version.", "Update article-assistant."
        )
    if version == _VERSION:
        return
    db.execute("PRAGMA journal_mode = WAL")
    # One transaction, and the version in it: of two that arrive at once the second finds it done.
    db.execute("BEGIN IMMEDIATE")
    if db.execute("PRAGMA user_version").fetchone()[0] == 0:
        for statement in _TABLES.split(";\n"):
            db.execute(statement)
        db.execute(f"PRAGMA user_version = {_VERSION}")
    db.commit()


def _owned(db: sqlite3.Connection, owner: str, conversation: str) -> sqlite3.Row:
    found: sqlite3.Row | None = db.execute(
        "SELECT id, title, changed, (SELECT count(*) FROM turns WHERE conversation = id) AS turns "
        "FROM conversations WHERE id = ? AND owner = ?",
        (conversation, owner),
    ).fetchone()
    if found is None:
        raise ConversationNotFound(
            "That conversation is not here.", "It was deleted, or belongs to somebody else."
        )
    return found


def _conversation(row: sqlite3.Row) -> Conversation:
    return Conversation(**{**dict(row), "changed": datetime.fromisoformat(row["changed"])})


def _like(word: str) -> str:
    escaped = word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"%{escaped}%"


def _line(text: str, length: int) -> str:
    line = " ".join(text.split())
    return line if len(line) <= length else line[: length - 1].rstrip() + "…"


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")
