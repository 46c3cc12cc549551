"""The shell commands that fill a library and look into it, run for real."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import sqlite3
import subprocess
import time
from pathlib import Path

import pytest
from cli_runs import COMMAND, Done, environment, on_terminal, run

from index.locks import exclusive

HOSTILE = "The mayor said [bold]forty[/bold] boats \x1b]0;owned\x07 sank :smile: on \x9b31mMonday."
BODY = "The ferry left the harbour of Lindal at noon with ninety passengers on board. "


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Articles of every fate: added, the same text twice, and two files that hold none."""
    made = tmp_path_factory.mktemp("articles")
    (made / "ferry.md").write_text(
        "---\ntitle: Ferry leaves Lindal\nsource: Harbour Post\ndate: 2025-06-03\n"
        f"author: Ada Ek\nurl: https://example.org/ferry\n---\n{BODY}",
        encoding="utf-8",
    )
    (made / "hostile.md").write_text(
        '---\ntitle: "Boats [red]sunk[/red] \\x1b[2J"\nsource: "\\x1b[31mEvil"\n'
        f"date: 2025-06-02\n---\n{HOSTILE} {BODY}",
        encoding="utf-8",
    )
    (made / "undated.txt").write_text(f"Storm closes bridge\n\n{BODY * 2}", encoding="utf-8")
    (made / "zz-copy.txt").write_text(f"Storm closes bridge\n\n{BODY * 2}", encoding="utf-8")
    (made / "zz-empty.txt").touch()
    return made


@pytest.fixture(scope="session")
def added(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Done]:
    """A library that `add` made of that folder, and what it printed."""
    library = tmp_path_factory.mktemp("library") / "lib"
    return library, run("add", folder, "--library", library)


@pytest.fixture
def library(added: tuple[Path, Done], tmp_path: Path) -> Path:
    """A library of its own to write to."""
    return Path(shutil.copytree(added[0], tmp_path / "library"))


def listed(library: Path, *args: str) -> list[dict[str, object]]:
    done = run("list", "--json", "--library", library, *args)
    assert done.code == 0
    return json.loads(done.out)


def one(library: Path, title: str) -> str:
    (found,) = [str(row["id"]) for row in listed(library) if title in str(row["title"])]
    return found


# -- add and sync -------------------------------------------------------------------------------


def test_add_tells_each_skipped_file_and_duplicate_and_exits_with_3(
    added: tuple[Path, Done],
) -> None:
    done = added[1]
    assert done.code == 3
    assert done.out == "3 added, 1 duplicate, 1 skipped\n"
    skipped, duplicate = done.err.splitlines()
    assert skipped.startswith("skipped: ")
    assert "zz-empty.txt: " in skipped
    assert duplicate.startswith("duplicate: ")
    assert "zz-copy.txt: " in duplicate
    assert "undated.txt" in duplicate


def test_add_as_json_counts_what_it_lists(library: Path, tmp_path: Path) -> None:
    new = tmp_path / "new.txt"
    new.write_text(f"A new one\n\nSomething else happened in Orrin. {BODY}", encoding="utf-8")
    missing = run("add", new, tmp_path / "no-such-file", "--library", library, "--json")
    assert missing.code == 1
    assert json.loads(missing.out)["error"]["type"] == "PathUnusable"

    done = run("--json", "add", new, "--library", library)
    assert done.code == 0
    told = json.loads(done.out)
    assert told["counts"] == {"added": 1}
    (verdict,) = told["verdicts"]
    assert verdict.keys() == {"path", "part", "status", "reason", "article_id", "title"}
    assert one(library, verdict["title"]) == verdict["article_id"]


