"""What is offered to a library: one file or article, read as far as it can be."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from index import rows
from index.decoding import encoding_note
from index.errors import InvalidInput, PathUnusable
from index.files import PAGES, FoundFiles, find_files, path_key, path_text, read_bytes
from index.language import LanguageDetector
from index.reading import clean_article, read_article
from index.store import Store
from index.types import Appearance, Article, Verdict, VerdictStatus

_FRESH = 2.0  # seconds: a file changed so recently may change again within its time stamp's grain


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """One file or article on its way in, and what has been worked out about it so far."""

    label: str
    place: Appearance
    article: Article | None = None  # None: nothing to store, `verdict` says why
    digest: str = ""
    size: int = 0
    modified: int = 0
    note: str = ""  # what its owner should know although it could be read
    verdict: Verdict | None = None

    def judged(
        self, status: VerdictStatus, article: Article | None = None, *, reason: str = ""
    ) -> Verdict:
        """The verdict on this offer; one that brings something new carries its note."""
        told = [reason, self.note if status in {"added", "updated", "duplicate"} else ""]
        return Verdict(
            path=self.label,
            status=status,
            reason="; ".join(part for part in told if part),
            article_id=article.id if article else None,
            title=article.title if article else None,
        )

    def remembered(self, article: int) -> rows.KnownFile | None:
        """What to remember of the file under the row of its article; None when it is no file."""
        if self.place.path is None:
            return None
        return rows.KnownFile(
            article=article, digest=self.digest, size=self.size, modified=self.modified
        )


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
            "Articles are .txt, .md and .html files.",
        )
    return found


class OfferReader:
    """Reads files and articles into offers; a file that has not changed is not opened.

    `english_only` says that the embedding model reads no other language.
    """

    def __init__(self, store: Store, language: LanguageDetector, *, english_only: bool) -> None:
        self._store = store
        self._language = language
        self._english_only = english_only

    def read(self, source: Path | Article) -> Offer:
        """The offer of a file or an article; what cannot be read has a verdict that says why."""
        return self._article(source) if isinstance(source, Article) else self._file(source)

    def _file(self, path: Path) -> Offer:
        key = path_key(path)
        bare = Offer(label=path_text(path), place=Appearance(path=key))
        with self._store.reading() as db:
            known = rows.known_file(db, key)
        try:
            status = path.stat()
            if known and (known.size, known.modified) == (status.st_size, status.st_mtime_ns):
                return replace(bare, verdict=bare.judged("unchanged"))
            data = read_bytes(path)
            article = clean_article(read_article(path, data))
        except (InvalidInput, OSError) as error:
            reason = error.message if isinstance(error, InvalidInput) else str(error.strerror)
            if known:
                reason += " (the version added before is kept)"
            return replace(bare, verdict=bare.judged("skipped", reason=reason))
        article = self._with_language(article)
        # A page declares its encoding, and is read in it.
        odd = "" if path.suffix.lower() in PAGES else encoding_note(data)
        notes = [odd, self._language_note(article)]
        settled = time.time() - status.st_mtime > _FRESH
        return replace(
            bare,
            article=article,
            note="; ".join(note for note in notes if note),
            place=Appearance(
                path=key, url=article.url, source=article.source, published=article.published
            ),
            digest=hashlib.sha256(data).hexdigest(),
            size=len(data),
            modified=status.st_mtime_ns if settled else 0,
        )

    def _article(self, article: Article) -> Offer:
        label = article.title or article.id
        try:
            clean = clean_article(article)
        except InvalidInput as error:
            bare = Offer(label=label, place=Appearance())
            return replace(bare, verdict=bare.judged("skipped", reason=error.message))
        place = Appearance(url=clean.url, source=clean.source, published=clean.published)
        clean = self._with_language(clean)
        return Offer(label=label, article=clean, place=place, note=self._language_note(clean))

    def _language_note(self, article: Article) -> str:
        if not self._english_only or article.language in {None, "en"}:
            return ""
        return f"its language is {article.language!r}, the embedding model reads English"

    def _with_language(self, article: Article) -> Article:
        language = article.language or self._language.detect(article.text)
        return replace(article, language=language, appearances=())
