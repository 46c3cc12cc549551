"""Conversations that are kept: what is found again, whose it is, and what survives."""

from __future__ import annotations

import json
import multiprocessing
import os
import sqlite3
import stat
import sys
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from assistant.conversations import Conversations
from assistant.exporting import answer_markdown, conversation_json, conversation_markdown
from assistant.types import Answer, Citation, Claim, Conflict, Sentence
from index.errors import (
    ConversationNotFound,
    InvalidOption,
    LibraryDamaged,
    LibraryNewer,
    StorageFull,
)
from index.types import Article

CITED = Citation(
    number=1,
    article_id="a1",
    title="Talks in Istanbul",
    quote="Russia demanded that Ukraine cede territory",
    start=10,
    end=53,
    source="Harbour Post",
    url="https://post.example/talks",
    published=date(2025, 6, 2),
)
ANSWER = Answer(
    question="what did Russia demand",
    text="Russia demanded that Ukraine cede territory.[1]",
    outcome="answered",
    sentences=(
        Sentence(
            text="Russia demanded that Ukraine cede territory.",
            citations=(CITED,),
            support="confirmed",
        ),
    ),
    citations=(CITED,),
    model="built-in reader",
)


@pytest.fixture
def kept(tmp_path: Path) -> Conversations:
    return Conversations(tmp_path / "library")


def talk(kept: Conversations, owner: str = "", *questions: str) -> str:
    made = kept.begin(owner, questions[0] if questions else "what did Russia demand")
    for number, question in enumerate(questions, 1):
        kept.keep(owner, made, number, replace(ANSWER, question=question))
    return made


def test_an_answer_is_found_again_as_it_was(kept: Conversations) -> None:
    made = talk(kept, "", "what did Russia demand")

    again = Conversations(kept.file.parent)

    (turn,) = again.turns("", made)
    assert turn.answer == ANSWER
    assert (turn.number, turn.question) == (1, "what did Russia demand")
    (listed,) = again.list("")
    assert (listed.id, listed.title, listed.turns) == (made, "what did Russia demand", 1)


def test_nothing_is_made_before_something_is_kept(kept: Conversations) -> None:
    assert kept.list("") == ()
    with pytest.raises(ConversationNotFound, match="not here"):
        kept.turns("", "nothing")
    assert not kept.file.parent.exists()


def test_the_last_used_comes_first(kept: Conversations) -> None:
    first, second = talk(kept, "", "first"), talk(kept, "", "second")
    assert [one.id for one in kept.list("")] == [second, first]

    kept.keep("", first, 2, ANSWER)

    assert [one.id for one in kept.list("")] == [first, second]
    assert [one.id for one in kept.list("", limit=1)] == [first]


def test_asking_an_earlier_question_anew_drops_what_came_after(kept: Conversations) -> None:
    made = talk(kept, "", "one", "two", "three")

    kept.keep("", made, 2, replace(ANSWER, question="two, said otherwise"))

    assert [turn.question for turn in kept.turns("", made)] == ["one", "two, said otherwise"]


def test_no_owner_meets_what_is_another_s(kept: Conversations) -> None:
    made = talk(kept, "ada", "a secret question")

    assert kept.list("bob") == () == kept.list("")
    for call in (
        lambda: kept.turns("bob", made),
        lambda: kept.get("bob", made),
        lambda: kept.keep("bob", made, 1, ANSWER),
        lambda: kept.judge("bob", made, 1, "bad"),
        lambda: kept.rename("bob", made, "mine"),
        lambda: kept.delete("bob", made),
    ):
        with pytest.raises(ConversationNotFound):
            call()
    assert [turn.question for turn in kept.turns("ada", made)] == ["a secret question"]


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("RUSSIA", True),  # in the title, whatever its case
        ("cede territory", True),  # in an answer
        ("ukraine mediated", False),  # every word must be somewhere
        ("100%", False),
        ("_ussia", False),  # no wildcards
        ("élysée", True),  # in a later question, case beyond ASCII
    ],
)
def test_conversations_are_searched(kept: Conversations, words: str, found: bool) -> None:
    talk(kept, "", "what did Russia demand", "what did the ÉLYSÉE say")
    assert bool(kept.list("", words)) is found


def test_renaming_and_judging(kept: Conversations) -> None:
    made = talk(kept, "", "one")

    kept.rename("", made, "  Istanbul\n talks ")
    kept.judge("", made, 1, "bad", " the second source is missing ")

    assert kept.get("", made).title == "Istanbul talks"
    (turn,) = kept.turns("", made)
    assert (turn.verdict, turn.remark) == ("bad", "the second source is missing")
    with pytest.raises(InvalidOption, match="empty"):
        kept.rename("", made, "  ")


def test_a_deleted_conversation_leaves_no_trace(kept: Conversations) -> None:
    made = talk(kept, "", "what of the xyzzy affair")
    assert b"xyzzy" in kept.file.read_bytes() + wal(kept)

    kept.delete("", made)

    assert kept.list("") == ()
    assert b"xyzzy" not in kept.file.read_bytes() + wal(kept)


