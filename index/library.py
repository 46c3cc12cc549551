"""A library of articles: the one object through which articles go in and passages come out."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from index import rows
from index.build import Adder, require_model
from index.chroma import check_address
from index.embedding import BUNDLED, Embedder, embedder_for
from index.errors import InvalidInput, InvalidOption, PathUnusable
from index.files import find_files, path_key
from index.search import DEPTH, fuse, lexical_ranking, passages_with
from index.store import Store
from index.types import Article, FilterCount, Filters, Hit, Progress, Report, Verdict
from index.upkeep import embed_anew, find_article, find_problems, remove_articles, remove_places
from index.vectors import VectorIndex

if TYPE_CHECKING:
    from llama_index.core.base.embeddings.base import BaseEmbedding

OnProgress = Callable[[Progress], None]
Hits = list[Hit]  # named here: inside the class, `list` is its method
Articles = list[Article]


@dataclass(frozen=True, slots=True, kw_only=True)
class LibraryStats:
    """A library in figures; `bytes` is what its folder takes on the disk."""

    articles: int
    passages: int
    undated: int
    sources: tuple[str, ...]
    oldest: date | None
    newest: date | None
    embedding: str | None  # None before the first article
    generation: int
    bytes: int


class Library:
    """Articles, their passages and their vectors in one folder, safe to share between processes.

    Nothing is created before the first article is added. `embedding` is a sentence-transformers
    name or folder, or a LlamaIndex embedding; None takes the library's own, at first the bundled
    MiniLM. `chroma` is "local", the address of a Chroma server, or "cloud". A write waits
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
        chroma: str = "local",
        lock_wait: float = 30.0,
        on_notice: Callable[[str], None] | None = None,
    ) -> None:
        check_address(chroma)
        self.path = Path(path).expanduser().absolute()
        self._store = Store(self.path, lock_wait=lock_wait)
        notice = on_notice or logging.getLogger("article-assistant").warning
        self._vectors = VectorIndex(self._store, address=chroma, on_notice=notice)
        self._asked_embedding = embedding
        self._embedder: Embedder | None = None

    # --- articles in

    def add(
        self,
        what: str | Path | Article | Iterable[str | Path | Article],
        *,
        on_progress: OnProgress | None = None,
    ) -> Report:
        """Add files, folders or articles; what is there already is left alone.

        One file that cannot be read never stops the others: it gets the verdict "skipped" and a
        reason. Raises PathUnusable for a path that is missing, or a folder without articles.
        """
        wanted = [what] if isinstance(what, str | Path | Article) else list(what)
        sources: list[Path | Article] = []
        verdicts: list[Verdict] = []
        for each in wanted:
            if isinstance(each, Article):
                sources.append(each)
                continue
            found = find_files(Path(each).expanduser())
            if not found.files and not found.unreadable:
                raise _no_articles(Path(each), found.ignored)
            sources += found.files
            verdicts += found.unreadable
        return self._add(sources, verdicts, on_progress)

    def sync(self, folder: str | Path, *, on_progress: OnProgress | None = None) -> Report:
        """Make the library agree with a folder: add new files, replace changed, drop deleted ones.

        Articles from elsewhere are left alone. Raises PathUnusable when the folder is missing or
        holds no article: that is more often a wrong or unmounted folder than a wish.
        """
        root = Path(folder).expanduser()
        if not root.is_dir():
            raise PathUnusable(
                f"There is no folder {str(folder)!r}.", "Check the name; `add` takes single files."
            )
        found = find_files(root)
        if not found.files:
            raise _no_articles(root, found.ignored)
        report = self._add(list(found.files), list(found.unreadable), on_progress)
        present = {path_key(path) for path in found.files}
        unseen = tuple(path_key(Path(verdict.path)) for verdict in found.unreadable)
        with self._store.reading() as db:
            known = [
                str(row["path"])
                for row in db.execute("SELECT path FROM appearances WHERE path IS NOT NULL")
            ]
        gone = [
            path
            for path in known
            if path.startswith(path_key(root) + os.sep)
            and path not in present
            and not any(path == place or path.startswith(place + os.sep) for place in unseen)
        ]
        if gone:
            removed = remove_places(self._store, self._vectors, gone)
            report = Report((*report.verdicts, *removed))
        return report

    def remove(self, ids: str | Iterable[str]) -> Report:
        """Remove articles from every store; raises ArticleNotFound, removing none, for an unknown id."""
        wanted = [ids] if isinstance(ids, str) else list(ids)
        return Report(tuple(remove_articles(self._store, self._vectors, wanted)))

    def reindex(
        self,
        embedding: str | BaseEmbedding | None = None,
        *,
        on_progress: Callable[[int, int], None] | None = None,
    ) -> None:
        """Embed the library with another model, or with None make only its vector index anew.

        An interrupted run goes on where it stopped; until its end the old vectors answer.
        """
        if embedding is None:
            with self._store.locked():
                self._vectors.rebuild()
            return
        embedder = embedder_for(embedding)
        embed_anew(self._store, self._vectors, embedder, on_progress)
        self._asked_embedding, self._embedder = embedding, embedder

    # --- articles and passages out

    def search(
        self,
        query: str,
        *,
        top_k: int = 10,
        since: date | str | None = None,
        until: date | str | None = None,
        sources: Iterable[str] = (),
    ) -> Hits:
        """The passages that fit a query best, best first, by meaning and by words together."""
        filters = make_filters(since, until, sources)
        if not self._holds_articles():
            return []
        with self._store.reading() as db:
            require_model(db, self.embedder, self.path)
        vector = self.embedder.embed([query], query=True)[0]
        depth = max(DEPTH, top_k)
        with self._store.reading() as db:
            require_model(db, self.embedder, self.path)
            dense = self._vectors.search(db, vector, top_k=depth, filters=filters)
            lexical = lexical_ranking(db, query, filters, depth=depth)
            return fuse(db, dense, lexical, top_k=top_k)

    def list(
        self,
        *,
        since: date | str | None = None,
        until: date | str | None = None,
        sources: Iterable[str] = (),
        limit: int | None = None,
        offset: int = 0,
    ) -> Articles:
        """The articles that pass the filters, newest first, undated ones last."""
        condition, values = rows.filter_clause(make_filters(since, until, sources))
        clause = (
            f"WHERE {condition} ORDER BY published IS NULL, published DESC, number LIMIT ? OFFSET ?"
        )
        with self._store.reading() as db:
            page = [*values, -1 if limit is None else limit, offset]
            return [*rows.load_articles(db, clause, page).values()]

    def get(self, article_id: str) -> Article:
        """One article by its id, or by a unique beginning of 4 characters; raises ArticleNotFound."""
        with self._store.reading() as db:
            number = find_article(db, article_id)
            (article,) = rows.load_articles(db, "WHERE number = ?", (number,)).values()
            return article

    def count(
        self,
        *,
        since: date | str | None = None,
        until: date | str | None = None,
        sources: Iterable[str] = (),
    ) -> FilterCount:
        """How many articles pass the filters, and how many fail them only for want of a date."""
        with self._store.reading() as db:
            return rows.count_filtered(db, make_filters(since, until, sources))

    def term_counts(self, words: Sequence[str]) -> dict[str, int]:
        """In how many passages, headlines included, each word stands in any grammatical form."""
        with self._store.reading() as db:
            return {word: passages_with(db, word) for word in words}

    def __len__(self) -> int:
        with self._store.reading() as db:
            return rows.count(db, "articles")

    def __bool__(self) -> bool:
        return True  # an empty library is still a library

    def __iter__(self) -> Iterator[Article]:
        """Every article, newest first, read a page at a time."""
        offset, page = 0, 200
        while articles := self.list(limit=page, offset=offset):
            yield from articles
            offset += page

    # --- the library itself

    @property
    def embedder(self) -> Embedder:
        """The embedding model that this library is searched with; loads nothing by itself."""
        if self._embedder is None:
            wanted = self._asked_embedding
            if wanted is None:
                with self._store.reading() as db:
                    model = rows.current_model(db)
                wanted = model.name if model else BUNDLED
            self._embedder = embedder_for(wanted)
        return self._embedder

    def warm_up(self) -> None:
        """Load the embedding model and open the vector index, so that the first search is quick."""
        if self._holds_articles():
            self.search("warm up", top_k=1)
        else:
            self.embedder.embed(["warm up"], query=True)

    def stats(self) -> LibraryStats:
        """The library in figures."""
        with self._store.reading() as db:
            model = rows.current_model(db)
            oldest, newest = db.execute(
                "SELECT min(published), max(published) FROM articles"
            ).fetchone()
            sources = db.execute(
                "SELECT DISTINCT source FROM articles WHERE source IS NOT NULL ORDER BY source"
            )
            return LibraryStats(
                articles=rows.count(db, "articles"),
                passages=rows.count(db, "passages"),
                undated=rows.count(db, "articles WHERE published IS NULL"),
                sources=tuple(row["source"] for row in sources),
                oldest=date.fromisoformat(oldest) if oldest else None,
                newest=date.fromisoformat(newest) if newest else None,
                embedding=model.name if model else None,
                generation=rows.generation(db),
                bytes=sum(f.stat().st_size for f in self.path.rglob("*") if f.is_file()),
            )

    def check(self) -> tuple[str, ...]:
        """What is wrong with the library, one plain line each; empty when it is sound."""
        return tuple(find_problems(self._store, self._vectors))

    def backup(self, path: str | Path) -> None:
        """Copy the library to a new folder, consistent even while others write.

        The copy is a library of its own: its vector index is made when it is first searched.
        """
        target = Path(path).expanduser()
        if target.exists() and (not target.is_dir() or any(target.iterdir())):
            raise PathUnusable(
                f"{str(path)!r} exists already.", "Name a new folder, or an empty one."
            )
        try:
            target.mkdir(parents=True, exist_ok=True)
            part = target / "library.sqlite.part"
            self._store.backup(part)
            part.replace(target / "library.sqlite")
        except OSError as error:
            raise PathUnusable(
                f"{str(path)!r} cannot be written: {error.strerror}.", "Choose another place."
            ) from error

    def close(self) -> None:
        """Let go of files and connections; the library can be used again afterwards."""
        self._vectors.close()
        self._store.close()

    def __enter__(self) -> Library:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"Library({str(self.path)!r})"

    def _holds_articles(self) -> bool:
        with self._store.reading() as db:
            return rows.current_model(db) is not None

    def _add(
        self,
        sources: Sequence[Path | Article],
        verdicts: Sequence[Verdict],
        on_progress: OnProgress | None,
    ) -> Report:
        adder = Adder(
            self._store,
            self._vectors,
            self.embedder,
            total=len(sources),
            on_progress=on_progress,
        )
        return Report((*adder.run(sources), *verdicts))


