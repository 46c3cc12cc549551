"""Answering by a language model over real HTTP: cited, checked, and honest when it fails."""

from __future__ import annotations

import re
import socket
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from library_kit import DIFFERING
from llama_index.core.llms import MockLLM
from servers import ScriptedServer, scripted_server

from assistant import Answer, Answered, Article, Assistant, Library, Searched, TextDelta
from assistant.answering import fitting
from assistant.config import Settings
from assistant.keys import Access

ARTICLE = Article(
    title="Ferry burns off Ostrava Point",
    text=(
        "The ferry Marisol caught fire off Ostrava Point on Tuesday night. The coastguard brought "
        "214 passengers ashore within two hours. Elin Dahl, the captain of the Marisol, said the "
        "fire began in "
        "the galley."
    ),
    source="The Harbour Post",
    published=date(2025, 6, 3),
)
KEY = "sk-very-secret-key"


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Library:
    library = Library(tmp_path_factory.mktemp("library"))
    library.add(ARTICLE)
    return library


def assistant_with(library: Library, llm: Any, key: str | None = None) -> Assistant:
    settings = Settings(
        library=library.path, cache=library.path / "cache", access=Access(address=key)
    )
    return Assistant(library=library, llm=llm, settings=settings)


def asked(library: Library, server: ScriptedServer, question: str, **options: Any) -> Answer:
    with assistant_with(library, server.setting, KEY) as assistant:
        return assistant.ask(question, **options)


def test_a_cited_reply_is_confirmed_and_quoted(library: Library) -> None:
    with scripted_server(
        lambda _: "The captain, Elin Dahl, said it began in the galley [1]."
    ) as server:
        answer = asked(library, server, "where did the fire begin")
    assert answer.outcome == "answered"
    assert answer.model == server.setting
    assert answer.text == "The captain, Elin Dahl, said it began in the galley.[1]"
    assert answer.complete
    assert "began in the galley" in answer.citations[0].quote
    assert answer.fallback_reason is None


def test_what_is_sent_is_what_the_repository_shows(library: Library) -> None:
    with scripted_server(lambda _: "It burned [1].") as server:
        asked(library, server, "what burned", now=date(2025, 6, 5))
        (request,) = server.requests
        assert server.headers[0]["Authorization"] == f"Bearer {KEY}"
    sent = "\n---\n".join(message["content"] for message in request["messages"])
    sent = re.sub(r"[0-9a-f]{16}", "<random>", sent) + "\n"
    assert sent == (Path(__file__).parent / "data" / "prompt.txt").read_text("utf-8")


def test_an_article_cannot_close_the_fence_it_does_not_know(library: Library) -> None:
    fences = []
    with scripted_server(lambda _: "It burned [1].") as server:
        for _ in range(2):
            asked(library, server, "what burned")
        for request in server.requests:
            fences.append(
                set(re.findall(r"=== passages \w+ ===", request["messages"][1]["content"]))
            )
    assert all(len(fence) == 1 for fence in fences)
    assert fences[0] != fences[1]


def test_a_silent_model_declines_with_the_nearest_articles(library: Library) -> None:
    with (
        scripted_server(lambda _: "NOT_IN_ARTICLES") as server,
        assistant_with(library, server.setting) as assistant,
    ):
        events = list(assistant.stream("who owns the ferry"))
    answer = events[-1].answer  # type: ignore[union-attr]
    assert answer.outcome == "not_in_articles"
    assert [article.title for article in answer.nearest] == [ARTICLE.title]
    assert not any(isinstance(event, TextDelta) for event in events)


def test_an_invented_figure_is_not_confirmed(library: Library) -> None:
    with scripted_server(lambda _: "The coastguard brought 300 passengers ashore [1].") as server:
        answer = asked(library, server, "how many passengers were saved")
        strict = asked(library, server, "how many passengers were saved", strict=True)
    assert answer.outcome == "partial"
    assert answer.sentences[0].support == "unconfirmed"
    assert strict.outcome == "not_in_articles"
    assert "300" not in strict.text