def test_many_of_a_kind_are_cut_at_ten(library: Path, tmp_path: Path) -> None:
    crowd = tmp_path / "crowd"
    crowd.mkdir()
    for number in range(13):
        (crowd / f"empty {number}.txt").touch()
    (crowd / "note.txt").write_text(f"A note\n\nOne of fourteen. {BODY}", encoding="utf-8")
    done = run("add", crowd, "--library", library)
    assert done.code == 3
    assert done.out == "1 added, 13 skipped\n"
    lines = [line for line in done.err.splitlines() if "skipped" in line]
    assert len(lines) == 11
    assert lines[-1] == "… and 3 more skipped (see --json)"
    told = json.loads(run("add", crowd, "--library", library, "--json").out)
    assert told["counts"]["skipped"] == 13
    assert len(told["verdicts"]) == 14


def test_adding_the_same_again_says_that_nothing_has_changed(
    library: Path, folder: Path, tmp_path: Path
) -> None:
    quiet = tmp_path / "quiet"
    quiet.mkdir()
    article = shutil.copy(folder / "ferry.md", quiet)
    os.utime(article, (1, 1))
    assert run("sync", quiet, "--library", library).code == 0
    again = run("sync", quiet, "--library", library)
    assert (again.code, again.out, again.err) == (0, "1 unchanged: nothing has changed\n", "")


def test_sync_removes_what_is_gone(library: Path, folder: Path, tmp_path: Path) -> None:
    mirrored = tmp_path / "mirrored"
    mirrored.mkdir()
    for number in range(2):
        text = f"Race number {number}\n\nRider {number} won the stage of the day. {BODY}"
        (mirrored / f"race{number}.txt").write_text(text, encoding="utf-8")
    assert run("sync", mirrored, "--library", library, "--json").code == 0
    (mirrored / "race1.txt").unlink()
    told = json.loads(run("sync", mirrored, "--library", library, "--json").out)
    assert told["counts"]["removed"] == 1
    assert not [row for row in listed(library) if row["title"] == "Race number 1"]
    assert len(listed(library)) == 4


