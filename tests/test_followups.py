"""Questions to go on with: each is answered, by words that the answer has not quoted yet."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from assistant import Answered, Article, Assistant, Library, Searched
from assistant.followups import MOST

TALKS = Article(
    title="Talks in Velmar end without result",
    text=(
        "Karsuna demanded the return of three valleys at talks in Velmar on Monday. The two sides "
        "met for four hours in the old customs house, while a crowd waited outside.\n\n"
        "Dorian Hasek, the interior minister of Karsuna, said the army would stay until spring. "
        "Ines Carvalhal, who mediated, said a second meeting was planned for May.\n\n"
        "The night before, Ossik offered a joint patrol of the border instead, which was refused."
    ),
    source="The Velmar Post",
)


@pytest.fixture(scope="module")
def assistant(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    library = Library(tmp_path_factory.mktemp("followups"))
    library.add(TALKS)
    with Assistant(library=library, llm="none") as one:
        yield one


def asked(assistant: Assistant, question: str) -> tuple[Searched, Answered]:
    first, *_, last = assistant.stream(question)
    assert isinstance(first, Searched)
    assert isinstance(last, Answered)
    return first, last


def test_the_question_is_asked_of_others_and_what_is_told_of_them(assistant: Assistant) -> None:
    searched, answered = asked(assistant, "what did Karsuna demand")

    offered = assistant.suggest(answered.answer, searched.evidence)

    assert "what did Ossik offer" in offered
    assert len(offered) <= MOST
    assert len({one.casefold() for one in offered}) == len(offered)


def test_each_is_answered_by_words_that_were_not_quoted(assistant: Assistant) -> None:
    searched, answered = asked(assistant, "what did Karsuna demand")
    quoted = {citation.quote for citation in answered.answer.citations}
    offered = assistant.suggest(answered.answer, searched.evidence)
    assert offered
    for question in offered:
        found = assistant.ask(question)
        assert found.outcome == "answered"
        assert {citation.quote for citation in found.citations} - quoted


def test_nothing_is_offered_from_nothing(assistant: Assistant, tmp_path: Path) -> None:
    _, answered = asked(assistant, "what did Karsuna demand")
    assert assistant.suggest(answered.answer, ()) == ()
