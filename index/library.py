"""A library of articles: the one object through which articles go in and passages come out."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Unpack

from index import rows
from index.build import Adder
from index.catalogue import NEWEST_FIRST, every
from index.chroma.address import ChromaAddress, checked_address
from index.decoding import clean_line
from index.editing import Facts, checked_facts, correct_article
from index.embedding import BUNDLED, Embedder, embedder_for
from index.errors import InvalidOption
from index.filters import FilterOptions, count_filtered, filter_clause, make_filters
from index.formats.exports import check_names
from index.incoming import OfferReader, gather, mirrored_files
from index.language import LanguageDetector
from index.lexical import passages_with
from index.models import current_model, require_dimension, require_model
from index.reading import NO_NAMES
from index.search import cosines, find_passages
from index.stats import LibraryStats, library_stats
from index.store import Store
from index.timeline import Bar, Unit, timeline
from index.types import Article, FilterCount, Hit, Progress, Report, TermCounts
from index.undoing import Taken, put_back, take_out
from index.upkeep import (
    copy_library,
    embed_anew,
    find_article,
    find_problems,
    mend_indexes,
    remove_articles,
    remove_gone,
)
from index.vectors import VectorIndex
from index.versions import story_of

if TYPE_CHECKING:
    from llama_index.core.base.embeddings.base import BaseEmbedding

__all__ = ["Library", "LibraryStats", "make_filters"]

OnProgress = Callable[[Progress], None]
Hits = list[Hit]  # named here: inside the class, `list` is its method
Articles = list[Article]


class Library:
    """Articles, their passages and their vectors in one folder, safe to share between processes.

    Nothing is created before the first article is added. `embedding` is a sentence-transformers
    name or folder, or a LlamaIndex embedding; None takes the library's own, at first the bundled
    MiniLM. `chroma` is "local", or where a Chroma server is. A write waits
    `lock_wait` seconds for another process's write to end. `on_notice` is told in one line what
    was mended along the way; by default that is logged as a warning.

    Every method may raise a LibraryError: LibraryLocked, LibraryNewer, LibraryDamaged,
    EmbeddingMismatch, StorageFull.
    """

    def __init__(
        self,
        path: str | Path,
        *,
        embedding: str | BaseEmbedding | None = None,
        chroma: str | ChromaAddress = "local",
        lock_wait: float = 30.0,
        on_notice: Callable[[str], None] | None = None,
    ) -> None:
        address = checked_address(chroma)
        self.path = Path(path).expanduser().absolute()
        self.store = Store(self.path, lock_wait=lock_wait)  # for the other rooms of `index`
        notice = on_notice or logging.getLogger("article-assistant").warning
        self._vectors = VectorIndex(self.store, address=address, on_notice=notice)
        self._asked_embedding = embedding
        self._embedder: Embedder | None = None
        self._language = LanguageDetector()  # reads its model once, when it is first needed

    # --- articles in

    def add(
        self,
        what: str | Path | Article | Iterable[str | Path | Article],
        *,
        fields: Mapping[str, str] = NO_NAMES,
        on_progress: OnProgress | None = None,
    ) -> Report:
        """Add files, folders or articles; what is there already is left alone.

        `fields` names an export's columns where theirs are unusual: `{"text": "Artikel"}`. A file
        that cannot be read has the verdict "skipped" and a reason, and never stops the others.
        Raises PathUnusable for a path that is missing, or a folder without articles.
        """
        gathered = gather([what] if isinstance(what, str | Path | Article) else list(what))
        added = self._adder(fields, on_progress).run(gathered.sources)
        return Report((*added, *gathered.unreadable))

    def sync(
        self,
        folder: str | Path,
        *,
        fields: Mapping[str, str] = NO_NAMES,
        on_progress: OnProgress | None = None,
    ) -> Report:
        """Make the library agree with a folder: add new files, replace changed, drop deleted ones.

        Articles from elsewhere are left alone. Raises PathUnusable when the folder is missing or
        holds no article: that is more often a wrong or unmounted folder than a wish.
        """
        found = mirrored_files(root := Path(folder).expanduser())
        added = self._adder(fields, on_progress).run(found.files)
        removed = remove_gone(self.store, self._vectors, root, found)
        return Report((*added, *found.unreadable, *removed))

    def remove(self, ids: str | Iterable[str]) -> Report:
        """Remove articles from every store; with one wrong id, ArticleNotFound and none removed."""
        wanted = [ids] if isinstance(ids, str) else list(ids)
        return Report(tuple(remove_articles(self.store, self._vectors, wanted)))

    def take_out(self, ids: Iterable[str]) -> tuple[Taken, ...]:
        """Remove articles as `remove` does, and give what `put_back` needs to undo it."""
        return take_out(self.store, self._vectors, list(ids))

    def put_back(self, taken: Iterable[Taken]) -> Report:
        """Bring back what was taken out, just as it was; what is there again is left alone."""
        return Report(tuple(put_back(self.store, self._vectors, self.embedder, list(taken))))

    def edit(self, article_id: str, **facts: Unpack[Facts]) -> Article:
        """Correct what is known of an article: its title, outlet, date and the like.

        A fact that is None becomes unknown. The correction holds when the file is read again.
        Raises ArticleNotFound, or InvalidOption for what cannot be such a fact.
        """
        correct_article(self.store, self._vectors, self.embedder, article_id, checked_facts(facts))
        return self.get(article_id)

    def reindex(
        self,
        embedding: str | BaseEmbedding | None = None,
        *,
        on_progress: Callable[[int, int], None] | None = None,
    ) -> None:
        """Embed the library with another model, or with None mend what `check` finds wrong.

        That makes both search indexes anew, and the vectors that passages lack of its own model.
        An interrupted run goes on where it stopped; until its end the old vectors answer.
        """
        if embedding is None:
            if self.store.exists:
                mend_indexes(self.store, self._vectors, self.embedder, on_progress)
            return
        embedder = embedder_for(embedding)
        if self.store.exists:
            embed_anew(self.store, self._vectors, embedder, on_progress)
        self._asked_embedding, self._embedder = embedding, embedder

    # --- articles and passages out

    def search(
        self, query: str, *, top_k: int = 10, whole: int = 0, **only: Unpack[FilterOptions]
    ) -> Hits:
        """The passages that fit a query best, best first, by meaning and by words together.

        Behind those `top_k` come the other passages of the first `whole` articles: what answers a
        question often stands beside the passage most like it. `only` are the filters: dates `since`
        and `until`, inclusive, and names, any of `sources`, `authors`, `sections`, `languages`.
        """
        filters = make_filters(**only)
        _require_natural("top_k", top_k, least=1)
        _require_natural("whole", whole)
        query = clean_line(query)
        if not self._has_model():
            return []
        embedder = self.embedder
        with self.store.reading() as db:
            require_model(db, embedder, self.path)  # before a model is loaded for nothing
        vector = embedder.embed([query], query=True)[0]
        with self.store.reading() as db:
            require_model(db, embedder, self.path)
            model = current_model(db)
            if model is None:
                return []
            require_dimension(model, len(vector))
            return find_passages(
                db,
                query,
                filters,
                top_k=top_k,
                whole=whole,
                nearest=lambda far, only: self._vectors.search(db, vector, top_k=far, filters=only),
                cosines=lambda numbers: cosines(db, model.number, vector, numbers),
                beside=self.store.reading,
                most=self._vectors.most,
            )

    def list(
        self, *, limit: int | None = None, offset: int = 0, **only: Unpack[FilterOptions]
    ) -> Articles:
        """The articles that pass the filters, newest first, undated ones last.

        Of the versions of one story only the newest is listed.
        """
        condition, values = filter_clause(make_filters(**only))
        _require_natural("limit", limit or 0)
        _require_natural("offset", offset)
        clause = f"WHERE {condition} {NEWEST_FIRST} LIMIT ? OFFSET ?"
        with self.store.reading() as db:
            page = [*values, -1 if limit is None else limit, offset]
            return [*rows.load_articles(db, clause, page).values()]

    def get(self, article_id: str) -> Article:
        """One article by its id, or by 4 or more letters that only it begins with.

        Raises ArticleNotFound.
        """
        with self.store.reading() as db:
            number = find_article(db, article_id)
            return rows.articles_at(db, (number,))[number]

    def versions(self, article_id: str) -> tuple[Article, ...]:
        """All versions of an article's story, the oldest first; raises ArticleNotFound."""
        with self.store.reading() as db:
            return tuple(rows.articles_at(db, story_of(db, find_article(db, article_id))).values())

    def count(self, **only: Unpack[FilterOptions]) -> FilterCount:
        """How many articles pass the filters, and how many fail them only for want of a date."""
        with self.store.reading() as db:
            return count_filtered(db, make_filters(**only))

    def timeline(self, by: Unit = "day", **only: Unpack[FilterOptions]) -> tuple[Bar, ...]:
        """How many articles there are of each "day" or "month" and outlet, the oldest first."""
        with self.store.reading() as db:
            return timeline(db, by, make_filters(**only))

    def term_counts(self, words: Sequence[str]) -> TermCounts:
        """In how many passages, headlines included, each word stands in any grammatical form."""
        with self.store.reading() as db:
            counts = {word: passages_with(db, word) for word in words}
            return TermCounts(passages=rows.count(db, "passages"), counts=counts)

    def __len__(self) -> int:
        return self.count().articles

    def __bool__(self) -> bool:
        return True  # an empty library is still a library

    def __iter__(self) -> Iterator[Article]:
        return every(self.store)

    # --- the library itself

    @property
    def embedder(self) -> Embedder:
        """The embedding model that this library is searched with; loads nothing by itself.

        Where none was asked for it is the library's own, also after another process changed it.
        """
        asked = self._asked_embedding
        if asked is None:
            with self.store.reading() as db:
                model = current_model(db)
            asked = model.name if model else BUNDLED
        known = self._embedder
        if known is None or (self._asked_embedding is None and known.name != asked):
            self._embedder = known = embedder_for(asked)
        return known

    def warm_up(self) -> None:
        """Load the embedding model and open the vector index, so that the first search is quick."""
        if self._has_model():
            self.search("warm up", top_k=1)
        else:
            self.embedder.embed(["warm up"], query=True)

    def stats(self) -> LibraryStats:
        """The library in figures."""
        return library_stats(self.store)

    def check(self) -> tuple[str, ...]:
        """What is wrong with the library, one plain line each; empty when it is sound."""
        return tuple(find_problems(self.store, self._vectors))

    def backup(self, path: str | Path) -> None:
        """Copy the library to a new folder, consistent even while others write.

        The copy is a library of its own: its vector index is made when it is first searched.
        """
        copy_library(self.store, Path(path).expanduser())

    def close(self) -> None:
        """Let go of files and connections; the library can be used again afterwards."""
        self._vectors.close()
        self.store.close()

    def __enter__(self) -> Library:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"Library({str(self.path)!r})"

    def _has_model(self) -> bool:
        with self.store.reading() as db:
            return current_model(db) is not None

    def _adder(self, fields: Mapping[str, str], on_progress: OnProgress | None) -> Adder:
        reading = OfferReader(self.store, self._language, names=check_names(fields))
        return Adder(self.store, self._vectors, self.embedder, reading, on_progress)


def _require_natural(name: str, value: int, *, least: int = 0) -> None:
    if value < least:
        raise InvalidOption(f"{name}={value!r} is too small.", f"Give a number from {least} on.")
