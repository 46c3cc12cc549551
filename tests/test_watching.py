"""Watching a folder and feeds: what changes is taken, what fails is told, Ctrl-C loses nothing."""

from __future__ import annotations

import signal
import subprocess
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from cli_runs import COMMAND, environment, run
from library_kit import open_library, write_articles

from index.errors import AssistantError, PathUnusable
from index.library import Library
from index.types import Report
from index.watching import Watched, watch


def until(true: Callable[[], bool], *, seconds: float = 30.0) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end
        time.sleep(0.1)


def test_a_watched_folder_is_mirrored(tmp_path: Path) -> None:
    folder, away = tmp_path / "news", tmp_path / "away"
    write_articles(folder, range(2))
    reports: list[Report] = []
    failures: list[AssistantError] = []
    stop = threading.Event()
    with open_library(tmp_path / "library") as library:
        watching = threading.Thread(
            target=watch,
            args=(library, Watched(folder=folder, feeds=("http://127.0.0.1:1/feed",))),
            kwargs={"stop": stop, "on_report": reports.append, "on_failure": failures.append},
        )
        watching.start()
        try:
            until(lambda: len(library) == 2)
            until(lambda: bool(failures))  # the feed's address is of the own network
            assert "not on the public net" in failures[0].message
            write_articles(folder, range(2, 4))
            until(lambda: len(library) == 4)
            (folder / "0000.txt").unlink()
            until(lambda: len(library) == 3)
            # A folder that goes away is told of, and its articles stay.
            folder.rename(away)
            until(lambda: len(failures) > 1)
            assert isinstance(failures[1], PathUnusable)
            assert len(library) == 3
        finally:
            stop.set()
            watching.join(30)
    assert not watching.is_alive()
    assert next(report.count("added") for report in reports) == 2
    assert sum(report.count("removed") for report in reports) == 1


def test_a_folder_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with open_library(tmp_path / "library") as library, pytest.raises(PathUnusable):
        watch(
            library,
            Watched(folder=tmp_path / "none"),
            stop=threading.Event(),
            on_report=lambda _: None,
            on_failure=lambda _: None,
        )


def test_watching_from_a_shell_ends_with_ctrl_c(tmp_path: Path) -> None:
    folder, where = tmp_path / "news", tmp_path / "library"
    write_articles(folder, range(1))
    with subprocess.Popen(
        [*COMMAND, "sync", str(folder), "--watch", "--library", str(where)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment(),
    ) as watching:
        try:
            with Library(where) as library:
                until(lambda: len(library) == 1)
                write_articles(folder, range(1, 2))
                until(lambda: len(library) == 2)
                assert library.search("ferry")  # asking goes on meanwhile
            watching.send_signal(signal.SIGINT)
            out, err = watching.communicate(timeout=30)
        finally:
            watching.kill()
    assert watching.returncode == 0
    assert "Ended; the library holds 2 articles." in out
    assert "Watching" in err
    assert "1 added" in err
    assert "Traceback" not in err


def test_options_that_do_not_go_together(tmp_path: Path) -> None:
    write_articles(tmp_path / "news", range(1))
    assert run("sync", tmp_path / "news", "--watch", "--json").code == 2
    assert run("sync", tmp_path / "news", "--feed", "https://a.example/").code == 2


@pytest.mark.slow
def test_the_page_mirrors_a_folder_meanwhile(tmp_path: Path) -> None:
    from test_browser import served

    folder, where = tmp_path / "news", tmp_path / "library"
    write_articles(folder, range(1))
    with served(where, "--watch", str(folder)), Library(where) as library:
        until(lambda: len(library) == 1)
        write_articles(folder, range(1, 3))
        until(lambda: len(library) == 3)
    refused = run("serve", "--watch", tmp_path / "none", "--no-browser")
    assert refused.code == 1
    assert "There is no file or folder" in refused.err