def test_streaming_and_asking_give_the_same_answer(library: Library) -> None:
    reply = (
        "It caught fire off Ostrava Point [1]. The coastguard brought 214 passengers ashore [1]."
    )
    with (
        scripted_server(lambda _: reply) as server,
        assistant_with(library, server.setting) as assistant,
    ):
        events = list(assistant.stream("what happened"))
        answer = assistant.ask("what happened")
    assert isinstance(events[-1], Answered)
    assert events[-1].answer.text == answer.text
    shown = "".join(event.text for event in events if isinstance(event, TextDelta))
    assert shown == answer.text
    assert answer.text.startswith("It caught fire off Ostrava Point.[1] The coastguard")


def test_a_follow_up_is_rewritten_before_it_is_searched(library: Library) -> None:
    def script(body: dict[str, Any]) -> str:
        if "rewrite the last question" in body["messages"][0]["content"]:
            return "Who is the captain of the ferry Marisol?"
        return "Its captain is Elin Dahl [1]."

    with scripted_server(script) as server:
        history = [("what burned", "The ferry Marisol.")]
        answer = asked(library, server, "and who is its captain?", history=history)
        searched = server.requests[1]["messages"][1]["content"]
    assert answer.standalone_question == "Who is the captain of the ferry Marisol?"
    assert "Who is the captain of the ferry Marisol?" in searched
    assert "and who is its captain" not in searched


def test_what_is_found_for_a_follow_up_is_told_before_the_model_is_asked(library: Library) -> None:
    def script(body: dict[str, Any]) -> str:
        if "rewrite the last question" in body["messages"][0]["content"]:
            return "Who is the captain of the ferry Marisol?"
        return "Its captain is Elin Dahl [1]."

    history = [("what burned", "The ferry Marisol.")]
    with (
        scripted_server(script) as server,
        assistant_with(library, server.setting) as assistant,
    ):
        events = assistant.stream("and who is its captain?", history=history)
        first = next(events)
        assert not server.requests
        assert isinstance(first, Searched)
        assert first.evidence
        assert first.standalone_question != "and who is its captain?"
        assert "what burned" in first.standalone_question
        rest = list(events)
    (*_, last) = [event for event in rest if isinstance(event, Searched)]
    assert last.standalone_question == "Who is the captain of the ferry Marisol?"
    assert isinstance(rest[-1], Answered)
    assert rest[-1].answer.standalone_question == last.standalone_question


def test_a_model_that_fails_to_rewrite_is_not_said_to_be_about_to_answer(library: Library) -> None:
    history = [("what burned", "The ferry Marisol.")]
    with (
        scripted_server(lambda _: 404) as server,
        assistant_with(library, server.setting) as assistant,
    ):
        events = list(assistant.stream("and who is its captain?", history=history))
        assert len(server.requests) == 1
    searched = [event for event in events if isinstance(event, Searched)]
    assert searched[0].model == server.setting
    assert searched[-1].model == "built-in reader"


@pytest.mark.parametrize("status", [401, 404, 429, 500])
def test_a_refusal_is_told_and_the_reader_answers(library: Library, status: int) -> None:
    with scripted_server(lambda _: status) as server:
        answer = asked(library, server, "who is the captain of the Marisol")
    assert "Elin Dahl" in answer.text
    assert answer.model == "built-in reader"
    assert answer.fallback_reason
    assert str(status) in answer.fallback_reason
    assert KEY not in repr(answer)


def test_a_server_that_is_not_there_is_told_and_the_reader_answers(library: Library) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with assistant_with(library, f"http://127.0.0.1:{port}/v1#m") as assistant:
        answer = assistant.ask("who is the captain")
    assert "Elin Dahl" in answer.text
    assert "cannot be reached" in str(answer.fallback_reason)
    assert "cannot be reached" in str(answer)


def test_an_empty_reply_is_told_and_the_reader_answers(library: Library) -> None:
    with scripted_server(lambda _: "") as server:
        answer = asked(library, server, "who is the captain")
    assert "empty reply" in str(answer.fallback_reason)
    assert answer.citations


def test_a_stream_that_breaks_off_keeps_what_came(library: Library) -> None:
    reply = "The ferry Marisol caught fire off Ostrava Point [1]. The coastguard brought 214 people"
    with scripted_server(lambda _: reply, cut_after=9) as server:
        answer = asked(library, server, "what happened")
    assert not answer.complete
    assert answer.text.startswith("The ferry Marisol caught fire off Ostrava Point.[1]")


