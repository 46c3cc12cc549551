"""Adding articles: split, embed, then store each batch in one transaction."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

from index import places, rows, versions
from index.copies import family_of, remember
from index.embedding import BUNDLED, Embedder, Vectors
from index.errors import LibraryLocked
from index.files import PART_MARK
from index.incoming import Offer, OfferReader
from index.models import add_model, require_model
from index.preparing import Prepared, prepare
from index.store import Store
from index.types import Appearance, Article, Progress, Verdict
from index.upkeep import shed_removed_words
from index.vectors import VectorIndex

BATCH_PASSAGES = 256  # a write: large enough that its fsync costs little, small enough to lose
_BATCH_OFFERS = 512


@dataclass(slots=True)
class _Change:
    """What a transaction has at hand, and did: for the vector index, and what is to be tidied."""

    ready: Mapping[str, Prepared]  # by the article's id
    removed: list[int] = field(default_factory=list)  # passages
    added: list[int] = field(default_factory=list)
    vectors: list[Vectors] = field(default_factory=list)
    left: set[int] = field(default_factory=set)  # articles that a file has moved away from


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
        reader: OfferReader,
        on_progress: Callable[[Progress], None] | None,
    ) -> None:
        self._store = store
        self._vectors = vectors
        self._embedder = embedder
        self._reader = reader
        self._english_only = embedder.name == BUNDLED
        self._total = 0
        self._on_progress = on_progress
        self._verdicts: list[Verdict] = []
        self._replaced = False

    def run(self, sources: Sequence[Path | Article]) -> list[Verdict]:
        """Add everything; returns the verdicts on what each source holds, in order.

        While a batch is stored the next one is embedded, and the one after it is read.
        """
        self._total = len(sources)
        ahead = ThreadPoolExecutor(1, thread_name_prefix="embed")
        waiting: tuple[Sequence[Offer], Future[dict[str, Prepared]]] | None = None
        try:
            for batch in self._batches(sources):
                begun = batch, ahead.submit(self._prepared, batch)
                if waiting is not None:
                    self._finish(*waiting)
                waiting = begun
            if waiting is not None:
                self._finish(*waiting)
        finally:
            ahead.shutdown(cancel_futures=True)
        if self._replaced:
            with suppress(LibraryLocked):  # the next removal sheds these too
                shed_removed_words(self._store)
        return self._verdicts

    def _batches(self, sources: Sequence[Path | Article]) -> Iterator[Sequence[Offer]]:
        batch: list[Offer] = []
        ids: set[str] = set()
        weight = 0
        for offer in (offer for source in sources for offer in self._offers(source)):
            batch.append(offer)
            if offer.article is not None and offer.article.id not in ids:
                ids.add(offer.article.id)
                weight += 1 + len(offer.article.text) // 1000  # about its number of passages
            if weight >= BATCH_PASSAGES or len(batch) >= _BATCH_OFFERS:
                yield self._corrected(batch)
                batch, ids, weight = [], set(), 0
        if batch:
            yield self._corrected(batch)

    def _corrected(self, batch: Sequence[Offer]) -> Sequence[Offer]:
        with self._store.reading() as db:
            return [offer.corrected(db) for offer in batch]

    def _offers(self, source: Path | Article) -> Iterator[Offer]:
        for place, offer in enumerate(self._reader.read(source)):
            self._total += bool(place and offer.ends is None)  # the first was counted before
            yield offer.noted_for_english() if self._english_only else offer

    def _finish(self, batch: Sequence[Offer], embedding: Future[dict[str, Prepared]]) -> None:
        """Store a batch whose vectors are made, or under way, and tell its verdicts."""
        ready = embedding.result()
        if any(offer.article is not None or offer.ends is not None for offer in batch):
            while isinstance(verdicts := self._commit(batch, ready), _NotEmbedded):
                ready = ready | prepare([verdicts.article], self._embedder)
        else:
            verdicts = [offer.verdict for offer in batch if offer.verdict is not None]
        for verdict in verdicts:
            self._verdicts.append(verdict)
            if self._on_progress is not None:
                done = len(self._verdicts)
                self._on_progress(Progress(done=done, total=self._total, verdict=verdict))

    # --- embedding

    def _prepared(self, batch: Sequence[Offer]) -> dict[str, Prepared]:
        """Split and embed the articles of a batch that the library does not hold as they are.

        What an earlier batch has not stored yet is embedded again.
        """
        fresh: dict[str, Article] = {}
        with self._store.reading() as db:
            require_model(db, self._embedder, self._store.folder)
            for offer in batch:
                article = offer.article
                if article is None or article.id in fresh:
                    continue
                if self._needs_vectors(db, offer, article):
                    fresh[article.id] = article
        return prepare(list(fresh.values()), self._embedder)

    @staticmethod
    def _needs_vectors(db: sqlite3.Connection, offer: Offer, article: Article) -> bool:
        number = rows.article_number(db, article.id)
        if number is None:
            return True
        stored = rows.articles_at(db, (number,))[number]
        return not _says_the_same(stored, article) and not _other_places(stored, offer.place)

    # --- storing

    def _commit(
        self, batch: Sequence[Offer], ready: Mapping[str, Prepared]
    ) -> list[Verdict] | _NotEmbedded:
        """Store a batch, or say which article turned out to need vectors that were not made."""
        change = _Change(ready)
        with self._store.locked():
            try:
                with self._store.writing() as db:
                    require_model(db, self._embedder, self._store.folder)
                    verdicts = [
                        verdict for offer in batch for verdict in self._judge(db, offer, change)
                    ]
                    # Last of all: an article that one file has left may be that of a later one.
                    for number in change.left:
                        _drop_if_nowhere(db, number, change)
                    if change.added or change.removed:
                        rows.next_generation(db)
            except _NotEmbedded as error:
                return error
            if change.added or change.removed:
                self._vectors.apply(change.removed, change.added, change.vectors)
        self._replaced = self._replaced or bool(change.removed)
        return verdicts

    def _judge(self, db: sqlite3.Connection, offer: Offer, change: _Change) -> list[Verdict]:
        """The verdict on an offer; of a file's end, those on what the file has no more."""
        ends = offer.ends
        if ends is None:
            return [offer.verdict or self._place(db, offer, change)]
        verdicts: list[Verdict] = []
        for key, file in places.known_in_file(db, ends.key).items():
            if key not in ends.keys:
                article = rows.articles_at(db, (file.article,))[file.article]
                db.execute("DELETE FROM appearances WHERE path = ?", (key,))
                change.left.add(file.article)
                part = key.removeprefix(f"{ends.key}{PART_MARK}")
                verdicts.append(replace(offer, part=part).judged("removed", article))
        places.mark_whole(db, ends.key, size=ends.size, modified=ends.modified)
        return verdicts

    def _place(self, db: sqlite3.Connection, offer: Offer, change: _Change) -> Verdict:
        """Bring the library to hold an offer's article, with the offer's place among its own."""
        article = offer.article
        if article is None:
            raise ValueError("an offer without an article has its verdict already")
        known = places.known_file(db, offer.place.path) if offer.place.path else None
        number = rows.article_number(db, article.id)
        if number is None:
            number = self._insert(db, article, change)
            verdict = self._settle(db, offer, number, known, change)
            return _as_version(verdict, versions.version_before(db, number))
        stored = rows.articles_at(db, (number,))[number]
        others = _other_places(stored, offer.place)
        here = len(others) < len(stored.appearances)
        same = _says_the_same(stored, article)
        if not others and not same:
            change.removed += rows.delete_article(db, number, replaced=True)
            self._insert(db, article, change, row=number)
            return self._settle(db, offer, number, known, change, replaces=here)
        if here:
            if offer.place.path:
                places.put_appearance(db, number, offer.place, offer.remembered(number))
            changed = not same and offer.place not in stored.appearances
            return offer.judged("updated" if changed else "unchanged", article)
        verdict = self._settle(db, offer, number, known, change)
        if not others:
            return verdict
        return offer.judged("duplicate", article, reason=f"same text as {_name(stored, others)}")

    @staticmethod
    def _settle(
        db: sqlite3.Connection,
        offer: Offer,
        number: int,
        known: places.KnownFile | None,
        change: _Change,
        *,
        replaces: bool = False,
    ) -> Verdict:
        """Note an offer's place under the article in row `number`, where it was not before."""
        places.put_appearance(db, number, offer.place, offer.remembered(number))
        if known:
            change.left.add(known.article)
        return offer.judged("updated" if known or replaces else "added", offer.article)

    def _insert(
        self, db: sqlite3.Connection, article: Article, change: _Change, *, row: int | None = None
    ) -> int:
        if article.id not in change.ready:
            raise _NotEmbedded(article)
        ready = change.ready[article.id]
        article = replace(article, family=family_of(db, article.text, ready.bands))
        number, added = rows.insert_article(db, article, ready.passages, row=row)
        remember(db, number, ready.bands)
        versions.link(db, number, article)
        model = add_model(db, self._embedder, ready.vectors.shape[1])
        rows.set_meta(db, "model", str(model))
        rows.insert_vectors(db, model, added, ready.vectors)
        change.added += added
        change.vectors.append(ready.vectors)
        return number


