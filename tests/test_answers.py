"""Answers as values: round trips, and how they read in a terminal and a notebook."""

from __future__ import annotations

import json
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.templates import fill
from assistant.types import Answer, AppliedFilters, Citation, Claim, Conflict, Sentence, Timings
from index.types import Appearance, Article

dates = st.none() | st.dates()
texts = st.text(st.characters(codec="utf-8"), max_size=30)
optional = st.none() | texts
citations = st.builds(
    Citation,
    number=st.integers(1, 9),
    article_id=texts,
    title=texts,
    quote=texts,
    start=st.integers(0, 99),
    end=st.integers(0, 99),
    source=optional,
    url=optional,
    published=dates,
    also_in=st.lists(texts, max_size=2).map(tuple),
)
articles = st.builds(
    Article,
    title=texts,
    text=texts,
    published=dates,
    appearances=st.lists(
        st.builds(Appearance, path=optional, url=optional, source=optional, published=dates),
        max_size=2,
    ).map(tuple),
)
answers = st.builds(
    Answer,
    question=texts,
    text=texts,
    outcome=st.sampled_from(["answered", "partial", "not_in_articles"]),
    sentences=st.lists(
        st.builds(Sentence, text=texts, citations=st.lists(citations, max_size=2).map(tuple)),
        max_size=2,
    ).map(tuple),
    citations=st.lists(citations, max_size=2).map(tuple),
    confidence=st.floats(0, 1),
    nearest=st.lists(articles, max_size=2).map(tuple),
    conflicts=st.lists(
        st.builds(
            Conflict,
            subject=texts,
            claims=st.lists(st.builds(Claim, value=texts, citation=citations), max_size=2).map(
                tuple
            ),
        ),
        max_size=1,
    ).map(tuple),
    as_of=dates,
    filters=st.builds(AppliedFilters, since=dates, articles=st.integers(0, 9)),
    timings=st.builds(Timings, total=st.floats(0, 9)),
)


@given(answers)
def test_an_answer_survives_json(answer: Answer) -> None:
    assert Answer.from_dict(json.loads(json.dumps(answer.to_dict()))) == answer


CITED = Answer(
    question="q",
    text="Seventeen were hurt.[1]",
    outcome="answered",
    model="built-in reader",
    citations=(
        Citation(
            number=1,
            article_id="x",
            title="<b>Fire</b> \x1b[31mred",
            quote="Seventeen were <i>hurt</i>.",
            start=0,
            end=4,
            source="The Post",
            url="javascript:alert(1)",
            published=date(2025, 6, 2),
        ),
    ),
)


def test_an_answer_reads_well_in_a_terminal() -> None:
    text = str(CITED)
    assert "Seventeen were hurt.[1]" in text
    assert "The Post · 2 June 2025" in text
    assert '"Seventeen were <i>hurt</i>."' in text
    assert "\x1b" not in text


def test_a_notebook_shows_the_quote_marked_and_everything_escaped() -> None:
    html = CITED._repr_html_()
    assert "<mark>Seventeen were &lt;i&gt;hurt&lt;/i&gt;.</mark>" in html
    assert "<b>Fire" not in html
    assert "javascript:" not in html


def test_every_rendering_names_the_sentences_that_are_not_confirmed() -> None:
    answer = Answer(
        question="q",
        text="It burned.[1] 300 were\nsaved.[1] <b>All</b> is well.",
        outcome="partial",
        model="m",
        sentences=(
            Sentence(text="It burned.", support="confirmed"),
            Sentence(text="300 were\nsaved.", support="unconfirmed"),
            Sentence(text="<b>All</b> is well.", support="uncited"),
        ),
    )
    text, html = str(answer), answer._repr_html_()
    assert 'Not confirmed by the articles: "300 were saved."' in text.splitlines()
    assert 'Without a source in the articles: "<b>All</b> is well."' in text.splitlines()
    assert text.count("It burned.") == html.count("It burned.") == 1
    assert "Not confirmed by the articles: &quot;300 were saved.&quot;" in html
    assert "<b>" not in html


def test_a_declined_answer_names_the_nearest_articles() -> None:
    answer = Answer(
        question="q",
        text="The articles do not say.",
        outcome="not_in_articles",
        nearest=(Article(title="Ferry fire", text="t"),),
    )
    assert "Ferry fire · outlet unknown · date unknown" in str(answer)


def test_a_prompt_with_a_missing_or_a_surplus_value_is_an_error() -> None:
    with pytest.raises(KeyError):
        fill("standalone-user", question="q")
    with pytest.raises(ValueError, match="no placeholder"):
        fill("standalone-user", question="q", history="h", passages="p")


def test_what_is_filled_into_a_prompt_is_not_scanned_for_placeholders() -> None:
    assert "$question" in fill("standalone-user", question="why", history="he said $question")