@pytest.mark.parametrize("finish", [None, "length"])
def test_a_stream_that_ends_before_its_reply_does_keeps_what_came(
    library: Library, finish: str | None
) -> None:
    reply = "The ferry Marisol caught fire off Ostrava Point [1]. The coastguard brought 214 people"
    with scripted_server(lambda _: reply, finish=finish) as server:
        answer = asked(library, server, "what happened")
    assert not answer.complete
    assert answer.model == server.setting
    assert answer.text.startswith("The ferry Marisol caught fire off Ostrava Point.[1]")


def test_any_llama_index_model_can_be_handed_in(library: Library) -> None:
    answer = assistant_with(library, MockLLM(max_tokens=5)).ask("what burned")
    assert answer.model.startswith("MockLLM")


def test_closing_a_stream_stops_the_model(library: Library) -> None:
    with (
        scripted_server(lambda _: "The ferry caught fire [1]. " * 40_000) as server,
        assistant_with(library, server.setting) as assistant,
    ):
        events = assistant.stream("what burned")
        for event in events:
            if isinstance(event, TextDelta):
                break
        events.close()  # type: ignore[attr-defined]
        assert server.disconnected.wait(5)


@pytest.mark.parametrize(
    "setting", ["gpt-4", "http://host/v1", "ftp://host#m", "http://u:pw@host#m"]
)
def test_an_unusable_setting_is_refused_without_its_password(
    library: Library, setting: str
) -> None:
    with pytest.raises(ValueError, match=r"not one|password") as caught:
        assistant_with(library, setting)
    assert "pw" not in str(caught.value)


def test_an_answer_wrapped_in_json_is_taken_out(library: Library) -> None:
    wrapped = '```json\n{"answer": "The captain is Elin Dahl [1].", "confidence": 0.9}\n```'
    with scripted_server(lambda _: wrapped) as server:
        answer = asked(library, server, "who is the captain")
    assert answer.text == "The captain is Elin Dahl.[1]"
    assert answer.fallback_reason is None


def test_json_without_an_answer_is_told_and_the_reader_answers(library: Library) -> None:
    with scripted_server(lambda _: '{"passages": [1, 2]}') as server:
        answer = asked(library, server, "who is the captain")
    assert "sent JSON instead of an answer" in str(answer.fallback_reason)
    assert answer.model == "built-in reader"


def test_a_strict_stream_comes_sentence_by_sentence(library: Library) -> None:
    reply = (
        "It caught fire off Ostrava Point [1]. It sank with 300 people [1]. "
        "The coastguard brought 214 passengers ashore [1]."
    )
    with (
        scripted_server(lambda _: reply) as server,
        assistant_with(library, server.setting) as assistant,
    ):
        events = list(assistant.stream("what happened", strict=True))
    pieces = [event.text for event in events if isinstance(event, TextDelta) and event.text]
    assert pieces == [
        "It caught fire off Ostrava Point.[1]",
        " The coastguard brought 214 passengers ashore.[2]",
    ]
    assert events[-1].answer.text == "".join(pieces)  # type: ignore[union-attr]


def test_reports_that_differ_are_put_to_the_model_and_to_the_asker() -> None:
    with (
        scripted_server(lambda _: "Twelve people were hurt, police said [1].") as server,
        Assistant(articles=DIFFERING, llm=server.setting) as assistant,
    ):
        answer = assistant.ask("how many people were hurt on the Marisol")
        sent = server.requests[0]["messages"][1]["content"]
    assert "The passages differ on this: " in sent
    assert '"Twelve" (Harbour Post, 2025-06-03, [' in sent
    assert '"15" (Meridian Wire, 2025-06-04, [' in sent
    (conflict,) = answer.conflicts
    assert {claim.value for claim in conflict.claims} == {"Twelve", "15"}


def test_the_lowest_ranked_evidence_is_left_out_where_a_prompt_would_not_fit() -> None:
    items = tuple(range(6))
    kept = fitting(items, 100, lambda some: 30 * len(some))  # type: ignore[arg-type]
    assert kept == (0, 1, 2)
    assert fitting(items, 10, lambda some: 30 * len(some)) == (0,)  # type: ignore[arg-type]


def test_a_model_that_goes_on_for_ever_is_stopped(library: Library) -> None:
    with scripted_server(lambda _: "The ferry caught fire [1]. " * 40_000) as server:
        answer = asked(library, server, "what burned")
        assert server.disconnected.wait(5)
    assert not answer.complete