def test_a_locked_library_exits_with_4(
    library: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ASSISTANT_LOCK_WAIT", "0")
    new = tmp_path / "new.txt"
    new.write_text(f"Locked out\n\n{BODY * 3}", encoding="utf-8")
    with exclusive(library / "write.lock", wait=0):
        plain = run("add", new, "--library", library)
        told = run("add", new, "--library", library, "--json")
    assert plain.code == told.code == 4
    assert f"process {os.getpid()}" in plain.err
    assert json.loads(told.out)["error"]["type"] == "LibraryLocked"
    assert run("add", new, "--library", library).code == 0


def test_an_interrupted_add_keeps_and_tells_what_was_reported(tmp_path: Path) -> None:
    crowd = tmp_path / "crowd"
    crowd.mkdir()
    for number in range(1500):
        text = f"Report {number}\n\n" + f"In town {number} the mayor opened bridge {number}. " * 3
        (crowd / f"{number:04}.txt").write_text(text, encoding="utf-8")
    library = tmp_path / "library"
    with subprocess.Popen(
        [*COMMAND, "add", str(crowd), "--library", str(library), "--json"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment(),
    ) as adding:
        deadline = time.monotonic() + 120
        first = 0
        while not 0 < first < stored(library):  # the second batch: the first one was reported
            assert time.monotonic() < deadline
            first = first or stored(library)
            time.sleep(0.05)
        adding.send_signal(signal.SIGINT)
        out, err = adding.communicate(timeout=60)
    assert adding.returncode == 130
    assert "Traceback" not in err
    told = json.loads(out)
    assert told["error"]["type"] == "Interrupted"
    titles = {row["title"] for row in listed(library)}
    reported = {verdict["title"] for verdict in told["verdicts"] if verdict["status"] == "added"}
    assert 0 < len(reported) < 1500
    assert reported <= titles


def stored(library: Path) -> int:
    file = library / "library.sqlite"
    if not file.exists():
        return 0
    connection = sqlite3.connect(f"{file.as_uri()}?mode=ro", uri=True)
    try:
        return int(connection.execute("SELECT count(*) FROM articles").fetchone()[0])
    except sqlite3.OperationalError:  # the tables are being made
        return 0
    finally:
        connection.close()


# -- list and show ------------------------------------------------------------------------------


def test_list_is_tab_separated_newest_first_undated_last(added: tuple[Path, Done]) -> None:
    rows = [line.split("\t") for line in run("list", "--library", added[0]).out.splitlines()]
    assert [row[1] for row in rows] == ["2025-06-03", "2025-06-02", "-"]
    assert rows[0][2:] == ["Harbour Post", "Ferry leaves Lindal"]
    for row, known in zip(rows, listed(added[0]), strict=True):
        assert str(known["id"]).startswith(row[0])
        assert len(row[0]) >= 8


def test_list_filters(added: tuple[Path, Done]) -> None:
    library = added[0]
    assert len(listed(library, "--since", "2025-06-03")) == 1
    assert len(listed(library, "--until", "2025-06-02")) == 1
    assert len(listed(library, "--source", "Harbour Post")) == 1
    assert len(listed(library, "--limit", "2")) == 2
    none = run("list", "--library", library, "--since", "2030-01-01")
    assert (none.code, none.out) == (0, "")
    assert none.err == "No article fits; the library holds 3 articles.\n"
    assert listed(library, "--since", "2030-01-01") == []
    assert all("text" not in row for row in listed(library))


def test_an_empty_library_says_how_to_fill_it(tmp_path: Path) -> None:
    done = run("list", "--library", tmp_path / "none")
    assert (done.code, done.out) == (0, "")
    assert "assistant add" in done.err
    assert not (tmp_path / "none").exists()


def test_library_after_the_command_wins(added: tuple[Path, Done], tmp_path: Path) -> None:
    assert run("--library", added[0], "list").out == run("list", "--library", added[0]).out
    assert run("--library", added[0], "list", "--library", tmp_path / "none").out == ""
    assert json.loads(run("--library", added[0], "list", "--json").out) == listed(added[0])


def test_show_takes_a_short_id_and_gives_everything(added: tuple[Path, Done], folder: Path) -> None:
    library = added[0]
    article_id = one(library, "Ferry")
    shown = run("show", article_id[:6], "--library", library)
    assert shown.code == 0
    for known in (article_id, "Harbour Post", "2025-06-03", "Ada Ek", "https://example.org/ferry"):
        assert known in shown.out
    assert str(folder / "ferry.md") in shown.out
    assert shown.out.endswith(f"\n\n{BODY.strip()}\n")
    told = json.loads(run("show", article_id[:6], "--library", library, "--json").out)
    assert told["text"] == BODY.strip()
    assert {key: told[key] for key in told if key != "text"} == listed(library)[0]


def test_an_unknown_id_is_one_error(added: tuple[Path, Done]) -> None:
    done = run("show", "0000", "--library", added[0])
    assert (done.code, done.out) == (1, "")
    assert done.err.startswith("error: No article has the id '0000'.\nhint: ")
    told = json.loads(run("show", "0000", "--library", added[0], "--json").out)
    assert told["error"]["type"] == "ArticleNotFound"


# -- articles that want to write to the terminal -------------------------------------------------


def test_no_words_of_an_article_reach_a_terminal_as_commands(
    added: tuple[Path, Done], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.setenv("TERM", "xterm-256color")
    library = added[0]
    hostile = one(library, "Boats")
    for screen in (
        run("show", hostile, "--library", library).out,
        run("list", "--library", library).out,
        on_terminal(["show", hostile, "--library", library]).out,
        on_terminal(["list", "--library", library]).out,
        on_terminal(["show", hostile, "--library", library, "--json"]).out,
    ):
        assert "[red]sunk[/red]" in screen
        for order in ("\x1b]0", "\x07", "\x9b", "\x1b[2J", "\x1b[31m"):
            assert order not in screen
    shown = run("show", hostile, "--library", library).out
    assert "[bold]forty[/bold]" in shown
    assert ":smile:" in shown


def test_a_table_on_a_terminal_is_styled_and_plain_on_a_dumb_one(
    added: tuple[Path, Done], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "50")
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")
    styled = on_terminal(["list", "--library", added[0]]).out
    assert "\x1b[" in styled
    monkeypatch.setenv("TERM", "dumb")
    plain = on_terminal(["list", "--library", added[0]]).out
    assert "\x1b" not in plain
    assert "2025-06-03" in plain
    for screen, width in ((styled, 50), (plain, 80)):  # nobody knows a dumb terminal's width
        for line in re.sub(r"\x1b\[[0-9;]*m", "", screen).splitlines():
            assert len(line) <= width


# -- remove, backup, reindex --------------------------------------------------------------------


def test_remove_wants_yes_where_nobody_can_be_asked(library: Path) -> None:
    ferry = one(library, "Ferry")
    refused = run("remove", ferry, "--library", library)
    assert (refused.code, refused.out) == (2, "")
    assert "--yes" in refused.err
    assert len(listed(library)) == 3

    told = run("remove", ferry[:8], ferry, "--yes", "--json", "--library", library)
    assert told.code == 0
    removed = json.loads(told.out)
    assert removed["counts"] == {"removed": 1}
    assert removed["verdicts"][0]["article_id"] == ferry
    assert len(listed(library)) == 2


def test_remove_asks_on_a_terminal(library: Path) -> None:
    ferry = one(library, "Ferry")
    kept = on_terminal(["remove", ferry, "--library", library], keys="n\n")
    assert kept.code == 0
    assert "Ferry leaves Lindal" in kept.out
    assert "Nothing was removed." in kept.out
    assert len(listed(library)) == 3
    removed = on_terminal(["remove", ferry, "--library", library], keys="y\n")
    assert "1 removed" in removed.out
    assert len(listed(library)) == 2


def test_removing_with_one_unknown_id_removes_nothing(library: Path) -> None:
    done = run("remove", one(library, "Ferry"), "0000", "--yes", "--library", library)
    assert done.code == 1
    assert len(listed(library)) == 3


def test_a_backup_is_a_library(added: tuple[Path, Done], tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    assert run("backup", copy, "--library", added[0]).out.startswith("3 articles backed up in ")
    assert listed(copy) == listed(added[0])
    again = run("backup", copy, "--library", added[0], "--json")
    assert again.code == 1
    assert json.loads(again.out)["error"]["type"] == "PathUnusable"


def test_reindex_rebuilds_and_tells_its_model(library: Path) -> None:
    done = run("reindex", "--library", library)
    assert (done.code, done.err) == (0, "")
    assert done.out == "3 passages of 3 articles indexed\n"
    told = json.loads(run("reindex", "--library", library, "--json").out)
    assert told == {"embedding": "all-MiniLM-L6-v2", "articles": 3, "passages": 3}
    unknown = run("reindex", "--embedding", "/no/such/model", "--library", library, "--json")
    assert unknown.code == 1
    assert json.loads(unknown.out)["error"]["type"] == "EmbeddingUnavailable"


# -- pipes and bars -----------------------------------------------------------------------------


def test_a_reader_that_has_seen_enough_is_no_error(added: tuple[Path, Done]) -> None:
    with subprocess.Popen(
        [*COMMAND, "list", "--library", str(added[0])],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment(),
    ) as listing:
        assert listing.stdout is not None
        assert listing.stderr is not None
        listing.stdout.close()
        assert listing.stderr.read() == b""
    assert listing.returncode == 0


def test_a_bar_is_shown_on_a_terminal_only(
    library: Path, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TERM", "xterm-256color")
    screen = on_terminal(["add", folder, "--library", library]).out
    assert "Adding" in screen
    assert "/5" in screen
    monkeypatch.setenv("TERM", "dumb")
    assert "\x1b" not in on_terminal(["add", folder, "--library", library]).out
