"""What is offered to a library: one file or article, read as far as it can be."""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from index import places
from index.editing import corrected
from index.errors import InvalidInput, PathUnusable
from index.files import (
    ARCHIVES,
    EXPORTS,
    SUFFIXES,
    FoundFiles,
    find_files,
    kind_of,
    part_key,
    path_key,
    path_text,
)
from index.language import LanguageDetector
from index.reading import clean_article, read_articles
from index.store import Store
from index.types import Appearance, Article, Verdict, VerdictStatus

_FRESH = 2.0  # seconds: a file changed so recently may change again within its time stamp's grain


@dataclass(frozen=True, slots=True, kw_only=True)
class FileEnd:
    """That a file with several articles was read to its end: `keys` of all that it holds."""

    key: str
    keys: frozenset[str]
    size: int
    modified: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """One file or article on its way in, and what has been worked out about it so far."""

    label: str
    place: Appearance
    part: str = ""  # which article of its file
    article: Article | None = None  # None: nothing to store, `verdict` says why
    size: int = 0
    modified: int = 0
    note: str = ""  # what its owner should know although it could be read
    verdict: Verdict | None = None
    ends: FileEnd | None = None  # the file whose last article was the offer before this one

    def judged(
        self, status: VerdictStatus, article: Article | None = None, *, reason: str = ""
    ) -> Verdict:
        """The verdict on this offer; one that brings something new carries its note."""
        told = [reason, self.note if status in {"added", "updated", "duplicate"} else ""]
        return Verdict(
            path=self.label,
            part=self.part,
            status=status,
            reason="; ".join(part for part in told if part),
            article_id=article.id if article else None,
            title=article.title if article else None,
        )

    def noted_for_english(self) -> Offer:
        """This offer, with a note where its article is in a language other than English."""
        if self.article is None or self.article.language in {None, "en"}:
            return self
        language = f"its language is {self.article.language!r}, the embedding model reads English"
        return replace(self, note="; ".join(filter(None, (self.note, language))))

    def corrected(self, db: sqlite3.Connection) -> Offer:
        """This offer, with what a reader corrected of the same text before."""
        if self.article is None:
            return self
        article, place = corrected(db, self.article, self.place)
        return replace(self, article=article, place=place)

    def remembered(self, article: int) -> places.KnownFile | None:
        """What to remember of the file under the row of its article; None when it is no file."""
        if self.place.path is None:
            return None
        return places.KnownFile(article=article, size=self.size, modified=self.modified)


@dataclass(frozen=True, slots=True)
class Gathered:
    """What several paths and articles come to: things to read, and what cannot be looked into."""

    sources: tuple[Path | Article, ...]
    unreadable: tuple[Verdict, ...]


def gather(wanted: Sequence[str | Path | Article]) -> Gathered:
    """The files and articles that are meant by paths, of files or folders, and articles.

    Raises PathUnusable for a path that is missing, or a folder without articles.
    """
    sources: list[Path | Article] = []
    unreadable: list[Verdict] = []
    for each in wanted:
        if isinstance(each, Article):
            sources.append(each)
        else:
            found = article_files(Path(each).expanduser())
            sources += found.files
            unreadable += found.unreadable
    return Gathered(tuple(sources), tuple(unreadable))


def article_files(path: Path) -> FoundFiles:
    """The files at a path; raises PathUnusable when there are none, and none that are hidden."""
    found = find_files(path)
    if not found.files and not found.unreadable:
        others = f" ({found.ignored} files of other kinds)" if found.ignored else ""
        raise PathUnusable(
            f"The folder {path_text(path)!r} holds no article{others}.",
            f"Kinds of file that are read: {', '.join(SUFFIXES)}.",
        )
    return found


def mirrored_files(folder: Path) -> FoundFiles:
    """The files of a folder that a library is to mirror; raises PathUnusable where it cannot be."""
    found = article_files(folder)
    if found.files == (folder,):
        raise PathUnusable(f"{path_text(folder)!r} is a file.", "`add` takes single files.")
    if not found.files:
        raise PathUnusable(
            f"Nothing in the folder {path_text(folder)!r} can be read.", "Mend the rights of it."
        )
    return found


class OfferReader:
    """Reads files and articles into offers; a file that has not changed is not opened.

    `names` are the caller's own names of an export's fields.
    """

    def __init__(
        self,
        store: Store,
        language: LanguageDetector,
        *,
        names: Mapping[str, str],
    ) -> None:
        self._store = store
        self._names = names
        self._language = language

    def read(self, source: Path | Article) -> Iterator[Offer]:
        """The offers of a file or an article; what cannot be read has a verdict that says why."""
        if isinstance(source, Article):
            yield self._article(source)
        else:
            yield from self._file(source)

    def _file(self, path: Path) -> Iterator[Offer]:
        key = path_key(path)
        bare = Offer(label=path_text(path), place=Appearance(path=key))
        with self._store.reading() as db:
            known = places.known_in_file(db, key)
        try:
            status = path.stat()
            if known and {(status.st_size, status.st_mtime_ns)} == {
                (file.size, file.modified) for file in known.values()
            }:
                several = f"with its {len(known):,} articles" if len(known) > 1 else ""
                yield replace(bare, verdict=bare.judged("unchanged", reason=several))
                return
            yield from self._readings(path, replace(bare, size=status.st_size), status)
        except (InvalidInput, OSError) as error:
            reason = error.message if isinstance(error, InvalidInput) else str(error.strerror)
            if known:
                reason += " (the version added before is kept)"
            yield replace(bare, verdict=bare.judged("skipped", reason=reason))

    def _readings(self, path: Path, bare: Offer, status: os.stat_result) -> Iterator[Offer]:
        """The offers of a file that is new or changed.

        That a file of several articles was read is remembered only with its last one, so that a
        kill in between leaves it to be read again.
        """
        key = path_key(path)
        settled = time.time() - status.st_mtime > _FRESH
        modified = status.st_mtime_ns if settled else 0
        several = kind_of(path.name) in (*EXPORTS, *ARCHIVES)
        keys: set[str] = set()
        for reading in read_articles(path, self._names):
            place = part_key(key, reading.part)
            keys.add(place)
            offer = replace(bare, part=reading.part, modified=0 if several else modified)
            if reading.article is None:
                yield replace(offer, verdict=offer.judged("skipped", reason=reading.problem))
                continue
            article = self._with_language(reading.article)
            yield replace(
                offer,
                article=article,
                note=reading.note,
                place=Appearance(
                    path=place,
                    url=article.url,
                    source=article.source,
                    published=article.published,
                ),
            )
        if several:
            if not keys:
                raise PathUnusable("It holds no article.", "Check the file.")
            ends = FileEnd(key=key, keys=frozenset(keys), size=status.st_size, modified=modified)
            yield replace(bare, ends=ends)

    def _article(self, article: Article) -> Offer:
        label = article.title or article.id
        try:
            clean = clean_article(article)
        except InvalidInput as error:
            bare = Offer(label=label, place=Appearance())
            return replace(bare, verdict=bare.judged("skipped", reason=error.message))
        place = Appearance(url=clean.url, source=clean.source, published=clean.published)
        return Offer(label=label, article=self._with_language(clean), place=place)

    def _with_language(self, article: Article) -> Article:
        language = article.language or self._language.detect(article.text)
        return replace(article, language=language, appearances=())
