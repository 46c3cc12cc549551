"""Finding the files of articles, and their bytes, without ever waiting on one."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import IO, BinaryIO

from index.errors import PathUnusable
from index.types import Verdict

PAGES = (".html", ".htm")
EXPORTS = (".json", ".jsonl", ".ndjson", ".csv", ".tsv", ".sgm", ".sgml", ".epub")  # many articles
ARCHIVES = (".zip", ".tar", ".tar.gz", ".tgz", ".gz")
SUFFIXES = (
    *(".txt", ".md", ".markdown", *PAGES, ".pdf", ".docx", ".eml", ".xml"),
    *EXPORTS,
    *ARCHIVES,
)
MAX_BYTES = 20_000_000  # a long feature has 100,000; what is larger is no article
# Of a file with many articles that is read as a whole; JSON of nothing but empty objects takes 24
# times its size in memory.
MAX_EXPORT = 32_000_000


@dataclass(frozen=True, slots=True)
class FoundFiles:
    """What lies below a path: files to read, and what could not be looked into."""

    files: tuple[Path, ...]  # sorted
    unreadable: tuple[Verdict, ...] = ()  # status "skipped", each with its reason
    ignored: int = 0  # files of other kinds, by their suffix


def find_files(path: Path) -> FoundFiles:
    """The article files at `path`: itself when it is no folder, else those below it, sorted.

    Hidden files and folders are passed over. Links to folders are not followed, links to files
    only within `path`. Raises PathUnusable when there is nothing at `path`.
    """
    try:
        is_folder = stat.S_ISDIR(path.stat().st_mode)
    except (OSError, ValueError) as error:
        raise _unusable(path, error) from error
    if not is_folder:
        return FoundFiles((path,))
    root = Path(os.path.realpath(path))
    files: list[Path] = []
    unreadable: list[Verdict] = []
    ignored = 0
    folders = [path]
    while folders:
        folder = folders.pop()
        try:
            entries = list(_visible(folder))
        except OSError as error:
            unreadable.append(_skipped(folder, f"The folder cannot be read ({_why(error)})."))
            continue
        for entry in entries:
            place = Path(entry.path)
            problem = _link_problem(entry, root)
            if problem:
                unreadable.append(_skipped(place, problem))
            elif entry.is_dir(follow_symlinks=False):
                folders.append(place)
            elif entry.is_dir():
                pass  # a link to a folder of this tree, which is found by itself
            elif kind_of(place.name) in SUFFIXES:
                files.append(place)
            else:
                ignored += 1
    unreadable.sort(key=lambda verdict: verdict.path)
    return FoundFiles(tuple(sorted(files)), tuple(unreadable), ignored)


def _visible(folder: Path) -> Iterator[os.DirEntry[str]]:
    with os.scandir(folder) as entries:
        yield from (entry for entry in entries if not entry.name.startswith("."))


def _link_problem(entry: os.DirEntry[str], root: Path) -> str:
    """Why the link `entry` is not followed, or "" when it may be or is no link."""
    if not entry.is_symlink():
        return ""
    target = Path(os.path.realpath(entry.path))
    if kind_of(entry.name) not in SUFFIXES and not target.is_dir():
        return ""  # of a kind that is ignored anyway
    if not target.exists():
        return "The link leads to nothing."
    if not target.is_relative_to(root):
        return "The link leads out of the folder; add what it leads to by its own path."
    return ""


def kind_of(name: str) -> str:
    """The ending of a file's name that tells its kind, in lower case: ".tar.gz", ".txt", ""."""
    lower = name.lower()
    return ".tar.gz" if lower.endswith(".tar.gz") else PurePath(lower).suffix


def read_bytes(path: Path) -> bytes:
    """The bytes of the regular file at `path`; never waits, as opening a pipe would.

    Raises PathUnusable when it is missing, no regular file, not readable, empty, or larger than
    `MAX_BYTES`.
    """
    try:
        with open_file(path) as file:
            data = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise _unusable(path, error) from error
    check_size(len(data))
    return data


def open_file(path: Path) -> BinaryIO:
    """The regular file at `path`, open for reading; never waits, as opening a pipe would.

    Raises PathUnusable when it is missing, no regular file, or not readable.
    """
    try:
        _check_regular(path.stat())
        flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
        file = os.fdopen(os.open(path, flags), "rb")
    except PathUnusable:
        raise
    except (OSError, ValueError) as error:
        raise _unusable(path, error) from error
    try:
        # Looked at again, since something else may have taken the name in between.
        _check_regular(os.fstat(file.fileno()))
    except PathUnusable:
        file.close()
        raise
    return file


def read_limited(file: IO[bytes], limit: int) -> bytes:
    """All bytes of an open file; raises PathUnusable when it is empty or has more than `limit`."""
    data = file.read(limit + 1)
    check_size(len(data), limit)
    return data


def check_size(size: int, limit: int = MAX_BYTES) -> None:
    """Raises PathUnusable when a file of `size` bytes is empty or too large to be read whole."""
    if size == 0:
        raise PathUnusable("The file is empty.", "Fill it, or leave it out.")
    if size > limit:
        advice = "Split it into one file for each article."
        if limit == MAX_EXPORT:
            advice = "Split it, or save it as JSON Lines."
        raise PathUnusable(f"The file is larger than {limit // 1_000_000} MB.", advice)


def _check_regular(status: os.stat_result) -> None:
    if stat.S_ISDIR(status.st_mode):
        raise PathUnusable("It is a folder, not a file.", "Name the files in it.")
    if not stat.S_ISREG(status.st_mode):
        raise PathUnusable(
            "It is a pipe, a device or a socket, not a file.", "Save the article to a file first."
        )


def path_key(path: Path) -> str:
    """The text by which the file at `path` is known: absolute, links in its folder resolved.

    A byte of the name that is no text is written as an escape.
    """
    if path.name in ("", ".."):
        return path_text(Path(os.path.realpath(path)))
    return path_text(Path(os.path.realpath(path.parent)) / path.name)


PART_MARK = "//"  # between a file and the name of an article in it; no path key has it otherwise


def part_key(key: str, part: str) -> str:
    """The text by which one of several articles of the file `key` is known."""
    return f"{key}{PART_MARK}{part}" if part else key


def file_key(key: str) -> str:
    """The file that an article known by `key` is in, which may be all of it."""
    place = key.find(PART_MARK, 2)  # a path on a network share may begin with two slashes
    return key if place < 0 else key[:place]


def path_text(path: Path) -> str:
    """`path` as text that can be stored and shown, whatever bytes its name has."""
    return os.fspath(path).encode("utf-8", "backslashreplace").decode("utf-8")


def _unusable(path: Path, error: OSError | ValueError) -> PathUnusable:
    if isinstance(error, FileNotFoundError | NotADirectoryError):
        return PathUnusable(
            f"There is no file or folder {path_text(path)!r}.", "Check how the path is written."
        )
    if isinstance(error, PermissionError):
        return PathUnusable("It may not be read.", "Give yourself the right to read it.")
    return PathUnusable(f"It cannot be read ({_why(error)}).", "Check the path and its disk.")


def _why(error: OSError | ValueError) -> str:
    return (error.strerror if isinstance(error, OSError) else None) or str(error)


def _skipped(path: Path, reason: str) -> Verdict:
    return Verdict(path=path_text(path), status="skipped", reason=reason)
