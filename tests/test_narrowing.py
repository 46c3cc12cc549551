"""What a conversation is asked of: days and outlets that go on, or do not, and what is left."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import pytest

from assistant import Answer, Assistant
from index.types import Article

NOW = date(2025, 6, 13)


def article(title: str, text: str, outlet: str, day: int) -> Article:
    return Article(title=title, text=text, source=outlet, published=date(2025, 6, day))


@pytest.fixture(scope="module")
def asked() -> Iterator[Assistant]:
    """Two running stories of two outlets."""
    stories = [
        article(
            "Crane falls in Osterby",
            "A crane fell on a school in Osterby on Monday. Four people were hurt by the crane, "
            "the fire service said.\n\nThe school was empty for the holidays.",
            "Velden Courier",
            3,
        ),
        article(
            "Crane firm is searched",
            "Police searched the office of Brandt Lifting, which owns the crane that fell on a "
            "school in Osterby. Six people were hurt by the crane, the hospital said.",
            "Northern Dispatch",
            5,
        ),
        article(
            "Osterby school to open again",
            "The school in Osterby that was hit by a crane will open again on Monday, its head, "
            "Ida Lund, said. The crane was removed on Tuesday.",
            "Velden Courier",
            11,
        ),
        article(
            "Tram fares go up",
            "Tram fares in Velden will rise by 8% in July. The council voted for the increase by "
            "21 to 17.",
            "Velden Courier",
            12,
        ),
    ]
    with Assistant(articles=stories, llm="none") as assistant:
        yield assistant


def chat(assistant: Assistant, *questions: str) -> Answer:
    """The last answer of a conversation."""
    history: list[tuple[str, str]] = []
    for question in questions:
        answer = assistant.ask(question, history=history, now=NOW)
        history.append((question, answer.text))
    return answer


FIRST = "how many people were hurt by the crane in Osterby"


def test_a_follow_up_of_an_outlet_alone_asks_the_same_of_it(asked: Assistant) -> None:
    for follow_up in ("and according to the Courier?", "what about the Velden Courier?"):
        answer = chat(asked, FIRST, follow_up)
        assert answer.filters.sources == ("Velden Courier",)
        assert answer.short.startswith("Four")
        assert answer.standalone_question == f"{FIRST}, according to Velden Courier"
    other = chat(asked, FIRST, "according to the Courier?", "and the Northern Dispatch?")
    assert other.short.startswith("Six")
    told = chat(asked, FIRST, "what did the Northern Dispatch say about that?")
    assert told.short.startswith("Six")


def test_a_follow_up_of_days_alone_asks_the_same_of_them(asked: Assistant) -> None:
    answer = chat(asked, f"{FIRST} on 5 June", "and in April?", "and on 3 June?")
    assert (answer.filters.since, answer.short) == (date(2025, 6, 3), "Four")
    empty = chat(asked, f"{FIRST} on 5 June", "and in April?", "why?")
    assert empty.filters.range == "April 2025"


@pytest.mark.parametrize(
    "later", ["who owns the crane now", "what is the latest on the crane", "who owns the crane"]
)
def test_days_do_not_stick_to_a_question_of_its_own_or_of_now(asked: Assistant, later: str) -> None:
    answer = chat(asked, f"{FIRST} on 3 June", later)
    assert not answer.filters.range


def test_the_newest_reports_tell_what_is_asked_in_general(asked: Assistant) -> None:
    answer = chat(asked, "what is the latest on the Osterby crane?")
    assert answer.outcome == "answered"
    assert [citation.title for citation in answer.citations] == [
        "Osterby school to open again",
        "Crane firm is searched",
        "Crane falls in Osterby",
    ]
    assert answer.sentences[0].text.startswith("The school in Osterby that was hit")
    assert answer.as_of == date(2025, 6, 11)
    for citation in answer.citations:
        text = asked.library.get(citation.article_id).text
        assert text[citation.start : citation.end] == citation.quote


def test_what_an_outlet_or_a_day_told_is_asked_without_a_subject(asked: Assistant) -> None:
    told = chat(asked, "what did the Velden Courier report this week")
    assert [one.title for one in told.citations] == [
        "Tram fares go up",
        "Osterby school to open again",
    ]
    happened = chat(asked, "what happened on 5 June")
    assert [one.title for one in happened.citations] == ["Crane firm is searched"]


def test_a_subject_that_no_article_is_on_is_declined(asked: Assistant) -> None:
    answer = chat(asked, "any news on the Paris Olympics?")
    assert answer.outcome == "not_in_articles"
    assert answer.nearest


def test_an_outlet_that_is_not_held_is_said_so(asked: Assistant) -> None:
    answer = chat(asked, f"{FIRST} according to the Velden Post")
    assert answer.text == (
        "No article is from Velden Post. There are articles from Northern Dispatch, Velden Courier."
    )
    wrong = asked.ask(FIRST, sources=["Velden Post"], now=NOW)
    assert wrong.text == answer.text


def test_days_that_contradict_the_filter_are_told_with_both(asked: Assistant) -> None:
    answer = asked.ask(f"{FIRST} in May", since="2025-06-01", now=NOW)
    assert answer.text == (
        '"in May" is May 2025, and the filter says since 1 June 2025: no day is in both.'
    )
    assert answer.filters.since == date(2025, 6, 1)


def test_a_day_without_a_year_after_an_old_archive_asks_for_the_year(asked: Assistant) -> None:
    answer = asked.ask(f"{FIRST} in June", now=date(2026, 11, 2))
    assert answer.text.endswith("If another year is meant, name it.")
    named = asked.ask(f"{FIRST} in June 2026", now=date(2026, 11, 2))
    assert not named.text.endswith("name it.")


def test_a_paper_that_the_articles_quote_is_no_filter() -> None:
    quoted = Article(
        title="Jobs at the plant",
        text="Three thousand jobs may go at the Lindal plant, the Observer reported on Sunday.",
        source="Velden Courier",
    )
    with Assistant(articles=quoted, llm="none") as assistant:
        answer = assistant.ask(
            "how many jobs may go at the Lindal plant, according to the Observer?"
        )
    assert answer.short == "Three thousand"
    assert answer.filters.sources == ()