def wal(kept: Conversations) -> bytes:
    log = Path(f"{kept.file}-wal")
    return log.read_bytes() if log.exists() else b""


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX permissions")
def test_nobody_else_may_read_the_file(kept: Conversations) -> None:
    talk(kept, "", "one")
    assert stat.S_IMODE(kept.file.stat().st_mode) == 0o600


def test_a_file_of_a_later_version_is_left_alone(kept: Conversations) -> None:
    talk(kept, "", "one")
    with sqlite3.connect(kept.file) as db:
        db.execute("PRAGMA user_version = 99")
    with pytest.raises(LibraryNewer, match="later version"):
        kept.list("")


def test_a_damaged_file_is_told(kept: Conversations) -> None:
    kept.file.parent.mkdir()
    kept.file.write_bytes(b"not a database at all" * 500)
    with pytest.raises(LibraryDamaged):
        kept.list("")


def _keep_some(folder: str, owner: str) -> None:
    kept = Conversations(Path(folder))
    for number in range(10):
        talk(kept, owner, f"question {number}")


def test_several_processes_keep_theirs_at_once(kept: Conversations) -> None:
    context = multiprocessing.get_context("spawn")
    folder = str(kept.file.parent)
    started = [context.Process(target=_keep_some, args=(folder, name)) for name in "abc"]
    for process in started:
        process.start()
    for process in started:
        process.join()
    assert [process.exitcode for process in started] == [0, 0, 0]
    assert [len(kept.list(name)) for name in "abc"] == [10, 10, 10]


def _fill_up(folder: str) -> None:
    import resource

    kept = Conversations(Path(folder))
    made = talk(kept, "", "one")
    size = kept.file.stat().st_size + 200_000
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))
    try:
        for number in range(2, 300):
            kept.keep("", made, number, replace(ANSWER, question="x" * 2000))
    except StorageFull:
        os._exit(7)


@pytest.mark.skipif(sys.platform == "win32", reason="no limit on file sizes there")
def test_a_full_disk_is_told_and_loses_nothing(kept: Conversations) -> None:
    process = multiprocessing.get_context("spawn").Process(
        target=_fill_up, args=(str(kept.file.parent),)
    )
    process.start()
    process.join()
    assert process.exitcode == 7
    (listed,) = kept.list("")
    turns = kept.turns("", listed.id)
    assert len(turns) == listed.turns > 1
    assert all(turn.answer.text == ANSWER.text for turn in turns)


def test_an_answer_as_markdown() -> None:
    differs = replace(
        ANSWER,
        conflicts=(Conflict(subject="", claims=(Claim(value="12", citation=CITED),)),),
        as_of=date(2025, 6, 2),
    )
    assert answer_markdown(differs) == (
        "Russia demanded that Ukraine cede territory.[1]\n\n"
        "1. [Talks in Istanbul · Harbour Post · 2 June 2025](<https://post.example/talks>): "
        "“Russia demanded that Ukraine cede territory”\n\n"
        "Reports differ:\n\n"
        "- 12: [Talks in Istanbul · Harbour Post · 2 June 2025](<https://post.example/talks>)\n\n"
        "*Answered from 1 article · as of 2 June 2025 · built-in reader*"
    )


def test_a_declined_answer_names_the_nearest_in_markdown() -> None:
    silent = Answer(
        question="q",
        text="The articles do not say.",
        outcome="not_in_articles",
        nearest=(Article(title="A * title", text="t", id="x"),),
        model="built-in reader",
    )
    assert "- A \\* title · outlet unknown · date unknown" in answer_markdown(silent)


def test_words_of_articles_stay_words_in_markdown() -> None:
    hostile = replace(
        CITED,
        title="![x](https://evil.example/?q=1) <img src=x>",
        quote="# Heading\n- item [link](javascript:alert(1))",
        url="javascript:alert(1)",
    )
    told = answer_markdown(replace(ANSWER, text="1. one\n# two [1]", citations=(hostile,)))
    assert "\\!" not in told
    assert "!\\[x\\](https://evil.example/?q=1) \\<img src=x\\>" in told
    assert "](<" not in told  # no link, as its address is none of the web
    assert told.startswith("1\\. one\n\\# two [1]")


def test_a_conversation_is_exported(kept: Conversations) -> None:
    made = talk(kept, "", "what did Russia demand", "and Ukraine")
    conversation, turns = kept.get("", made), kept.turns("", made)

    told = conversation_markdown(conversation, turns)
    whole = json.loads(conversation_json(conversation, turns))

    assert told.startswith("# what did Russia demand\n\n## what did Russia demand\n\nRussia")
    assert "## and Ukraine" in told
    assert [turn["question"] for turn in whole["turns"]] == [
        "what did Russia demand",
        "and Ukraine",
    ]
    assert Answer.from_dict(whole["turns"][0]["answer"]) == ANSWER
