"""Adding pages, feeds and sitemaps to a library: fetch a few, store them, go on.

Each function returns a verdict for every page, under its address; one that cannot be fetched never
stops the others. `allow_private` lets addresses of the own network be fetched. They raise
AddressUnusable where the feed or sitemap itself cannot be had, and what `Library.add` raises.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from index.decoding import clean_line
from index.errors import AddressUnusable, InvalidInput
from index.net.feeds import Entry, feed_entries, sitemap_entries
from index.net.fetching import Fetched, Fetcher
from index.net.guard import checked_address, host_of
from index.net.seen import FeedState, feed_state, mark_read, mark_seen, seen_keys
from index.reading import page_article
from index.types import Article, Progress, Report, Verdict

if TYPE_CHECKING:
    from index.library import Library

_BATCH = 16  # pages fetched before they are stored: little is lost to a kill
_MAX_SITEMAPS = 500
# The kinds of document that are read, by the media type that a server gives them.
_KINDS = {
    "text/html": ".html",
    "application/xhtml+xml": ".html",
    "text/plain": ".txt",
    "text/markdown": ".md",
    "application/pdf": ".pdf",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": ".docx",
}

OnProgress = Callable[[Progress], None]


def add_pages(
    library: Library,
    addresses: Sequence[str],
    *,
    allow_private: bool = False,
    on_progress: OnProgress | None = None,
) -> Report:
    """Fetch pages and add the article on each."""
    entries = [Entry(key=address, address=address) for address in addresses]
    with Fetcher(allow_private=allow_private) as fetcher:
        batches = _Taking(library, fetcher, on_progress).run(entries)
        return Report(tuple(verdict for batch in batches for _, verdict in batch))


def add_feed(
    library: Library,
    address: str,
    *,
    allow_private: bool = False,
    on_progress: OnProgress | None = None,
) -> Report:
    """Add what is new in an RSS or Atom feed; articles of which it has a teaser are fetched."""
    address = checked_address(address)
    with Fetcher(allow_private=allow_private) as fetcher:
        with library.store.reading() as db:
            state = feed_state(db, address)
        found = _list_at(fetcher, address, state)
        if found.unchanged:
            return Report()
        entries = feed_entries(found.body, found.address)
        state = FeedState(found.etag, found.modified)
        return _Taking(library, fetcher, on_progress).new(address, state, entries)


def add_sitemap(
    library: Library,
    address: str,
    *,
    allow_private: bool = False,
    on_progress: OnProgress | None = None,
) -> Report:
    """Add the pages of a sitemap, and of those that it refers to, that are new or were changed."""
    address = checked_address(address)
    with Fetcher(allow_private=allow_private) as fetcher:
        todo, entries = [address], list[Entry]()
        for count, place in enumerate(todo):  # which grows by the sitemaps that are found
            if count >= _MAX_SITEMAPS:
                break
            found = _list_at(fetcher, place, FeedState())
            listed = sitemap_entries(found.body)
            entries += listed.entries
            todo += [other for other in listed.sitemaps if other not in todo]
        # Of many files, none has a state that would tell whether the others have changed.
        return _Taking(library, fetcher, on_progress).new(address, FeedState(), entries)


def _list_at(fetcher: Fetcher, address: str, state: FeedState) -> Fetched:
    """The feed or sitemap at an address; what goes wrong is told with it."""
    try:
        return fetcher.get(address, etag=state.etag, modified=state.modified)
    except AddressUnusable as error:
        raise AddressUnusable(
            f"{address!r}: {error.message}", error.hint, status=error.status
        ) from error


@dataclass(slots=True)
class _Taking:
    """One run over entries: fetch a batch, store it, tell of it."""

    library: Library
    fetcher: Fetcher
    on_progress: OnProgress | None

    def new(self, address: str, state: FeedState, entries: Sequence[Entry]) -> Report:
        """Add the entries of a list that were not added before, and remember them.

        The state of the list is remembered when nothing of it failed: else it is read again.
        """
        store = self.library.store
        with store.reading() as db:
            seen = seen_keys(db, address)
        new = list({entry.key: entry for entry in entries if entry.key not in seen}.values())
        verdicts: list[Verdict] = []
        for batch in self.run(new):
            verdicts += [verdict for _, verdict in batch]
            with store.locked(), store.writing() as db:
                keys = [entry.key for entry, verdict in batch if verdict.status != "skipped"]
                mark_seen(db, address, keys)
        if all(verdict.status != "skipped" for verdict in verdicts):
            with store.locked(), store.writing() as db:
                mark_read(db, address, state)
        return Report(tuple(verdicts))

    def run(self, entries: Sequence[Entry]) -> Iterator[list[tuple[Entry, Verdict]]]:
        """Fetch and store entries; gives what became of each batch once it is stored."""
        done = 0
        for start in range(0, len(entries), _BATCH):
            read = [(entry, self._article(entry)) for entry in entries[start : start + _BATCH]]
            articles = [found for _, found in read if isinstance(found, Article)]
            stored = iter(self.library.add(articles).verdicts if articles else ())
            told: list[tuple[Entry, Verdict]] = []
            for entry, found in read:
                verdict = next(stored) if isinstance(found, Article) else found
                told.append((entry, replace(verdict, path=entry.address)))
                done += 1
                if self.on_progress is not None:
                    step = Progress(done=done, total=len(entries), verdict=told[-1][1])
                    self.on_progress(step)
            yield told

    def _article(self, entry: Entry) -> Article | Verdict:
        try:
            if entry.text:
                return Article(
                    title=entry.title,
                    text=entry.text,
                    url=checked_address(entry.address),
                    source=entry.source or host_of(entry.address),
                    published=entry.published,
                    author=entry.author or None,
                )
            return self._fetched(entry)
        except InvalidInput as error:
            return Verdict(path=entry.address, status="skipped", reason=error.message)

    def _fetched(self, entry: Entry) -> Article:
        found = self.fetcher.get(entry.address)
        kind = _KINDS.get(found.kind or "text/html")
        if kind is None:
            raise AddressUnusable(
                f"It is {clean_line(found.kind)[:60]!r}, not a page with an article.",
                "Save what it is as a file of a kind that is read.",
            )
        article = page_article(found.body, kind=kind, charset=found.charset, named=entry.title)
        # A page may call any address its own; only one on its site is believed.
        own = article.url and host_of(article.url) == host_of(found.address)
        return replace(
            article,
            url=article.url if own else found.address,
            source=article.source or entry.source or host_of(found.address),
            published=article.published or entry.published,
            author=article.author or entry.author or None,
        )
