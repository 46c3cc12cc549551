"""Time in whole answers: ranges that are shown, the newest, where reports differ."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from cli_runs import run
from library_kit import DIFFERING

from assistant import Answer, Assistant
from assistant.evaluation.chronology import ask_all, load_time_questions, measures
from assistant.types import AppliedFilters
from index.errors import InvalidOption, PathUnusable
from index.types import Article

DATA = Path(__file__).parent / "data"
QUESTIONS, ARTICLES = DATA / "time-questions.jsonl", DATA / "time-articles.jsonl"
DIGESTS = {
    QUESTIONS: "8cbc2694c04e6c2e034085004a4352d050cedeaac0295b71359f35febe3ed568",
    ARTICLES: "e6d993e16ce5aabf42a12ec3cebbfd3959e67f2d7620924cb526f6a3a771e65c",
}
# Written by another than the sets above, and nothing was chosen on it: the truer figures.
OTHER_QUESTIONS, OTHER_ARTICLES = (
    DATA / "time-other-questions.jsonl",
    DATA / "time-other-articles.jsonl",
)
DIGESTS |= {
    OTHER_QUESTIONS: "7ac1c23b65fecaecd00ffa2e9b5ea381ac21efe232bf1e49940eb116f113a6c8",
    OTHER_ARTICLES: "66ec1acfaaf15b77914d0c01c9bd2eb7fa8f235236b9486e40868295882c0bd1",
}
# The same by a third hand, in words that seldom repeat the articles'.
APART_QUESTIONS, APART_ARTICLES = (
    DATA / "time-apart-questions.jsonl",
    DATA / "time-apart-articles.jsonl",
)
DIGESTS |= {
    APART_QUESTIONS: "ac6ceb31e2d9a3fe49f35d0cb1039ef8f54a8c72758c7f6aca03eec794071449",
    APART_ARTICLES: "971312b95869bea24d8724718950b4dd8c139505519c274fe5a31bbf8f465817",
}
NOW = date(2025, 6, 13)


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    """Four running stories of three outlets, with their versions."""
    with Assistant(library=tmp_path_factory.mktemp("time") / "library", llm="none") as assistant:
        assistant.library.add(ARTICLES)
        yield assistant


@pytest.mark.slow
def test_days_newest_and_disagreement_hold_their_floors(running: Assistant) -> None:
    for path, digest in DIGESTS.items():
        assert hashlib.sha256(path.read_bytes()).hexdigest() == digest, path
    questions = load_time_questions(QUESTIONS)
    assert len(questions) >= 100
    shares = {found.name: found.value for found in measures(list(ask_all(running, questions)))}
    assert shares["filter"] == 1
    assert shares["newest"] >= 0.9
    assert shares["differ"] >= 0.9
    assert shares["agree"] <= 0.05


@pytest.mark.slow
def test_a_set_that_nothing_was_chosen_on_holds_its_floors() -> None:
    with Assistant(articles=OTHER_ARTICLES, llm="none") as assistant:
        results = list(ask_all(assistant, load_time_questions(OTHER_QUESTIONS)))
    shares = {found.name: found.value for found in measures(results)}
    assert shares["filter"] >= 0.95
    assert shares["newest"] >= 0.9
    assert shares["differ"] >= 0.6
    assert shares["agree"] <= 0.25


@pytest.mark.slow
def test_questions_in_other_words_than_the_articles_hold_their_floors() -> None:
    with Assistant(articles=APART_ARTICLES, llm="none") as assistant:
        results = list(ask_all(assistant, load_time_questions(APART_QUESTIONS)))
    shares = {found.name: found.value for found in measures(results)}
    assert shares["newest"] >= 0.55
    assert shares["differ"] >= 0.45
    assert shares["agree"] <= 0.13


def test_the_range_of_a_question_is_shown(running: Assistant) -> None:
    answer = running.ask("what was said about the Aldis last week", now=NOW)
    assert answer.filters.phrases == ("last week",)
    assert str(answer.filters).startswith("2-8 June 2025: ")
    assert "2-8 June 2025: " in str(answer)
    assert all(
        date(2025, 6, 2) <= one.published <= date(2025, 6, 8)
        for one in answer.citations
        if one.published
    )


def test_an_empty_range_says_so_and_is_not_widened(running: Assistant) -> None:
    answer = running.ask("how many people were hurt on the Aldis in April 2025", now=NOW)
    assert answer.text.startswith("No articles in that range: April 2025.")
    assert "20 May 2025 to 12 June 2025" in answer.text
    assert (answer.outcome, answer.citations, answer.filters.articles) == ("not_in_articles", (), 0)


def test_a_question_and_its_caller_limit_together(running: Assistant) -> None:
    answer = running.ask(
        "what was said about the bridge in June",
        since="2025-06-10",
        sources=["Kestrel News"],
        now=NOW,
    )
    assert (answer.filters.since, answer.filters.until) == (date(2025, 6, 10), date(2025, 6, 30))
    assert {one.source for one in answer.citations} <= {"Kestrel News"}
    apart = running.ask("who was hurt last month", since="2025-06-10", now=NOW)
    assert "no day is in both" in apart.text


def test_answers_are_asked_of_authors_sections_and_languages(running: Assistant) -> None:
    nobody = running.ask("who leads the union Landwork", authors=["Ana Ruiz"], languages=["en"])
    assert nobody.text == "No article passes the filters."
    assert nobody.filters.authors == ("Ana Ruiz",)
    english = run(
        *(
            "ask",
            "who leads the union Landwork",
            "--articles",
            ARTICLES,
            "--language",
            "EN",
            "--json",
        )
    )
    assert json.loads(english.out)["short"] == "Oona Brice"


def test_a_follow_up_is_asked_of_the_days_before_it(running: Assistant) -> None:
    first = running.ask("who was arrested over the Wexmoor break-in on 9 June", now=NOW)
    assert first.filters.since == date(2025, 6, 9)
    second = running.ask("where?", history=[(first.question, first.text)], now=NOW)
    assert (second.filters.since, second.filters.until) == (date(2025, 6, 9), date(2025, 6, 9))
    assert "Dunmere" in second.text


def test_days_mean_nothing_where_no_article_has_one() -> None:
    undated = Article(
        title="Fire on a ferry",
        text="The ferry Aldis caught fire off Norwick. Nine people were hurt.",
    )
    with Assistant(articles=undated, llm="none") as assistant:
        answer = assistant.ask("how many people were hurt on the Aldis last week", now=NOW)
    assert "Nine people" in answer.text
    assert answer.filters == AppliedFilters(articles=1)
    assert 'No article has a date, so "last week" limits nothing.' in answer.notices


def test_the_version_of_a_day_answers_as_of_it(running: Assistant) -> None:
    asked = "how many operations were postponed at the Wexmoor trust"
    assert "130" in running.ask(f"{asked} as of 3 June", now=NOW).text
    newest = running.ask(asked, now=NOW)
    assert "410" in newest.text
    assert newest.as_of == date(2025, 6, 4)  # it was updated before
    assert "as of 4 June 2025" in str(newest)


def test_an_answer_about_the_past_has_no_such_day(running: Assistant) -> None:
    assert running.ask("when was the Sarn bridge built", now=NOW).as_of is None


def differing() -> Answer:
    with Assistant(articles=DIFFERING, llm="none") as assistant:
        return assistant.ask("how many people were hurt on the Marisol", now=NOW)


def test_reports_that_differ_stand_side_by_side() -> None:
    answer = differing()
    (conflict,) = answer.conflicts
    assert {claim.citation.source for claim in conflict.claims} == {"Harbour Post", "Meridian Wire"}
    for claim in conflict.claims:
        assert claim.value in claim.citation.quote
        assert claim.citation.end - claim.citation.start == len(claim.citation.quote)
    shown = str(answer)
    assert "Reports differ:" in shown
    assert "Meridian Wire · 4 June 2025" in shown
    assert "Reports differ" in answer._repr_html_()
    assert Answer.from_dict(answer.to_dict()) == answer


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("no json", "Line 1"),
        ('{"id": "1", "kind": "other", "question": "x", "now": "2025-06-13"}', "Line 1"),
        ('{"id": "1", "kind": "agree", "question": "x", "now": "soon"}', "Line 1"),
        ("", "holds no question"),
    ],
)
def test_what_is_no_question_about_time_is_refused(tmp_path: Path, line: str, said: str) -> None:
    file = tmp_path / "questions.jsonl"
    file.write_text(line)
    with pytest.raises(InvalidOption, match=said):
        load_time_questions(file)


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(PathUnusable, match="cannot be read"):
        load_time_questions(tmp_path / "none.jsonl")


def test_the_command_prints_shares_and_what_went_wrong(tmp_path: Path) -> None:
    file = tmp_path / "questions.jsonl"
    lines = [
        {
            "kind": "filter",
            "since": "2025-06-02",
            "until": "2025-06-08",
            "question": "who bid last week",
        },
        {"kind": "newest", "answers": ["never so"], "question": "when was the Sarn bridge built"},
    ]
    file.write_text(
        "\n".join(
            json.dumps({"id": str(n), "now": "2025-06-13", **line}) for n, line in enumerate(lines)
        )
    )
    done = run("eval", "time", file, "--articles", ARTICLES)
    assert done.code == 0
    assert "days and outlets understood  1.00" in done.out
    assert "1  newest  when was the Sarn bridge built" in done.out
    told = json.loads(run("eval", "time", file, "--articles", ARTICLES, "--json").out)
    assert told["measures"]["newest"]["hits"] == 0
    assert [result["right"] for result in told["results"]] == [True, False]
