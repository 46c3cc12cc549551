"""What is worked out about articles before they are stored: passages, vectors, marks of copies."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from index.copies import bands
from index.embedding import Embedder, Vectors
from index.passages import embedded_text, split_article
from index.types import Article, Passage


@dataclass(frozen=True, slots=True)
class Prepared:
    """An article's passages with their vectors (passages x dimension), and its bands."""

    passages: list[Passage]
    vectors: Vectors
    bands: tuple[int, ...]


def prepare(articles: Sequence[Article], embedder: Embedder) -> dict[str, Prepared]:
    """Split and embed articles, all at once; by their ids."""
    passages = [split_article(article) for article in articles]
    texts = [
        embedded_text(article.title, passage.text)
        for article, several in zip(articles, passages, strict=True)
        for passage in several
    ]
    vectors = embedder.embed(texts) if texts else np.zeros((0, 0), dtype=np.float32)
    ready: dict[str, Prepared] = {}
    start = 0
    marks = bands(article.text for article in articles) if articles else []
    for article, several, mark in zip(articles, passages, marks, strict=True):
        ready[article.id] = Prepared(several, vectors[start : start + len(several)], mark)
        start += len(several)
    return ready
