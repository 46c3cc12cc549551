"""Files dropped on the page: kept under the library's folder, added, reported one by one."""

from __future__ import annotations

import filecmp
import os
import queue
import re
import shutil
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

from assistant.web.markup import escape
from index.errors import AssistantError
from index.files import SUFFIXES, kind_of
from index.types import Progress, Verdict

if TYPE_CHECKING:
    from index.library import Library

LARGEST = 20  # megabytes of one file
_NAME_LENGTH = 120  # bytes: leaves room for a number within every file system's limit
_UNSAFE = re.compile(r'[\x00-\x1f\x7f<>:"/\\|?*]')
_RESERVED = re.compile(r"(?i)(con|prn|aux|nul|(com|lpt)\d)(\.|$)")  # devices, to Windows
_SAID = {
    "added": "added",
    "updated": "updated",
    "unchanged": "already here",
    "duplicate": "duplicate",
    "removed": "removed",
    "skipped": "skipped",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Adding:
    """How far the adding of some files has come; `error` ended it early."""

    total: int
    verdicts: tuple[Verdict, ...] = ()
    error: AssistantError | None = None
    ended: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A file in the library's folder of uploads; `new` when this upload put it there."""

    path: Path
    new: bool


def add(library: Library, files: Sequence[Path]) -> Iterator[Adding]:
    """Keep and add the files, giving every state that the page should show; the last has ended.

    Each file is moved to `<library>/uploads/` first, so that the article's path stays good; what
    the library does not take is deleted from there. An AssistantError ends the adding, it is
    never raised. The work is done in a thread: it goes on when the page is closed meanwhile.
    """
    yield from followed(lambda tell: _work(library, files, tell))


def followed(work: Callable[[Callable[[Adding], None]], Adding]) -> Iterator[Adding]:
    """Every state that `work` tells of while it is done in a thread, and the one it ends with."""
    news: queue.SimpleQueue[Adding | None] = queue.SimpleQueue()
    with ThreadPoolExecutor(max_workers=1, thread_name_prefix="adding") as pool:
        done = pool.submit(work, news.put)
        done.add_done_callback(lambda _: news.put(None))
        while (state := news.get()) is not None:
            yield state
    yield done.result()


def _work(library: Library, files: Sequence[Path], tell: Callable[[Adding], None]) -> Adding:
    folder = (library.path / "uploads").resolve()
    verdicts: list[Verdict] = []
    kept: list[Kept] = []
    for file in files:
        one = keep(file, folder)
        file.unlink(missing_ok=True)
        if isinstance(one, Kept):
            kept.append(one)
        else:
            verdicts.append(one)

    def told(progress: Progress) -> None:
        verdicts.append(progress.verdict)
        tell(_state(verdicts, files, folder))

    tell(_state(verdicts, files, folder))
    error = None
    try:
        if kept:
            library.add([one.path for one in kept], on_progress=told)
    except AssistantError as failure:
        error = failure
    taken = {Path(verdict.path).resolve() for verdict in verdicts if verdict.status != "skipped"}
    for one in kept:
        if one.new and one.path not in taken:
            one.path.unlink(missing_ok=True)
    return replace(_state(verdicts, files, folder), error=error, ended=True)


def _state(verdicts: Sequence[Verdict], files: Sequence[Path], folder: Path) -> Adding:
    """The state so far; a file of the uploads is called by its name alone."""
    named = (replace(one, reason=one.reason.replace(f"{folder}{os.sep}", "")) for one in verdicts)
    return Adding(total=len(files), verdicts=tuple(named))


def keep(file: Path, folder: Path) -> Kept | Verdict:
    """Copy an uploaded file to the folder under its own name, or say why it is refused.

    A file of that name with the same bytes is used as it is; one with other bytes is left alone,
    and the new one is numbered: "talks (2).txt".
    """
    name = safe_name(file.name)
    if kind_of(file.name) not in SUFFIXES:
        kinds = ", ".join(SUFFIXES)
        return Verdict(path=name, status="skipped", reason=f"not a kind of file read here: {kinds}")
    try:
        if file.stat().st_size > LARGEST * 1_000_000:
            return Verdict(path=name, status="skipped", reason=f"larger than {LARGEST} MB")
        folder.mkdir(parents=True, exist_ok=True)
        return _copied(file, folder, name)
    except OSError as error:
        reason = f"it could not be kept: {error.strerror or error}"
        return Verdict(path=name, status="skipped", reason=reason)


def _copied(file: Path, folder: Path, name: str) -> Kept:
    stem, suffix = Path(name).stem, Path(name).suffix
    for number in count(1):
        path = folder / (name if number == 1 else f"{stem} ({number}){suffix}")
        try:
            with path.open("xb") as target, file.open("rb") as source:
                shutil.copyfileobj(source, target)
        except FileExistsError:
            if path.is_file() and filecmp.cmp(file, path, shallow=False):
                return Kept(path=path, new=False)
        except OSError:
            path.unlink(missing_ok=True)  # half of a file must not pass for an article
            raise
        else:
            return Kept(path=path, new=True)
    raise AssertionError("count() does not end")


def safe_name(name: str) -> str:
    """A file name that stays in its folder on every system, close to the one it was given."""
    plain = _UNSAFE.sub("_", name.encode("utf-8", "replace").decode("utf-8")).strip(" .")
    stem, suffix = Path(plain).stem, Path(plain).suffix
    if not stem or _RESERVED.match(stem):
        stem = f"article_{stem}".rstrip("_")
    short = stem.encode("utf-8")[: _NAME_LENGTH - len(suffix.encode("utf-8"))]
    return short.decode("utf-8", "ignore").rstrip(" .") + suffix


def report(adding: Adding, way: str = "") -> str:
    """The progress line and the verdicts of an upload as HTML.

    `way` names the form that it came from, which is emptied once something was taken from it.
    """
    done = len(adding.verdicts)
    if adding.error:
        line = f"{adding.error.message} {adding.error.hint}".strip()
    elif adding.ended:
        tally = Counter(_SAID[verdict.status] for verdict in adding.verdicts)
        line = ", ".join(f"{number} {said}" for said, number in tally.items())
    else:
        line = f"Adding {done} of {adding.total}…" if adding.total else "Fetching…"
    bar = (
        ""
        if adding.ended
        else f'<progress max="{max(1, adding.total)}" value="{done}" aria-label="Added"></progress>'
    )
    rows = "".join(_row(verdict) for verdict in adding.verdicts)
    skipped = all(verdict.status == "skipped" for verdict in adding.verdicts)
    taken = f' data-done="{way}"' if way and adding.ended and not skipped else ""
    return (
        f'<div class="adding"{taken}><p class="tally" role="status">{escape(line)}</p>{bar}'
        f'<ul class="verdicts" aria-label="What became of each">{rows}</ul></div>'
    )


def _row(verdict: Verdict) -> str:
    name = _called(verdict.path) + (f" ({verdict.part})" if verdict.part else "")
    why = f'<span class="why">{escape(verdict.reason)}</span>' if verdict.reason else ""
    return (
        f'<li class="{verdict.status}"><span class="file" title="{escape(name)}">{escape(name)}'
        f'</span> <span class="said">{_SAID[verdict.status]}</span>{why}</li>'
    )


def _called(path: str) -> str:
    """What was added, by a short name: of a file without its folders, of a page its address."""
    if path.startswith(("http://", "https://")):
        return path.partition("://")[2].rstrip("/")
    return Path(path).name if Path(path).is_absolute() else path
