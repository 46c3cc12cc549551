"""Hostile files, servers and addresses, given to the real command: what each costs, and that it
is refused in a line while the good article beside it is added. `-s` shows the figures.
"""

from __future__ import annotations

import bz2
import io
import json
import subprocess
import tarfile
import time
import zipfile
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest
import test_net
from cli_runs import COMMAND, ROOT, environment, run
from test_formats import PARAGRAPHS, TITLE, by_reportlab, put
from test_net import Site, _Handler, feed, page

from index.files import MAX_BYTES

pytestmark = pytest.mark.slow
site = test_net.site  # the fixture
Answer = Callable[[_Handler], None]

MAX_SECONDS = 30.0
MAX_MEGABYTES = 1_000.0
GIVEN_UP = 60.0  # seconds after which a command that hangs is killed, and has failed
ZEROS = bytes(10_240_000)  # whole blocks of a tar
SENTENCES = b"The ferry left the harbour. " * 400_000  # 11 MB

# Python imports a module of this name before it runs anything, so that the command itself is the
# one that a user runs. Not ru_maxrss: that counts what the process that started this one had.
PROBE = """
import atexit, os, pathlib

@atexit.register
def tell_peak():
    status = pathlib.Path("/proc/self/status").read_text()
    pathlib.Path(os.environ["PEAK_FILE"]).write_text(status.split("VmHWM:")[1].split()[0])
"""
# A server on loopback that passes for one on the public net; every other address is checked.
LOOPBACK_IS_PUBLIC = """
from index.net import guard
is_public = guard._is_public
guard._is_public = lambda address: address == "127.0.0.1" or is_public(address)
"""


@dataclass
class Command:
    """Runs `assistant add` with a new library, and holds it to the caps."""

    folder: Path
    name: str
    good: Path
    probe: str = PROBE

    def refuses(
        self, *args: str | Path, lines: Sequence[str], code: int = 3, added: Sequence[str] = ()
    ) -> None:
        """Exactly `lines`, by words of theirs, are told, and exactly `Good` and `added` added."""
        out, err = self._run(args, code)
        told = [line for line in err.splitlines() if not line.startswith("hint: ")]
        assert len(told) == len(lines), err
        for words, line in zip(lines, told, strict=True):
            assert line.startswith(("skipped: ", "error: ", "… and ")), err
            assert words in line
        listed = run("list", "--library", self.folder / "library").out.splitlines()
        assert sorted(line.split("\t")[-1] for line in listed) == sorted(["Good", *added]), out

    def _run(self, args: Sequence[str | Path], code: int) -> tuple[str, str]:
        peak, probe = self.folder / "peak", self.folder / "probe"
        probe.mkdir()
        put(probe, "sitecustomize.py", self.probe)
        command = [*COMMAND, "add", *map(str, args), "--library", str(self.folder / "library")]
        began = time.monotonic()
        try:
            done = subprocess.run(
                command,
                capture_output=True,
                text=True,
                cwd=self.folder,
                env=environment(PYTHONPATH=f"{probe}:{ROOT}", PEAK_FILE=str(peak)),
                timeout=GIVEN_UP,
            )
        except subprocess.TimeoutExpired:
            pytest.fail(f"{self.name}: it still runs after {GIVEN_UP:.0f} s")
        seconds = time.monotonic() - began
        megabytes = int(peak.read_text()) / 1024
        print(f"\n{self.name}: {seconds:.1f} s, {megabytes:.0f} MB")
        assert "Traceback" not in done.stdout + done.stderr
        assert done.returncode == code, done.stderr
        assert seconds < MAX_SECONDS
        assert megabytes < MAX_MEGABYTES
        return done.stdout, done.stderr


@pytest.fixture
def command(tmp_path: Path, request: pytest.FixtureRequest) -> Command:
    good = put(tmp_path, "good.txt", f"Good\n\n{PARAGRAPHS[0]}")
    return Command(tmp_path, request.node.name.removeprefix("test_"), good)


# --- files


