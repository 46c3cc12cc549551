"""What the library's tests share: a fast embedding, articles by the dozen, and other processes."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import textwrap
import zlib
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
from llama_index.core.base.embeddings.base import BaseEmbedding

from index.library import Library
from index.types import Article

ROOT = Path(__file__).resolve().parents[1]
DIMENSION = 96
CHROMA = "TESTED_WITH_CHROMA"  # the variable that names a server for every library of a run
# Two outlets that count the hurt of one fire differently.
DIFFERING = [
    Article(
        title="Ferry burns",
        text="The ferry Marisol burned off Lindal. Twelve people were hurt, police said.",
        source="Harbour Post",
        published=date(2025, 6, 3),
    ),
    Article(
        title="Fire at sea",
        text="The Marisol burned off Lindal. Hospitals said 15 people were hurt.",
        source="Meridian Wire",
        published=date(2025, 6, 4),
    ),
]
SYLLABLES = ("ba", "ke", "di", "lo", "mu", "fa", "re", "si", "to", "nu")


class WordEmbedding(BaseEmbedding):
    """A unit vector of the words that a text has, each hashed to a direction: fast and repeatable.

    `calls` counts the texts; `fail_after` is how many it embeds before it raises.
    """

    model_name: str = "words"
    dimension: int = DIMENSION
    calls: int = 0
    fail_after: int | None = None

    def _get_text_embedding(self, text: str) -> list[float]:
        if self.fail_after is not None and self.calls >= self.fail_after:
            raise ConnectionError("the embedding service is gone")
        self.calls += 1
        return self._vector(text)

    def _get_query_embedding(self, query: str) -> list[float]:
        return self._vector(query)

    async def _aget_query_embedding(self, query: str) -> list[float]:
        return self._vector(query)

    def _vector(self, text: str) -> list[float]:
        total = np.full(self.dimension, 1e-3)
        for word in re.findall(r"\w+", text.lower()):
            seed = zlib.crc32(f"{self.model_name} {word}".encode("utf-8", "surrogatepass"))
            total += np.random.default_rng(seed).normal(size=self.dimension)
        return (total / np.linalg.norm(total)).tolist()


def word(number: int) -> str:
    """A word that no other number has."""
    return "zy" + "".join(SYLLABLES[int(digit)] for digit in f"{number:04d}")


def body(number: int, *, sentences: int = 4) -> str:
    """A short article's text with words of its own."""
    return " ".join(
        f"The {word(number)} ferry number {line} left the harbour of {word(number)} at noon."
        for line in range(sentences)
    )


def article(number: int, **fields: Any) -> Article:
    """One small article with a date and an outlet."""
    return Article(
        **{
            "title": f"Ferry {word(number)}",
            "text": body(number),
            "source": "Harbour Post",
            "language": "en",
            "published": date(2025, 1 + number % 12, 1 + number % 28),
            **fields,
        }
    )


def write_articles(folder: Path, numbers: range, *, sentences: int = 4) -> list[Path]:
    """One text file per number."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for number in numbers:
        path = folder / f"{number:04d}.txt"
        path.write_text(f"Ferry {word(number)}\n\n{body(number, sentences=sentences)}\n")
        os.utime(path, (1_700_000_000, 1_700_000_000))
        paths.append(path)
    return paths


class Notices(list[str]):
    """Collects what a library says along the way."""

    def taken(self) -> list[str]:
        """What was said since the last call."""
        said = list(self)
        self.clear()
        return said


def open_library(path: Path, **options: Any) -> Library:
    """A library with the fast embedding, on the Chroma server under test if there is one."""
    chroma = os.environ.get(CHROMA, "local")
    return Library(path, **{"embedding": WordEmbedding(), "chroma": chroma, **options})


def found(library: Library, number: int) -> bool:
    """Whether an article is the first that a search for its own word finds."""
    hits = library.search(word(number), top_k=1)
    return bool(hits) and word(number) in hits[0].passage.text


PREAMBLE = """
import os, sys, time, threading
from pathlib import Path
from library_kit import *
from index.library import Library
folder = Path(sys.argv[1])
def say(*words):
    print(*words, flush=True)
"""


def start(
    code: str,
    *args: str | Path,
    preexec: Callable[[], None] | None = None,
    stdin: int | None = subprocess.DEVNULL,
) -> subprocess.Popen[str]:
    """Run a script in a process of its own; `folder` in it is the first of its arguments."""
    return subprocess.Popen(
        [sys.executable, "-c", PREAMBLE + textwrap.dedent(code), *map(str, args)],
        stdin=stdin,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'tests'}"},
        preexec_fn=preexec,
    )


def finish(process: subprocess.Popen[str], *, code: int | None = 0) -> list[str]:
    """Wait for a script's end and return the lines that it printed."""
    out, err = process.communicate(timeout=200)
    assert code is None or process.returncode == code, err
    return out.splitlines()


def in_process(code: str, *args: str | Path, **options: Any) -> list[str]:
    """Run a script in a process of its own to its end."""
    return finish(start(code, *args, **options))
