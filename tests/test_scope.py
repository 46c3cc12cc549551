"""What a question asks of: days against a clock, outlets by name, and whether it asks for now."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.calendar import day_named, span_named
from assistant.scope import goes_stale, scope_of

NOW = date(2025, 6, 13)  # a Friday
OUTLETS = ("BBC News", "The Guardian", "Meridian Wire", "Harbour Post")


def scope(question: str, now: date = NOW):  # type: ignore[no-untyped-def]
    return scope_of(question, today=now, outlets=lambda: OUTLETS)


@pytest.mark.parametrize(
    ("question", "since", "until"),
    [
        ("what did Russia demand yesterday?", "2025-06-12", "2025-06-12"),
        ("who was arrested the day before yesterday", "2025-06-11", "2025-06-11"),
        ("how many people died today", "2025-06-13", "2025-06-13"),
        ("what was agreed this morning", "2025-06-13", "2025-06-13"),
        ("what did Russia demand last week", "2025-06-02", "2025-06-08"),
        ("What was said at last week's talks?", "2025-06-02", "2025-06-08"),
        ("what has the owner said this week", "2025-06-09", "2025-06-13"),
        ("who resigned last month", "2025-05-01", "2025-05-31"),
        ("who has resigned this month", "2025-06-01", "2025-06-13"),
        ("what changed in the past week", "2025-06-06", "2025-06-13"),
        ("what changed in the last ten days", "2025-06-03", "2025-06-13"),
        ("what changed over the past 2 weeks", "2025-05-30", "2025-06-13"),
        ("what changed in the last 3 months", "2025-03-13", "2025-06-13"),
        ("what did Russia demand in June 2025", "2025-06-01", "2025-06-30"),
        ("what did russia demand in may", "2025-05-01", "2025-05-31"),
        ("who resigned in July", "2024-07-01", "2024-07-31"),
        ("In the first week of June, who bid for the firm?", "2025-06-01", "2025-06-07"),
        ("who bid in the last week of February 2024", "2024-02-23", "2024-02-29"),
        ("what happened on 2 June 2025", "2025-06-02", "2025-06-02"),
        ("what happened on June 2nd", "2025-06-02", "2025-06-02"),
        ("what happened on 25/12/2024", "2024-12-25", "2024-12-25"),
        ("what happened on 2025-06-02", "2025-06-02", "2025-06-02"),
        ("what happened on Monday", "2025-06-09", "2025-06-09"),
        ("what did the council decide last Tuesday", "2025-06-10", "2025-06-10"),
        ("who resigned three days ago", "2025-06-10", "2025-06-10"),
        ("who resigned two weeks ago", "2025-05-26", "2025-06-01"),
        ("who resigned a month ago", "2025-05-01", "2025-05-31"),
        ("who was arrested over the weekend", "2025-06-07", "2025-06-08"),
        ("who resigned in early June", "2025-06-01", "2025-06-10"),
        ("who resigned in mid-May", "2025-05-11", "2025-05-20"),
        ("who resigned at the end of May", "2025-05-21", "2025-05-31"),
        ("what was the toll until 4 June", None, "2025-06-04"),
        ("what happened since last Friday", "2025-06-06", None),
        ("what happened since 2 June", "2025-06-02", None),
        ("what has happened since 20 June", "2024-06-20", None),
        ("what has happened since May", "2025-05-01", None),
        ("what was said after 3 June", "2025-06-04", None),
        ("before June 5, what had the owner offered", None, "2025-06-04"),
        ("what was the toll as of 3 June?", None, "2025-06-03"),
        ("what happened between 2 June and 5 June", "2025-06-02", "2025-06-05"),
        ("what happened from June 2 to June 5", "2025-06-02", "2025-06-05"),
        ("what happened between 1 May and 3 May 2024", "2024-05-01", "2024-05-03"),
        ("what happened between May 1st and May 3, 2024", "2024-05-01", "2024-05-03"),
        ("what happened on Tuesday 3 June 2025", "2025-06-03", "2025-06-03"),
        ("what happened on Tuesday, June 3", "2025-06-03", "2025-06-03"),
        ("what happened since Monday, 2 June", "2025-06-02", None),
        ("what happened between Monday and 12 June 2025", "2025-06-09", "2025-06-12"),
        ("articles from May about the strike", "2025-05-01", "2025-05-31"),
    ],
)
def test_days_are_resolved_against_the_clock(
    question: str, since: str | None, until: str | None
) -> None:
    found = scope(question)
    assert (found.since and found.since.isoformat()) == since
    assert (found.until and found.until.isoformat()) == until
    assert found.days.lower() in question.lower()


@pytest.mark.parametrize(
    "question",
    [
        "who won in 2004",
        "how much did it earn last year",
        "is inflation higher than last month",
        "compared with May, how did sales do",
        "when will talks resume next week",
        "what must be done by 20 June",
        "what happened on 02/06/2025",
        "what happened on Friday",  # today is one: this one, or a week ago?
        "what did the May budget say",
        "may ships pass the strait",
        "has the line been closed for two weeks?",
        "what will happen on 20 June 2025",
        "what happens after 20 June 2025",
        "what happened on 31 June",
        "will the ferry sail in July",
        "what is due to happen on 2 June",
        "who is Jan Novak",
        "what is the March on Rome",
    ],
)
def test_what_may_mean_something_else_limits_nothing(question: str) -> None:
    found = scope(question)
    assert (found.since, found.until, found.days) == (None, None, "")
    assert found.without_phrases(question) == question


@pytest.mark.parametrize(
    ("question", "sources"),
    [
        ("According to the BBC, how many were hurt?", ["BBC News"]),
        ("according to the guardian who resigned", ["The Guardian"]),
        ("who was blamed in Meridian Wire's report", ["Meridian Wire"]),
        ("what did the Harbour Post report on the fire", ["Harbour Post"]),
        ("what was reported by the Harbour Post", ["Harbour Post"]),
        ("what did the Guardian say", []),
        ("what did the Guardian say about the strike", ["The Guardian"]),
        ("how many people does the Harbour Post say were hurt", ["Harbour Post"]),
        ("according to the Post, who was hurt", ["Harbour Post"]),
        ("according to Harbour police, who was hurt", []),
        ("who was hurt, according to Meridian", []),
        ("according to BBC Sport, who won", []),
        ("according to the Velden Post, who was hurt", ["Velden Post"]),
        ("according to the velden post who was hurt", ["velden post"]),
        ("how many died, as the Harbour Post reported", ["Harbour Post"]),
        ("per the Post, how many died", ["Harbour Post"]),
        ("what did the Harbour Post say yesterday", ["Harbour Post"]),
        ("what did the Daily Mail report", ["Daily Mail"]),
        ("what did the post office report", []),
        ("how did the BBC report the fire", []),
        ("and the Harbour Post?", ["Harbour Post"]),
        ("what about BBC News?", ["BBC News"]),
        ("what did the head of the BBC say about pay", []),
        ("what did Smith say according to the interior ministry", []),
        ("according to Harbourmaster Lee, who was hurt", []),
        ("who reported the fire", []),
    ],
)
def test_outlets_count_where_they_are_named_as_such(question: str, sources: list[str]) -> None:
    assert list(scope(question).sources) == sources


def test_what_an_outlet_is_called_for_short_follows_its_kind() -> None:
    held = ("www.reuters.com", "New York Times", "Irish Times", "The Times")

    def called(words: str) -> tuple[str, ...]:
        question = f"according to {words}, who was hurt"
        return scope_of(question, today=NOW, outlets=lambda: held).sources

    assert called("Reuters") == ("www.reuters.com",)
    assert called("the NYT") == ("New York Times",)
    assert called("The Times") == ("The Times",)
    assert called("the Irish Times") == ("Irish Times",)


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ("what happened on 31 June", '"on 31 June" is no day of the calendar'),
        ("what happened from 3 June to 1 June", '"from 3 June to 1 June" ends before it begins'),
        ("what happened on Friday", '"on Friday" may be today or a week ago'),
        ("what happened on 02/06/2025", '"on 02/06/2025" may be two days'),
    ],
)
def test_days_that_are_none_are_told(question: str, said: str) -> None:
    found = scope(question)
    assert (found.since, found.until) == (None, None)
    assert found.misread == f"{said}, so it limits nothing."


def test_days_and_an_outlet_together() -> None:
    found = scope("how many were hurt last week, according to Meridian Wire?")
    assert (found.since, found.sources) == (date(2025, 6, 2), ("Meridian Wire",))
    assert (
        found.without_phrases("how many were hurt last week, according to Meridian Wire?")
        == "how many were hurt?"
    )


def test_a_question_of_nothing_but_days_keeps_them() -> None:
    assert scope("what happened yesterday").without_phrases("yesterday?") == "yesterday?"


@pytest.mark.parametrize(
    ("question", "newest"),
    [
        ("what is the latest toll", True),
        ("who leads the party now?", True),
        ("Who leads the party today?", True),
        ("how many have been found so far", True),
        ("who led the party", False),
        ("how many people died today", False),
        ("who knows the answer", False),
    ],
)
def test_a_question_for_the_present_is_known_by_its_words(question: str, newest: bool) -> None:
    assert scope(question).newest is newest


@pytest.mark.parametrize(
    ("question", "stale"),
    [
        ("who is the captain", True),
        ("how many have died", True),
        ("how many died", False),
        ("who was the captain", False),
        ("what did he say is next", False),
    ],
)
def test_answers_about_the_present_go_stale(question: str, stale: bool) -> None:
    assert goes_stale(question) is stale


@given(st.dates(date(1990, 1, 1), date(2100, 1, 1)), st.text())
def test_whatever_is_asked_the_range_is_one_of_the_past(now: date, question: str) -> None:
    for asked in (question, f"{question} last week {question}", f"in june {question}"):
        found = scope(asked, now)
        assert found.since is None or found.since <= now
        assert not (found.since and found.until) or found.since <= found.until


@given(st.dates(date(1990, 1, 1), date(2100, 1, 1)), st.dates(date(1990, 1, 1), date(2100, 1, 1)))
def test_a_day_with_its_year_is_that_day_whenever_it_is_asked(day: date, now: date) -> None:
    for words in (f"{day.day} {day:%B} {day.year}", f"{day:%B} {day.day}, {day.year}", str(day)):
        named = day_named(words, now)
        assert named is not None
        assert named.since == named.until == day
    month = span_named(f"{day:%B} {day.year}", now)
    assert month is not None
    assert month.since is not None
    assert month.until is not None
    assert month.since <= day <= month.until


@given(st.dates(date(1990, 1, 1), date(2100, 1, 1)))
def test_a_day_without_its_year_is_the_last_one(now: date) -> None:
    for words in (f"{now.day} {now:%B}", "yesterday", "last monday", "sunday"):
        named = day_named(words, now)
        assert named is None or (named.since is not None and named.since <= now)
