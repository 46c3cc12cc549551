"""Questions: what can be asked, and follow-ups made searchable."""

from __future__ import annotations

import pytest

from assistant.question import Standalone, checked_history, checked_question, standalone_question
from assistant.types import Turn
from index.errors import InvalidOption, InvalidQuestion

HISTORY = (Turn(question="what did Russia demand", answer="Territory."),)


@pytest.mark.parametrize("question", ["", "   ", "\n\t", "?!", "\0"])
def test_an_empty_question_is_refused(question: str) -> None:
    with pytest.raises(InvalidQuestion, match="empty"):
        checked_question(question)


def test_a_megabyte_of_question_is_refused_with_its_length() -> None:
    with pytest.raises(InvalidQuestion, match="1,000,000 characters"):
        checked_question("a" * 1_000_000)


def test_a_question_that_is_no_text_is_refused() -> None:
    with pytest.raises(InvalidQuestion, match="not int"):
        checked_question(5)  # type: ignore[arg-type]


def test_lone_surrogates_and_nul_bytes_are_dropped() -> None:
    assert checked_question("what\ud800 did\0 Russia  demand") == "what did Russia demand"


@pytest.mark.parametrize(
    "follow_up",
    [
        "and what did Ukraine offer?",
        "what about Ukraine",
        "why?",
        "when did he say that",
        "and when",
    ],
)
def test_a_follow_up_is_put_beside_what_it_leans_on(follow_up: str) -> None:
    standalone = standalone_question(follow_up, HISTORY).text
    assert standalone.startswith(follow_up)
    assert "what did Russia demand" in standalone


def test_a_chain_of_follow_ups_keeps_its_subject() -> None:
    turns = (*HISTORY, Turn(question="and when did it say so?", answer="On Monday."))
    assert "Russia" in standalone_question("why?", turns).text


@pytest.mark.parametrize(
    "question",
    [
        "who won the football match",
        "who mediated the meeting",
        "Why did the Orrin Card app fail?",
        "how long did talks last",
        "what did China demand",
    ],
)
def test_a_question_with_a_subject_of_its_own_is_left_alone(question: str) -> None:
    assert standalone_question(question, HISTORY) == Standalone(question, question)


def test_history_takes_turns_and_pairs() -> None:
    turns = checked_history([("q", "a"), Turn(question="x", answer="y")])
    assert turns == (Turn(question="q", answer="a"), Turn(question="x", answer="y"))


@pytest.mark.parametrize("bad", [("only one",), (1, 2), ("a", "b", "c")])
def test_history_of_another_shape_is_refused(bad: tuple[object, ...]) -> None:
    with pytest.raises(InvalidOption, match="history holds"):
        checked_history([bad])  # type: ignore[list-item]