def test_cut_pdf(command: Command) -> None:
    whole = command.folder / "whole.pdf"
    by_reportlab(whole, PARAGRAPHS * 40, title=TITLE)
    path = put(command.folder, "cut.pdf", whole.read_bytes()[: whole.stat().st_size // 2])
    command.refuses(path, command.good, lines=["The PDF is damaged"])


def test_locked_pdf(command: Command) -> None:
    from pypdf import PdfReader, PdfWriter

    path = command.folder / "locked.pdf"
    by_reportlab(path, PARAGRAPHS, title=TITLE)
    writer = PdfWriter(clone_from=PdfReader(path))
    writer.encrypt("secret", algorithm="RC4-128")
    writer.write(path)
    command.refuses(path, command.good, lines=["protected by a password"])


def packed(*parts: tuple[bytes, int]) -> bytes:
    """A gzip stream of pieces, each so many times; made in no time, whatever it unpacks to.

    After a full flush a piece is packed into the same bytes again. The stream lacks its end with
    the checksum, which nobody may come to.
    """
    packer = zlib.compressobj(9, wbits=zlib.MAX_WBITS | 16)
    stream = packer.flush(zlib.Z_FULL_FLUSH)
    for piece, times in parts:
        stream += (packer.compress(piece) + packer.flush(zlib.Z_FULL_FLUSH)) * times
    return stream


def film(name: str = "film.bin", *, kind: bytes = tarfile.REGTYPE, pieces: int = 160) -> bytes:
    """The head of a large entry in a tar."""
    entry = tarfile.TarInfo(name)
    entry.type, entry.size = kind, pieces * len(ZEROS)
    return entry.tobuf()


def headed(kind: bytes) -> bytes:
    """A file in a tar whose name, or other facts, have 1.6 GB."""
    return packed((film(kind=kind), 1), (ZEROS, 160), (film("a.txt", pieces=0) + bytes(1_024), 1))


def bzip2_tar() -> bytes:
    packer = bz2.BZ2Compressor()
    pieces = [packer.compress(piece) for piece in (film(pieces=100), *[ZEROS] * 100)]
    return b"".join(pieces) + packer.flush()


def zipped(method: int, piece: bytes, times: int) -> bytes:
    """An archive of one text."""
    file = io.BytesIO()
    with (
        zipfile.ZipFile(file, "w", method, compresslevel=1) as archive,
        archive.open("a.txt", "w", force_zip64=True) as member,
    ):
        for _ in range(times):
            member.write(piece)
    return file.getvalue()


BOMBS: dict[str, tuple[Callable[[], bytes], str]] = {
    "text.txt.gz": (lambda: packed((SENTENCES, 350)), "larger than 20 MB"),  # 4 GB
    "text.zip": (lambda: zipped(zipfile.ZIP_DEFLATED, SENTENCES, 350), "larger than 20 MB"),
    # Two films of 1.6 GB, which are no articles and have to be unpacked to come past them.
    "films.tar.gz": (lambda: packed(*[(film(), 1), (ZEROS, 160)] * 2), "unpacks to more than"),
    "name.tar.gz": (lambda: headed(tarfile.GNUTYPE_LONGNAME), "name.tar.gz"),
    "pax.tar.gz": (lambda: headed(tarfile.XHDTYPE), "pax.tar.gz"),
    # A gigabyte in a kilobyte: a reader that does not ask for less unpacks all of it at once.
    "bzip2.zip": (lambda: zipped(zipfile.ZIP_BZIP2, ZEROS, 100), "bzip2.zip"),
    "bzip2.tgz": (bzip2_tar, "bzip2.tgz"),
}


@pytest.mark.parametrize("name", BOMBS)
def test_bomb(command: Command, name: str) -> None:
    make, words = BOMBS[name]
    command.refuses(put(command.folder, name, make()), command.good, lines=[words])


@pytest.mark.parametrize("piece", [b"\0", b"The ferry left the harbour. "], ids=["zeros", "words"])
def test_zip_of_files_below_the_limit(command: Command, piece: bytes) -> None:
    """3 GB, no file of which is too large; the summary is not buried below their lines."""
    path = command.folder / "many.zip"
    data = piece * (MAX_BYTES // len(piece))
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for number in range(150):
            archive.writestr(f"{number}.txt", f"{number}. ".encode() + data[:-9])
    command.refuses(path, command.good, lines=[*["many.zip ("] * 10, "more skipped"])


def test_zip_that_slips_out(command: Command) -> None:
    path = command.folder / "a" / "b" / "slip.zip"
    path.parent.mkdir(parents=True)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("../../x.txt", f"Evil\n\n{PARAGRAPHS[1]}")
        archive.writestr("inside.txt", f"Inside\n\n{PARAGRAPHS[2]}")
    command.refuses(path, command.good, lines=["leads out of the archive"], added=["Inside"])
    assert not list(command.folder.rglob("x.txt"))


def test_link_out_of_the_folder(command: Command) -> None:
    secret = put(command.folder, "secret.txt", f"Secret\n\n{PARAGRAPHS[1]}")
    offered = command.folder / "offered"
    offered.mkdir()
    (offered / "leak.txt").symlink_to(secret)
    command.good.rename(offered / "good.txt")
    command.refuses(offered, lines=["leads out of the folder"])


def test_csv_rows_of_other_lengths(command: Command) -> None:
    rows = ["title,body", "One,It rained.", "Two", "Three,It,hailed.", "Four,It snowed."]
    path = put(command.folder, "wire.csv", "\n".join(rows))
    lines = ["(line 3): The row has 1 fields", "(line 4): The row has 3 fields"]
    command.refuses(path, command.good, lines=lines, added=["One", "Four"])


def test_jsonl_with_a_bad_line(command: Command) -> None:
    whole = [json.dumps({"title": f"Story {n}", "text": f"{n} ships left."}) for n in (1, 2, 3)]
    path = put(command.folder, "wire.jsonl", "\n".join([whole[0], whole[1][:-5], whole[2]]))
    command.refuses(path, command.good, lines=["(line 2): The"], added=["Story 1", "Story 3"])


# --- servers


def dripping(begin: bytes) -> Answer:
    """After `begin` one byte a second, for longer than anybody should wait."""

    def answer(handler: _Handler) -> None:
        for piece in (begin, *[b"x"] * int(GIVEN_UP)):
            handler.wfile.write(piece)
            handler.wfile.flush()
            time.sleep(1)
        handler.close_connection = True

    return answer


ANSWERS: dict[str, Answer] = {
    "dripping_body": dripping(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n"),
    "dripping_head": dripping(b"HTTP/1.1 200 OK\r\nX-Note: "),
    "bomb": lambda handler: handler.answer(
        200, packed((SENTENCES, 350)), Content_Encoding="gzip", Content_Type="text/html"
    ),
}


@pytest.mark.parametrize("answer", ANSWERS)
def test_server(command: Command, site: Site, answer: str) -> None:
    site.pages = {"/a": ANSWERS[answer], "/good": page(1)}
    args = site.at("/a"), site.at("/good"), command.good, "--allow-private"
    command.refuses(*args, lines=[f"{site.at('/a')}: It"], added=["Story 1"])


def test_feed_that_is_a_page(command: Command, site: Site) -> None:
    """The feed named after it is read all the same."""
    site.pages = {"/page": page(1), "/feed": feed(site), "/teaser": page(2)}
    feeds = "--feed", site.at("/page"), "--feed", site.at("/feed"), "--allow-private"
    lines, added = ["no RSS or Atom feed"], ["Told in full", "Story 2"]
    command.refuses(command.good, *feeds, lines=lines, code=1, added=added)


# --- addresses


@pytest.mark.parametrize("host", ["169.254.169.254", "[::ffff:169.254.169.254]"])
def test_redirect(command: Command, site: Site, host: str) -> None:
    away = f"http://{host}/"
    site.pages = {"/a": lambda handler: handler.answer(302, Location=away), "/good": page(1)}
    command.probe += LOOPBACK_IS_PUBLIC
    pages = site.at("/a"), site.at("/good")
    lines = ["not on the public net"]
    command.refuses(*pages, command.good, lines=lines, added=["Story 1"])


@pytest.mark.parametrize(
    ("address", "words", "code"),
    [
        ("http://2130706433/", "leads to 127.0.0.1, which is not on the public net", 3),
        ("http://[::ffff:127.0.0.1]/", "not on the public net", 3),
        ("http://user@host/", "a user's name or password", 3),
        ("file:///etc/passwd", "neither http nor https", 3),
    ],
)
def test_address(command: Command, address: str, words: str, code: int) -> None:
    command.refuses(address, command.good, lines=[words], code=code)
