"""Finding files, links, rights, and the text by which a file is known."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from index.errors import PathUnusable
from index.files import find_files, path_key, read_bytes
from index.reading import read_article

BODY = "The two sides met in Rome on Monday. Nothing was agreed."


def write(folder: Path, name: str, content: str | bytes) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def test_a_folder_is_walked(tmp_path: Path) -> None:
    for name in ("b.txt", "a/z.MD", "a/b/c.html", "a.htm", "n.markdown", "x.png", "a/y.exe"):
        write(tmp_path, name, BODY)
    for name in (".hidden.txt", ".git/a.txt", "a/.b/c.txt"):
        write(tmp_path, name, BODY)
    found = find_files(tmp_path)
    names = [path.relative_to(tmp_path).as_posix() for path in found.files]
    assert names == ["a/b/c.html", "a/z.MD", "a.htm", "b.txt", "n.markdown"]
    assert found.ignored == 2
    assert found.unreadable == ()


def test_a_file_is_itself_whatever_its_kind(tmp_path: Path) -> None:
    for name in ("a.txt", "b.png", ".hidden.txt"):
        path = write(tmp_path, name, BODY)
        assert find_files(path).files == (path,)


def test_an_empty_folder_and_nothing(tmp_path: Path) -> None:
    assert find_files(tmp_path).files == ()
    with pytest.raises(PathUnusable, match="There is no file or folder") as caught:
        find_files(tmp_path / "none")
    assert caught.value.hint


def test_links(tmp_path: Path) -> None:
    root, outside = tmp_path / "root", tmp_path / "outside"
    inner = write(root, "deep/a.txt", BODY)
    outer = write(outside, "b.txt", BODY)
    (root / "inner.txt").symlink_to(inner)
    (root / "outer.txt").symlink_to(outer)
    (root / "broken.txt").symlink_to(tmp_path / "none.txt")
    (root / "outer.png").symlink_to(outer)
    (root / "folder").symlink_to(outside)
    (root / "deep" / "loop").symlink_to(root)
    (root / "self.txt").symlink_to(root / "self.txt")
    found = find_files(root)
    assert [path.relative_to(root).as_posix() for path in found.files] == [
        "deep/a.txt",
        "inner.txt",
    ]
    assert found.ignored == 1
    assert {
        Path(verdict.path).name: verdict.reason.split(";")[0] for verdict in found.unreadable
    } == {
        "broken.txt": "The link leads to nothing.",
        "folder": "The link leads out of the folder",
        "outer.txt": "The link leads out of the folder",
        "self.txt": "The link leads to nothing.",
    }
    linked = tmp_path / "linked"
    linked.symlink_to(root)
    assert len(find_files(linked).files) == 2


def test_a_pipe_among_the_files_is_left_to_the_reader(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.txt")
    assert find_files(tmp_path).files == (tmp_path / "pipe.txt",)


def test_names_that_are_no_text(tmp_path: Path) -> None:
    write(tmp_path, os.fsdecode(b"caf\xe9-talks.txt"), BODY)
    (path,) = find_files(tmp_path).files
    article = read_article(path)
    assert article.text == BODY
    assert article.title == "Caf\\udce9 talks"
    assert path_key(path).endswith("/caf\\udce9-talks.txt")
    path_key(path).encode("utf-8")


def test_path_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write(tmp_path, "deep/a.txt", BODY)
    (tmp_path / "link").symlink_to(tmp_path / "deep")
    (tmp_path / "deep" / "b.txt").symlink_to(path)
    monkeypatch.chdir(tmp_path)
    key = path_key(path)
    assert key == str(path.resolve())
    for spelling in ("deep/a.txt", "./deep/../deep/a.txt", "link/a.txt"):
        assert path_key(Path(spelling)) == key
    assert path_key(Path("deep/b.txt")) == str(tmp_path / "deep" / "b.txt")
    assert path_key(Path("deep/..")) == path_key(Path()) == str(tmp_path)


def test_only_regular_files_are_opened(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.txt")
    (tmp_path / "folder.txt").mkdir()
    (tmp_path / "device.txt").symlink_to("/dev/zero")
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(str(tmp_path / "socket.txt"))
    listener.close()
    for name in ("pipe", "device", "socket"):
        with pytest.raises(PathUnusable, match="a pipe, a device or a socket"):
            read_article(tmp_path / f"{name}.txt")
    with pytest.raises(PathUnusable, match="a folder, not a file"):
        read_article(tmp_path / "folder.txt")


def test_bytes_are_read_whole(tmp_path: Path) -> None:
    data = os.urandom(300_000)
    assert read_bytes(write(tmp_path, "a.txt", data)) == data


# Run as a user without rights: the super-user, as whom tests may run, may read everything.
AS_NOBODY = """
import os, sys
from pathlib import Path
from index.files import find_files, read_bytes
from index.errors import PathUnusable
root = Path(sys.argv[1])
if os.getuid() == 0:
    os.setgid(65534)
    os.setuid(65534)
found = find_files(root)
print([path.name for path in found.files])
print([(Path(verdict.path).name, verdict.status, verdict.reason) for verdict in found.unreadable])
for path in (root / "secret.txt", root / "locked" / "b.txt"):
    try:
        read_bytes(path)
    except PathUnusable as error:
        print(error)
"""


def test_without_rights(tmp_path: Path) -> None:
    import shutil
    import tempfile

    root = Path(tempfile.mkdtemp(prefix="rights-", dir="/tmp"))  # pytest's own is barred to others
    code = Path(__file__).parents[1]
    try:
        shutil.copytree(
            code / "index", root / ".code" / "index", ignore=shutil.ignore_patterns("__*")
        )
        (root / ".code" / "index" / "__init__.py").touch()
        for name in ("a.txt", "secret.txt", "locked/b.txt", "open/c.txt"):
            write(root, name, BODY)
        root.chmod(0o755)
        (root / "secret.txt").chmod(0)
        (root / "locked").chmod(0)
        done = subprocess.run(
            [sys.executable, "-c", AS_NOBODY, str(root)],
            cwd=root,
            env={"PYTHONPATH": str(root / ".code"), "PATH": os.environ["PATH"]},
            capture_output=True,
            text=True,
            check=True,
        )
    finally:
        (root / "locked").chmod(0o755)
        shutil.rmtree(root)
    assert done.stdout.splitlines() == [
        "['a.txt', 'c.txt', 'secret.txt']",
        "[('locked', 'skipped', 'The folder cannot be read (Permission denied).')]",
        "It may not be read. Give yourself the right to read it.",
        "It may not be read. Give yourself the right to read it.",
    ]