class _NotEmbedded(Exception):
    """An article turned out to need vectors that were not made for it."""

    def __init__(self, article: Article) -> None:
        super().__init__(article.id)
        self.article = article


def _says_the_same(stored: Article, article: Article) -> bool:
    known = replace(stored, appearances=(), version_of=article.version_of, family=article.family)
    return known == article


def _other_places(stored: Article, place: Appearance) -> list[Appearance]:
    """The places of an article but for this one: a file is known by its path alone."""
    if place.path:
        return [other for other in stored.appearances if other.path != place.path]
    return [other for other in stored.appearances if other != place]


def _name(stored: Article, others: Sequence[Appearance]) -> str:
    """Where the same text is, as far as one can look there."""
    named = (place.path or place.url for place in others)
    return next((name for name in named if name), f"{stored.title!r} ({stored.id})")


def _as_version(verdict: Verdict, before: str | None) -> Verdict:
    """The verdict on a new article, as that on an update where it is a version of one before."""
    if verdict.status != "added" or before is None:
        return verdict
    told = (f"a newer version of {before}", verdict.reason)
    return replace(verdict, status="updated", reason="; ".join(filter(None, told)))


def _drop_if_nowhere(db: sqlite3.Connection, number: int, change: _Change) -> None:
    if not db.execute("SELECT 1 FROM appearances WHERE article = ?", (number,)).fetchone():
        change.removed += rows.delete_article(db, number)
