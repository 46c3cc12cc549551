"""The files in a .zip, .tar.gz or .gz archive, one after the other; nothing is written to disk."""

from __future__ import annotations

import gzip
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import IO

from index.errors import PathUnusable
from index.files import ARCHIVES, EXPORTS, MAX_BYTES, MAX_EXPORT, SUFFIXES, kind_of

MAX_FILES = 200_000
MAX_UNPACKED = 2_000_000_000  # bytes of all files together: what a day of a busy agency is not
_MAX_HEAD = 1_000_000  # bytes of what a tar says of a file beside its name: tarfile reads it whole
_PACKED_OTHERWISE = (b"BZh", b"\xfd7zXZ")
_DAMAGED = (
    zipfile.BadZipFile,
    tarfile.TarError,
    gzip.BadGzipFile,
    zlib.error,
    EOFError,
    OSError,
    RuntimeError,  # zipfile's word for "encrypted"
    NotImplementedError,  # and for a compression that it lacks
    ValueError,
    TypeError,  # tarfile's, of a header whose fields are cut
    LookupError,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """One file of an archive, or why it cannot be had."""

    name: str
    data: bytes = b""
    problem: str = ""


def members(file: IO[bytes], name: str) -> Iterator[Member]:
    """The article files of the archive `name`, in its order.

    Hidden files and those of other kinds are passed over; an archive within it is not opened.
    Raises PathUnusable when the archive is damaged, or unpacks to more than any collection.
    """
    read = {".zip": _zip, ".gz": _gzip}.get(kind_of(name), _tar)
    try:
        yield from read(file, name)
    except PathUnusable:
        raise
    except _DAMAGED as error:
        raise PathUnusable(
            f"The archive is damaged ({_why(error)}).", "Unpack it by other means."
        ) from error


class _Budget:
    """Counts files and unpacked bytes; raises PathUnusable past what any collection has."""

    def __init__(self) -> None:
        self._calls, self._bytes = 0, 0

    def spend(self, size: int) -> None:
        self._calls += 1
        self._bytes += size
        if self._calls > 2 * MAX_FILES or self._bytes > MAX_UNPACKED:
            raise PathUnusable(
                f"The archive unpacks to more than {MAX_FILES:,} files or "
                f"{MAX_UNPACKED // 1_000_000_000} GB.",
                "Unpack it, and add the folder.",
            )


class _Entry(tarfile.TarInfo):
    """An entry of a tar whose long names and attributes have bounds."""

    # The entry point by which `tarfile` reads an entry: what follows a head of these kinds is read
    # into memory at once, however long the head says that it is.
    def _proc_member(self, archive: tarfile.TarFile) -> tarfile.TarInfo:
        heads = (
            tarfile.GNUTYPE_LONGNAME,
            tarfile.GNUTYPE_LONGLINK,
            tarfile.XHDTYPE,
            tarfile.XGLTYPE,
            tarfile.SOLARIS_XHDTYPE,
        )
        if self.type in heads and self.size > _MAX_HEAD:
            raise PathUnusable(
                f"The archive has a name or attributes of {self.size:,} bytes.",
                "Unpack it by other means.",
            )
        found: tarfile.TarInfo = super()._proc_member(archive)  # type: ignore[misc]
        return found


def check_packing(archive: zipfile.ZipFile) -> None:
    """Raises PathUnusable where files are packed as no office program packs them.

    Only of the usual method can `zipfile` unpack as much as is asked for and no more: a kilobyte
    of bzip2 may be gigabytes, all of them in memory before the first is seen.
    """
    if any(not _bounded(entry) for entry in archive.infolist()):
        raise PathUnusable("It is packed by bzip2 or LZMA.", "Pack it again as a usual ZIP.")


def _bounded(entry: zipfile.ZipInfo) -> bool:
    return entry.compress_type in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}


def _zip(file: IO[bytes], _: str) -> Iterator[Member]:
    with zipfile.ZipFile(file) as archive:
        budget = _Budget()
        for entry in archive.infolist():
            budget.spend(0)
            if entry.is_dir() or not _wanted(entry.filename):
                continue
            problem = _problem(entry.filename)
            if entry.flag_bits & 1:
                problem = "It is protected by a password."
            elif not _bounded(entry):
                problem = "It is packed by bzip2 or LZMA: pack it as a usual ZIP."
            if problem:
                yield Member(name=_shown(entry.filename), problem=problem)
                continue
            try:
                with archive.open(entry) as member:
                    data = member.read(_limit(entry.filename) + 1)
            except _DAMAGED as error:
                yield Member(name=_shown(entry.filename), problem=f"It is damaged ({_why(error)}).")
            else:
                budget.spend(len(data))
                yield _member(entry.filename, data)


def _tar(file: IO[bytes], _: str) -> Iterator[Member]:
    head = file.read(6)
    file.seek(0)
    if head.startswith(_PACKED_OTHERWISE):
        raise PathUnusable("The archive is packed by bzip2 or xz.", "Pack it as .tar.gz.")
    packed = gzip.GzipFile(fileobj=file) if head.startswith(b"\x1f\x8b") else file
    # Entries are read in their order: what is passed over is unpacked once and not held.
    with tarfile.open(fileobj=packed, mode="r:", tarinfo=_Entry) as archive:
        budget = _Budget()
        for entry in archive:
            budget.spend(entry.size)  # also what is passed over has to be unpacked
            if entry.isdir() or not _wanted(entry.name):
                continue
            problem = _problem(entry.name)
            if not problem and not entry.isreg():
                problem = "It is a link or a device, not a file."
            source = None if problem else archive.extractfile(entry)
            if source is None:
                yield Member(name=_shown(entry.name), problem=problem or "It cannot be read.")
            else:
                yield _member(entry.name, source.read(_limit(entry.name) + 1))


def _gzip(file: IO[bytes], name: str) -> Iterator[Member]:
    inner = PurePosixPath(name).stem
    if not _wanted(inner):
        inner += ".txt"
    with gzip.GzipFile(fileobj=file) as member:
        yield _member(inner, member.read(_limit(inner) + 1))


def _limit(name: str) -> int:
    return MAX_EXPORT if kind_of(name) in EXPORTS else MAX_BYTES


def _member(name: str, data: bytes) -> Member:
    if len(data) > _limit(name):
        limit = _limit(name) // 1_000_000
        return Member(name=_shown(name), problem=f"Unpacked, it is larger than {limit} MB.")
    return Member(name=_shown(name), data=data)


def _wanted(name: str) -> bool:
    parts = PurePosixPath(name.replace("\\", "/")).parts
    hidden = any(part.startswith((".", "__MACOSX")) and part not in {".", ".."} for part in parts)
    return not hidden and kind_of(name) in SUFFIXES


def _problem(name: str) -> str:
    path = PurePosixPath(name.replace("\\", "/"))
    if path.is_absolute() or ".." in path.parts or ":" in path.parts[0]:
        return "Its name leads out of the archive."
    if kind_of(name) in ARCHIVES:
        return "It is an archive within an archive, which is not opened."
    return ""


def _shown(name: str) -> str:
    return "/".join(part for part in name.replace("\\", "/").split("/") if part)[:300]


def _why(error: BaseException) -> str:
    return str(error) or type(error).__name__
