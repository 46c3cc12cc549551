"""What a model reasons is never seen, however its reply is cut into pieces."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.llms.thinking import Visible, reasons_aloud, visible

TEXTS = st.lists(
    st.sampled_from(
        ["<think>", "</think>", "<THINK>", "<thi", "</", ">", "<", " ", "\n", "Okay, ", "Ok", "It"]
    )
    | st.text(max_size=4),
    max_size=12,
).map("".join)


def seen(pieces: list[str], *, aloud: bool = False) -> str:
    told = Visible(aloud=aloud)
    return "".join(told.feed(piece) for piece in pieces) + told.end()


def cut(text: str, places: set[int]) -> list[str]:
    bounds = [0, *sorted(place for place in places if place < len(text)), len(text)]
    return [text[start:end] for start, end in pairwise(bounds)]


@given(TEXTS, st.sets(st.integers(0, 60)), st.booleans())
def test_the_cuts_make_no_difference(text: str, places: set[int], aloud: bool) -> None:
    assert seen(cut(text, places), aloud=aloud) == seen([text], aloud=aloud)
    assert seen(list(text), aloud=aloud) == seen([text], aloud=aloud)


@given(TEXTS, st.sets(st.integers(0, 60)))
def test_no_word_between_the_tags_is_seen(around: str, places: set[int]) -> None:
    text = f"It <think>{around.replace('</think>', '')}SECRET</think> burned."
    shown = seen(cut(text, places))
    assert "SECRET" not in shown
    assert shown.endswith("burned.")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("It burned.", "It burned."),
        ("<think>a ferry</think>\n\nIt burned.", "It burned."),
        ("<think>a ferry", ""),
        ("It <think>a</think>burned.", "It burned."),
        ("Okay, a ferry.</think>It burned.", "It burned."),
        ("Okay, it burned.", "Okay, it burned."),
        ("5 < 6 and </b", "5 < 6 and </b"),
        ("</think>It burned.", "It burned."),
        ("", ""),
    ],
)
def test_what_is_seen(text: str, shown: str) -> None:
    assert seen([text]) == shown


def test_a_model_that_reasons_aloud_is_held_back_until_it_answers() -> None:
    told = Visible(aloud=True)
    assert told.feed("The ferry, hm.") == ""
    assert told.feed("</think>It") == "It"
    assert reasons_aloud("ollama:deepseek-r1:8b")
    assert not reasons_aloud("ollama:llama3.1")


def test_a_closing_tag_alone_is_noticed_and_no_riddle_in_a_whole_reply() -> None:
    told = Visible()
    assert told.feed("A ferry.</think>It burned.") == "A ferry.It burned."
    assert told.stray
    assert visible("A ferry.</think>It burned.") == "It burned."
