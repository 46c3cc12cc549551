"""Labelled questions, and the file or folder that they are read from."""

from __future__ import annotations

import gzip
import hashlib
import json
import zlib
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeVar

from assistant.types import Turn
from index.errors import InvalidOption, PathUnusable
from index.types import Article

Kind = TypeVar("Kind")
QuestionType = Literal["answerable", "list", "followup", "unanswerable"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A question with what is known of its answer.

    `answers` holds accepted short forms, of which one suffices; of a "list" every one is needed;
    an "unanswerable" question has none. `article` is the end of the path, or the id, of the
    article that tells it, `evidence` a sentence of that article; both may be empty.
    """

    id: str
    type: QuestionType
    question: str
    history: tuple[Turn, ...] = ()
    answers: tuple[str, ...] = ()
    article: str = ""
    evidence: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class QuestionSet:
    """The questions of one file, with the articles that the file brings to ask them of."""

    path: str
    sha256: str  # of the file as it lies there; of a folder, of its files' names and bytes
    questions: tuple[Question, ...]
    articles: tuple[Article, ...] = ()


def load_questions(path: str | Path, *, limit: int | None = None) -> QuestionSet:
    """Read questions from JSONL, from SQuAD JSON (1.1 or 2.0), or from a folder of JSONL files.

    Each may be gzipped (`.gz`). `limit` takes the first so many; the articles stay whole. Raises
    PathUnusable when nothing can be read, InvalidOption that names the line of a bad question.
    """
    from assistant.evaluation.formats import parse_jsonl, parse_squad, squad_pages

    place = Path(path).expanduser()
    questions: list[Question] = []
    articles: list[Article] = []
    digest = hashlib.sha256()
    files = _files(place)
    for file in files:
        data = _read(file)
        digest.update(data if len(files) == 1 else file.name.encode() + b"\0" + data)
        text = _text(file, data)
        pages = squad_pages(text)
        parsed = (
            parse_jsonl(text, file, prefix=f"{file.stem}:" if place.is_dir() else "")
            if pages is None
            else parse_squad(pages, file)
        )
        questions += parsed.questions
        articles += parsed.articles
    _refuse_repeated(place, [question.id for question in questions])
    if not questions:
        raise InvalidOption(f"{str(path)!r} holds no question.", "Write one JSON object a line.")
    return QuestionSet(
        path=str(path),
        sha256=digest.hexdigest(),
        questions=tuple(questions[:limit]),
        articles=tuple(articles),
    )


def _files(place: Path) -> list[Path]:
    if not place.is_dir():
        return [place]
    files = sorted(file for file in place.iterdir() if file.name.endswith((".jsonl", ".jsonl.gz")))
    if not files:
        raise PathUnusable(f"The folder {str(place)!r} holds no .jsonl file.", "Name a file.")
    return files


def read_lines(path: str | Path) -> list[str]:
    """The lines of a file of questions, also gzipped; raises PathUnusable, InvalidOption."""
    file = Path(path).expanduser()
    return _text(file, _read(file)).split("\n")


def read_objects(path: str | Path, kind: type[Kind], noun: str) -> tuple[Kind, ...]:
    """The objects of a JSONL file, a dataclass `kind` a line.

    Raises PathUnusable, or InvalidOption that names the line that is no `noun`.
    """
    from pydantic import TypeAdapter

    adapter = TypeAdapter(kind)
    found = []
    for number, line in enumerate(read_lines(path), 1):
        if line.strip():
            try:
                found.append(adapter.validate_python(json.loads(line)))
            except ValueError as error:  # no JSON, or not with these fields
                told = str(error).splitlines()[-1].strip()
                raise InvalidOption(
                    f"Line {number} of {str(path)!r} is no {noun}: {told}",
                    "The README shows the fields.",
                ) from error
    if not found:
        raise InvalidOption(f"{str(path)!r} holds no {noun}.", "Write one JSON object a line.")
    return tuple(found)


def _read(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise PathUnusable(
            f"{str(file)!r} cannot be read: {error.strerror}.", "Name a file of questions."
        ) from error


def _text(file: Path, data: bytes) -> str:
    try:
        plain = gzip.decompress(data) if file.suffix == ".gz" else data
        return plain.decode("utf-8-sig")
    except (OSError, EOFError, zlib.error, UnicodeDecodeError) as error:
        raise InvalidOption(
            f"{str(file)!r} is no text in UTF-8: {error}.", "Save it as UTF-8, or gzip it anew."
        ) from error


def _refuse_repeated(place: Path, ids: Iterable[str]) -> None:
    repeated = [name for name, count in Counter(ids).items() if count > 1]
    if repeated:
        raise InvalidOption(
            f"{str(place)!r} has several questions with the id {repeated[0]!r}.",
            "Give each an id of its own; results are compared by it.",
        )


def digest_of(file: str | Path) -> str:
    """The SHA-256 of a file's bytes, in hex; raises PathUnusable."""
    return hashlib.sha256(_read(Path(file))).hexdigest()


def loads_object(text: str) -> dict[str, object] | None:
    """The JSON object that `text` is; None when it is anything else."""
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None
