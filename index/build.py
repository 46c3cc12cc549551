"""Adding articles: read, split, embed, then store each batch in one transaction."""

from __future__ import annotations

import hashlib
import sqlite3
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from index import rows
from index.embedding import Embedder, Vectors
from index.errors import EmbeddingMismatch, InvalidInput
from index.files import path_key, path_text, read_bytes
from index.language import LanguageDetector
from index.passages import embedded_text, split_article
from index.reading import clean_article, read_article
from index.store import Store
from index.types import Appearance, Article, Passage, Progress, Verdict
from index.vectors import VectorIndex

BATCH_PASSAGES = 256  # a write: large enough that its fsync costs little, small enough to lose
_BATCH_ITEMS = 512
_FRESH = 2.0  # seconds: a file changed so recently may change again within its time stamp's grain


@dataclass(frozen=True, slots=True, kw_only=True)
class _Item:
    """One file or article on its way in, and what has been worked out about it so far."""

    label: str
    place: Appearance
    article: Article | None = None  # None: nothing to store, `verdict` says why
    digest: str = ""
    size: int = 0
    modified: int = 0
    verdict: Verdict | None = None


@dataclass(slots=True)
class _Change:
    """What one transaction did to the passages, for the vector index."""

    removed: list[int] = field(default_factory=list)
    added: list[int] = field(default_factory=list)
    vectors: list[Vectors] = field(default_factory=list)


