"""The main job: a question to real articles, and an answer in exact words or an honest no."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from assistant import (
    Answer,
    Answered,
    Article,
    Assistant,
    InvalidOption,
    InvalidQuestion,
    Library,
    PathUnusable,
    Searched,
    TextDelta,
    ask,
)

FERRY = Article(
    title="Ferry burns off Ostrava Point",
    text=(
        "The ferry Marisol caught fire off Ostrava Point on Tuesday night. The coastguard brought "
        "214 passengers ashore within two hours. Elin Dahl, the captain of the Marisol, said the "
        "fire began in "
        "the galley. The owner will refund all tickets because no other ship is free this week."
    ),
    source="The Harbour Post",
    url="https://harbour.example/marisol",
    published=date(2025, 6, 3),
)
COUNCIL = Article(
    title="Council votes for new tram line",
    text=(
        "The city council of Brennhaven voted 34 to 27 for a second tram line on Monday. Mayor "
        "Tomas Reil said work would start in 2027. The line will cost 310 million euros."
    ),
    source="Brennhaven Courier",
    published=date(2025, 5, 12),
)
UNDATED = Article(
    title="Library opens on Sundays",
    text="The town library of Kestrel will open on Sundays from next month. Entry stays free.",
)


@pytest.fixture(scope="module")
def istanbul(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    library = Library(tmp_path_factory.mktemp("istanbul"))
    library.add(shared_data / "real" / "istanbul-talks.txt")
    with Assistant(library=library, llm="none") as assistant:
        yield assistant


@pytest.fixture(scope="module")
def three(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    library = Library(tmp_path_factory.mktemp("three"))
    library.add([FERRY, COUNCIL, UNDATED])
    with Assistant(library=library, llm="none") as assistant:
        yield assistant


def quotes_are_exact(answer: Answer, library: Library) -> bool:
    """Whether every citation is a slice of its article, and every sentence has one."""
    return all(sentence.citations for sentence in answer.sentences) and all(
        library.get(citation.article_id).text[citation.start : citation.end] == citation.quote
        for citation in answer.citations
    )


def test_both_demands_are_given_each_with_its_exact_quote(istanbul: Assistant) -> None:
    answer = istanbul.ask("what did Russia demand")
    assert answer.outcome == "answered"
    quotes = [citation.quote for citation in answer.citations]
    assert any("territory currently under Russian control" in quote for quote in quotes)
    assert any("capabilities of Ukraine's armed forces" in quote for quote in quotes)
    assert quotes_are_exact(answer, istanbul.library)
    assert answer.model == "built-in reader"


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("who mediated the meeting", "Hakan Fidan"),
        ("Who mediated the meeting?", "Hakan Fidan"),
        ("what did the two sides agree to exchange", "bodies of fallen soldiers"),
        ("when did the war begin", "February 2022"),
        ("how long did the talks last", "under 90 minutes"),
        ("where did the delegations meet", "Istanbul"),
        ("what does Moscow insist on", "limitations on the size"),
    ],
)
def test_what_the_article_says_is_answered(
    istanbul: Assistant, question: str, expected: str
) -> None:
    answer = istanbul.ask(question)
    assert answer.outcome == "answered"
    assert expected in answer.text
    assert quotes_are_exact(answer, istanbul.library)
    assert answer.confidence >= 0.5


@pytest.mark.parametrize(
    "question",
    [
        "what did China demand",
        "how many tanks does Ukraine have",
        "who won the football match",
        "what is the capital of Australia",
        "how do I bake sourdough bread",
    ],
)
def test_what_the_article_does_not_say_is_declined(istanbul: Assistant, question: str) -> None:
    answer = istanbul.ask(question)
    assert answer.outcome == "not_in_articles"
    assert answer.text == "The articles do not say."
    assert answer.citations == ()
    assert answer.confidence < 0.5
    assert [article.title for article in answer.nearest] == ["Istanbul talks"]


def test_articles_can_be_objects_paths_and_folders(tmp_path: Path) -> None:
    file = tmp_path / "news" / "ferry.txt"
    file.parent.mkdir()
    file.write_text(f"{FERRY.title}\n\n{FERRY.text}", "utf-8")
    for articles in (FERRY, [FERRY, COUNCIL], file, str(file), file.parent, [file, COUNCIL]):
        answer = ask("who is the captain of the Marisol", articles=articles, llm="none")
        assert "Elin Dahl" in answer.text, articles


def test_asking_the_same_articles_again_embeds_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask("what burned", articles=FERRY, llm="none")
    monkeypatch.setattr("index.build.Adder._insert", lambda *_: pytest.fail("embedded again"))
    assert ask("who is the captain", articles=FERRY, llm="none").citations


def test_a_changed_file_is_read_anew(tmp_path: Path) -> None:
    file = tmp_path / "story.txt"
    file.write_text("The bridge at Lorn will open in March, the mayor Ana Pol said.", "utf-8")
    assert "March" in ask("when will the bridge at Lorn open", articles=file, llm="none").text
    file.write_text("The bridge at Lorn will open in August, the mayor Ana Pol said now.", "utf-8")
    answer = ask("when will the bridge at Lorn open", articles=file, llm="none")
    assert "August" in answer.text
    assert "March" not in answer.text


def test_an_empty_default_library_answers_from_the_samples_and_says_so() -> None:
    answer = ask("what did Russia demand", llm="none")
    assert answer.outcome == "answered"
    assert any("sample" in notice for notice in answer.notices)


def test_an_empty_library_that_was_named_never_answers_from_samples(tmp_path: Path) -> None:
    answer = ask("what did Russia demand", library=tmp_path / "mine", llm="none")
    assert answer.outcome == "not_in_articles"
    assert "empty" in answer.text
    assert not (tmp_path / "mine").exists()


def test_filters_never_widen(three: Assistant) -> None:
    answer = three.ask("who is the captain of the Marisol", since="2025-07-01")
    assert answer.outcome == "not_in_articles"
    assert answer.text.startswith("No articles in that range: since 1 July 2025.")
    assert (answer.filters.articles, answer.filters.undated) == (0, 1)
    assert any("undated" in notice for notice in answer.notices)


def test_filters_on_dates_and_outlets_are_applied_and_reported(three: Assistant) -> None:
    answer = three.ask(
        "who is the captain of the Marisol",
        since=date(2025, 6, 3),
        until="2025-06-03",
        sources=["the harbour post"],
    )
    assert "Elin Dahl" in answer.text
    assert answer.filters.articles == 1
    assert answer.filters.since == date(2025, 6, 3)
    other = three.ask("who is the captain of the Marisol", sources=["Brennhaven Courier"])
    assert {article.id for article in other.nearest} <= {COUNCIL.id}
    assert all(citation.article_id == COUNCIL.id for citation in other.citations)


def test_a_citation_tells_its_reader_what_to_judge_it_by(three: Assistant) -> None:
    (citation, *_) = three.ask("who is the captain of the Marisol").citations
    assert (citation.number, citation.title, citation.source) == (1, FERRY.title, FERRY.source)
    assert (citation.url, citation.published) == (FERRY.url, FERRY.published)


def test_a_follow_up_finds_its_subject(istanbul: Assistant) -> None:
    history = [("what did Russia demand", "That Kyiv cede territory.")]
    answer = istanbul.ask("and who mediated?", history=history)
    assert "Hakan Fidan" in answer.text
    assert "Russia" in answer.standalone_question
    assert answer.question == "and who mediated?"


def test_a_stream_tells_its_steps_and_ends_with_the_same_answer(istanbul: Assistant) -> None:
    events = list(istanbul.stream("who mediated the meeting"))
    assert isinstance(events[0], Searched)
    assert events[0].evidence
    assert isinstance(events[1], Searched)  # what the answer is made from
    assert not any(isinstance(event, Searched) for event in events[2:])
    assert isinstance(events[-1], Answered)
    read = {item.hit.article.id for item in events[1].evidence}
    assert {citation.article_id for citation in events[-1].answer.citations} <= read
    text = "".join(event.text for event in events if isinstance(event, TextDelta))
    assert text == events[-1].answer.text
    assert events[-1].answer.text == istanbul.ask("who mediated the meeting").text


def test_the_same_can_be_awaited(istanbul: Assistant) -> None:
    async def both() -> tuple[Answer, list[object]]:
        answer = await istanbul.aask("who mediated the meeting")
        return answer, [event async for event in istanbul.astream("who mediated the meeting")]

    answer, events = asyncio.run(both())
    assert "Hakan Fidan" in answer.text
    assert isinstance(events[-1], Answered)


def test_an_article_in_another_language_is_said_to_be_one(tmp_path: Path) -> None:
    german = Article(
        title="Fähre brennt vor der Küste",
        text=(
            "Vor der Küste ist am Dienstagabend eine Fähre in Brand geraten. Die Küstenwache "
            "brachte alle Passagiere in Sicherheit, teilte der Kapitän am Mittwoch mit."
        ),
    )
    answer = ask("Was ist vor der Küste passiert?", articles=german, llm="none")
    assert any("another language (de)" in notice for notice in answer.notices)


@pytest.mark.parametrize(
    ("options", "error", "words"),
    [
        ({"question": ""}, InvalidQuestion, "empty"),
        ({"question": "a" * 5000}, InvalidQuestion, "5,000 characters"),
        ({"articles": "/no/such/file.txt"}, PathUnusable, "/no/such/file.txt"),
        ({"articles": FERRY, "library": "x"}, InvalidOption, "Both"),
        ({"articles": []}, InvalidOption, "empty"),
        ({"articles": [3]}, InvalidOption, "3"),
        ({"articles": FERRY, "llm": "gpt"}, InvalidOption, "'gpt'"),
        ({"articles": FERRY, "llm": 3}, InvalidOption, "3"),
        ({"articles": FERRY, "since": "June"}, InvalidOption, "'June'"),
        ({"articles": FERRY, "since": "2025-02-01", "until": "2025-01-01"}, InvalidOption, "after"),
        ({"articles": FERRY, "top_k": 0}, InvalidOption, "top_k=0"),
        ({"articles": FERRY, "now": "today"}, InvalidOption, "'today'"),
        ({"articles": FERRY, "embedding": 5}, InvalidOption, "5"),
        ({"articles": FERRY, "history": [1]}, InvalidOption, "history"),
    ],
)
def test_bad_input_is_refused_in_one_line_with_a_hint(
    options: dict[str, object], error: type[Exception], words: str
) -> None:
    arguments: dict[str, object] = {"question": "what burned", "llm": "none", **options}
    with pytest.raises(error) as caught:
        ask(**arguments)  # type: ignore[arg-type]
    message = str(caught.value)
    assert words in message
    assert "\n" not in message
    assert getattr(caught.value, "hint", "")


def test_an_empty_file_asked_about_says_so(tmp_path: Path) -> None:
    file = tmp_path / "empty.txt"
    file.touch()
    with pytest.raises(PathUnusable, match="cannot be asked about"):
        ask("what burned", articles=file, llm="none")


def test_a_conversation_keeps_its_subject_through_short_follow_ups() -> None:
    samples = Path(__file__).parents[1] / "assistant" / "samples"
    with Assistant(articles=samples, llm="none") as assistant:
        history: list[tuple[str, str]] = []
        for question, expected in (
            ("what did Russia demand", "territory"),
            ("and who mediated?", "Hakan Fidan"),
            ("and when did they meet?", "2 June 2025"),
        ):
            answer = assistant.ask(question, history=history)
            assert expected in answer.text, question
            history.append((question, answer.text))


def test_the_words_of_a_frame_are_not_cut_out_of_others() -> None:
    from assistant.reader.terms import analyse

    assert analyse("how many people in Germany were evacuated").words == (
        "people",
        "germany",
        "evacuated",
    )


def test_a_file_that_has_become_unreadable_is_not_answered_from_memory(tmp_path: Path) -> None:
    file = tmp_path / "story.txt"
    file.write_text("The bridge at Lorn will open in March, the mayor Ana Pol said.", "utf-8")
    assert ask("when will the bridge at Lorn open", articles=file, llm="none").citations
    file.write_text("", "utf-8")
    with pytest.raises(PathUnusable, match="cannot be asked about"):
        ask("when will the bridge at Lorn open", articles=file, llm="none")


def test_an_open_assistant_keeps_its_articles_while_others_come_and_go() -> None:
    with Assistant(articles=FERRY, llm="none") as first:
        for number in range(18):
            other = Article(title=f"Story {number}", text=f"Mayor number {number} resigned today.")
            Assistant(articles=other, llm="none").close()
        assert "Elin Dahl" in first.ask("who is the captain of the Marisol").text


def test_a_sample_that_was_cited_is_found_once_there_are_articles() -> None:
    with Assistant(llm="none") as assistant:
        cited = assistant.ask("what did Russia demand").citations[0]
        assistant.library.add(FERRY)
        assert (
            assistant.ask("who is the captain of the Marisol").citations[0].article_id == FERRY.id
        )
        assert cited.quote in assistant.holding(cited.article_id).get(cited.article_id).text
        assert assistant.holding(FERRY.id) is assistant.library