def make_filters(
    since: date | str | None, until: date | str | None, sources: Iterable[str]
) -> Filters:
    """Filters from what a caller passed; raises InvalidOption on a date that is none."""
    first, last = _day("since", since), _day("until", until)
    if first and last and first > last:
        raise InvalidOption(
            f"since={first.isoformat()} is after until={last.isoformat()}.", "Swap the two."
        )
    if isinstance(sources, str):
        sources = (sources,)
    names = tuple(name.strip() for name in sources)
    if not all(names):
        raise InvalidOption("An outlet's name is empty.", "Name one, or leave the filter out.")
    return Filters(since=first, until=last, sources=names)


def _day(name: str, value: date | str | None) -> date | None:
    if value is None:
        return None
    if isinstance(value, date):
        return date(value.year, value.month, value.day)  # a datetime counts as its day
    try:
        return date.fromisoformat(value)
    except (ValueError, TypeError) as error:
        raise InvalidOption(
            f"{name}={value!r} is not a date.", "Write it as YYYY-MM-DD, such as 2025-06-02."
        ) from error


def _no_articles(path: Path, ignored: int) -> InvalidInput:
    others = f" ({ignored} files of other kinds)" if ignored else ""
    return PathUnusable(
        f"The folder {str(path)!r} holds no article{others}.",
        "Articles are .txt, .md and .html files.",
    )