class Adder:
    """Adds files and articles to a store, a batch at a time.

    An article is embedded before the write lock is taken, and its old version is removed in the
    transaction that brings the new one. A verdict is given only after the commit that it speaks of.
    """

    def __init__(
        self,
        store: Store,
        vectors: VectorIndex,
        embedder: Embedder,
        *,
        total: int,
        on_progress: Callable[[Progress], None] | None,
    ) -> None:
        self._store = store
        self._vectors = vectors
        self._embedder = embedder
        self._language = LanguageDetector()
        self._total = total
        self._on_progress = on_progress
        self._verdicts: list[Verdict] = []
        self._embedded: dict[str, tuple[list[Passage], Vectors]] = {}

    def run(self, sources: Iterable[Path | Article]) -> list[Verdict]:
        """Add everything; returns a verdict for each source, in order."""
        batch: list[_Item] = []
        ids: set[str] = set()
        weight = 0
        for source in sources:
            item = self._read_article(source) if isinstance(source, Article) else self._read(source)
            batch.append(item)
            if item.article is not None and item.article.id not in ids:
                ids.add(item.article.id)
                weight += 1 + len(item.article.text) // 1000  # about its number of passages
            if weight >= BATCH_PASSAGES or len(batch) >= _BATCH_ITEMS:
                self._flush(batch)
                batch, ids, weight = [], set(), 0
        self._flush(batch)
        return self._verdicts

    # --- reading

    def _read(self, path: Path) -> _Item:
        key, label = path_key(path), path_text(path)
        with self._store.reading() as db:
            known = rows.known_file(db, key)
        place = Appearance(path=key)
        try:
            status = path.stat()
            if known and (known.size, known.modified) == (status.st_size, status.st_mtime_ns):
                return _Item(label=label, place=place, verdict=_verdict(label, "unchanged"))
            data = read_bytes(path)
            digest = hashlib.sha256(data).hexdigest()
            article = clean_article(read_article(path, data))
        except (InvalidInput, OSError) as error:
            reason = error.message if isinstance(error, InvalidInput) else str(error.strerror)
            if known:
                reason += " (the version added before is kept)"
            verdict = _verdict(label, "skipped", reason=reason)
            return _Item(label=label, place=place, verdict=verdict)
        settled = time.time() - status.st_mtime > _FRESH
        return _Item(
            label=label,
            article=self._with_language(article),
            place=Appearance(
                path=key, url=article.url, source=article.source, published=article.published
            ),
            digest=digest,
            size=len(data),
            modified=status.st_mtime_ns if settled else 0,
        )

    def _read_article(self, article: Article) -> _Item:
        label = article.title or article.id
        place = Appearance(url=article.url, source=article.source, published=article.published)
        try:
            clean = clean_article(article)
        except InvalidInput as error:
            verdict = _verdict(label, "skipped", reason=error.message)
            return _Item(label=label, place=place, verdict=verdict)
        return _Item(label=label, article=self._with_language(clean), place=place)

    def _with_language(self, article: Article) -> Article:
        language = article.language or self._language.detect(article.text)
        return replace(article, language=language, appearances=())

    # --- storing

    def _flush(self, batch: Sequence[_Item]) -> None:
        if any(item.article is not None for item in batch):
            self._embed(batch)
            while (verdicts := self._commit(batch)) is None:
                self._embed(batch)  # what was a copy of something is so no longer
        else:
            verdicts = [item.verdict for item in batch if item.verdict is not None]
        self._embedded.clear()
        for verdict in verdicts:
            self._verdicts.append(verdict)
            if self._on_progress is not None:
                done = len(self._verdicts)
                self._on_progress(Progress(done=done, total=self._total, verdict=verdict))

    def _embed(self, batch: Sequence[_Item]) -> None:
        """Split and embed the articles of a batch that the library does not hold as they are."""
        fresh: dict[str, tuple[Article, list[Passage]]] = {}
        with self._store.reading() as db:
            self._require_model(db)
            for item in batch:
                article = item.article
                if article is None or article.id in fresh or article.id in self._embedded:
                    continue
                if self._needs_vectors(db, item, article):
                    fresh[article.id] = (article, split_article(article))
        texts = [
            embedded_text(article.title, passage.text)
            for article, passages in fresh.values()
            for passage in passages
        ]
        vectors = self._embedder.embed(texts) if texts else np.zeros((0, 0), dtype=np.float32)
        start = 0
        for key, (_, passages) in fresh.items():
            end = start + len(passages)
            self._embedded[key] = (passages, vectors[start:end])
            start = end

    def _needs_vectors(self, db: sqlite3.Connection, item: _Item, article: Article) -> bool:
        number = rows.article_number(db, article.id)
        return number is None or self._is_only_place(db, number, item)

    def _commit(self, batch: Sequence[_Item]) -> list[Verdict] | None:
        """Store a batch; None when an article lacks vectors because the library has just changed."""
        change = _Change()
        with self._store.locked():
            try:
                with self._store.writing() as db:
                    self._require_model(db)
                    verdicts = [
                        item.verdict or self._store_item(db, item, change) for item in batch
                    ]
                    if change.added or change.removed:
                        rows.next_generation(db)
            except _NotEmbedded:
                return None
            if change.added or change.removed:
                self._vectors.apply(change.removed, change.added, change.vectors)
        return verdicts

    def _store_item(self, db: sqlite3.Connection, item: _Item, change: _Change) -> Verdict:
        article = item.article
        if article is None:
            raise ValueError("an item without an article has its verdict already")
        known = rows.known_file(db, item.place.path) if item.place.path else None
        number = rows.article_number(db, article.id)
        if number is None:
            number = self._insert(db, article, change)
            status, reason = ("updated" if known else "added"), ""
        elif known and known.article == number:
            return self._store_same_text(db, item, article, number, change)
        elif item.place.path is None and self._has_place(db, number, item.place):
            return _verdict(item.label, "unchanged", article)
        else:
            status, reason = "duplicate", f"same text as {self._first_place(db, number)}"
        if item.place.path:
            db.execute("DELETE FROM appearances WHERE path = ?", (item.place.path,))
        rows.insert_appearance(db, number, item.place, _remembered(item, number))
        if known:
            self._drop_if_nowhere(db, known.article, change)
        return _verdict(item.label, status, article, reason=reason)

    def _store_same_text(
        self, db: sqlite3.Connection, item: _Item, article: Article, number: int, change: _Change
    ) -> Verdict:
        """A known file whose bytes or time have changed and whose text has not."""
        stored = next(iter(rows.load_articles(db, "WHERE number = ?", (number,)).values()))
        same = replace(stored, appearances=()) == article
        if not same and self._is_only_place(db, number, item):
            change.removed += rows.delete_article(db, number)
            number = self._insert(db, article, change)
        db.execute("DELETE FROM appearances WHERE path = ?", (item.place.path,))
        rows.insert_appearance(db, number, item.place, _remembered(item, number))
        return _verdict(item.label, "unchanged" if same else "updated", article)

    def _insert(self, db: sqlite3.Connection, article: Article, change: _Change) -> int:
        if article.id not in self._embedded:
            raise _NotEmbedded
        passages, vectors = self._embedded[article.id]
        numbers = rows.insert_article(db, article, passages)
        model = rows.add_model(
            db, self._embedder.fingerprint, self._embedder.name, vectors.shape[1]
        )
        rows.set_meta(db, "model", str(model))
        rows.insert_vectors(db, model, numbers, vectors)
        change.added += numbers
        change.vectors.append(vectors)
        number = rows.article_number(db, article.id)
        if number is None:
            raise ValueError(f"article {article.id} was not stored")
        return number

    def _require_model(self, db: sqlite3.Connection) -> None:
        require_model(db, self._embedder, self._store.folder)

    @staticmethod
    def _is_only_place(db: sqlite3.Connection, number: int, item: _Item) -> bool:
        places = db.execute("SELECT path FROM appearances WHERE article = ?", (number,)).fetchall()
        return item.place.path is not None and [row["path"] for row in places] == [item.place.path]

    @staticmethod
    def _has_place(db: sqlite3.Connection, number: int, place: Appearance) -> bool:
        (stored,) = rows.load_articles(db, "WHERE number = ?", (number,)).values()
        return place in stored.appearances

    @staticmethod
    def _first_place(db: sqlite3.Connection, number: int) -> str:
        (stored,) = rows.load_articles(db, "WHERE number = ?", (number,)).values()
        places = (place.path or place.url for place in stored.appearances)
        return next((place for place in places if place), f"{stored.title!r} ({stored.id})")

    @staticmethod
    def _drop_if_nowhere(db: sqlite3.Connection, number: int, change: _Change) -> None:
        if not db.execute("SELECT 1 FROM appearances WHERE article = ?", (number,)).fetchone():
            change.removed += rows.delete_article(db, number)


class _NotEmbedded(Exception):
    """An article turned out to need vectors that were not made for it."""


def require_model(db: sqlite3.Connection, embedder: Embedder, folder: Path) -> None:
    """Raise EmbeddingMismatch unless the library's vectors are the embedder's, or there are none."""
    model = rows.current_model(db)
    if model is None or model.fingerprint == embedder.fingerprint:
        return
    raise EmbeddingMismatch(
        f"The library {folder} was made with the embedding model {model.name!r} "
        f"({model.fingerprint}), not with {embedder.name!r} ({embedder.fingerprint}).",
        f"Leave the model out to use the library's own, or embed everything anew with "
        f"`assistant reindex --library {folder} --embedding {embedder.name}`.",
    )


def _remembered(item: _Item, article: int) -> rows.KnownFile | None:
    if item.place.path is None:
        return None
    return rows.KnownFile(
        article=article, digest=item.digest, size=item.size, modified=item.modified
    )


def _verdict(
    label: str, status: str, article: Article | None = None, *, reason: str = ""
) -> Verdict:
    return Verdict(
        path=label,
        status=status,  # type: ignore[arg-type]
        reason=reason,
        article_id=article.id if article else None,
        title=article.title if article else None,
    )
