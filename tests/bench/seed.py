"""What archives are made from: the sentences and the vectors of real articles, embedded once."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from index.embedding import Embedder, Vectors
from index.errors import AssistantError
from index.passages import embedded_text, split_article
from index.reading import read_article
from index.sentences import split_sentences

_AT_ONCE = 512  # passages embedded a call


@dataclass(frozen=True, slots=True)
class Origin:
    """A real passage that made-up ones are varied from."""

    title: str
    section: str
    sentences: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Seed:
    """Real passages with their unit vectors, row by row."""

    origins: tuple[Origin, ...]
    vectors: Vectors  # shape (len(origins), dimension)


def load_seed(articles: Path, kept: Path, embedder: Embedder) -> Seed:
    """The passages of a folder's text files; their vectors are kept in the folder `kept`."""
    origins: list[Origin] = []
    texts: list[str] = []
    for file in sorted(articles.rglob("*.txt")):
        try:
            article = read_article(file)
        except AssistantError:  # one that is no text makes no archive
            continue
        for passage in split_article(article):
            sentences = tuple(s.strip() for s in split_sentences(passage.text) if s.strip())
            origins.append(Origin(article.title, file.parent.name, sentences))
            texts.append(embedded_text(article.title, passage.text))
    digest = hashlib.sha256("\0".join([embedder.fingerprint, *texts]).encode()).hexdigest()[:12]
    file = kept / f"seed-{digest}.npy"
    if not file.is_file():
        kept.mkdir(parents=True, exist_ok=True)
        parts = [
            embedder.embed(texts[start : start + _AT_ONCE])
            for start in range(0, len(texts), _AT_ONCE)
        ]
        unfinished = file.with_suffix(".part.npy")
        np.save(unfinished, np.concatenate(parts))
        unfinished.replace(file)
    return Seed(tuple(origins), np.load(file))
