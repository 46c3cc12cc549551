"""The built-in reader: spans, the choice of sentences, ranking, and the laws that they keep."""

from __future__ import annotations

import itertools
from datetime import date
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant import Article, Assistant, Library
from assistant.reader.calibration import THRESHOLDS, sentence_probabilities, threshold
from assistant.reader.choosing import MAX_WORDS, choose, clause_around
from assistant.reader.extractive import DEPTH, reading_order
from assistant.reader.features import Sentence, SentenceFeatures
from assistant.reader.pairs import MAX_TOKENS
from assistant.reader.spans import PassageScores, Span, SpanReader
from assistant.reader.terms import analyse
from index.errors import EmbeddingUnavailable
from index.sentences import sentence_spans
from index.types import Hit, Passage

FERRY = Article(
    title="Ferry burns off Ostrava Point",
    text=(
        "The ferry Marisol caught fire off Ostrava Point on Tuesday night. The coastguard brought "
        "214 passengers ashore within two hours. Elin Dahl, the captain of the Marisol, said the "
        "fire began in "
        "the galley, where a fryer had been left unattended. The ferry was built in 1998 at the "
        "Corvel yard."
    ),
    source="The Harbour Post",
    published=date(2025, 6, 3),
)
BRIDGE = Article(
    title="Lorn bridge closed",
    text=(
        "The bridge at Lorn was closed on Monday after engineers found cracks in two pillars. "
        "Mayor Ana Pol said repairs would cost 4.2m crowns and take until March."
    ),
)


@pytest.fixture(scope="module")
def network() -> SpanReader:
    return SpanReader()


# --- the network


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("who is the captain of the Marisol", "Elin Dahl"),
        ("How many passengers were brought ashore?", "214"),
        ("where did the fire begin", "galley"),
        ("when was the ferry built", "1998"),
    ],
)
def test_the_likeliest_span_answers(network: SpanReader, question: str, expected: str) -> None:
    (scores,) = network.read(question, [(FERRY.title, FERRY.text)])
    best = scores.best_spans(1)[0]
    assert expected in FERRY.text[best.start : best.end]


def test_a_passage_that_answers_scores_above_one_that_does_not(network: SpanReader) -> None:
    ferry, bridge = network.read(
        "who is the captain of the Marisol",
        [(FERRY.title, FERRY.text), (BRIDGE.title, BRIDGE.text)],
    )
    assert ferry.answered > bridge.answered


def test_reading_together_is_reading_alone(network: SpanReader) -> None:
    passages = [(FERRY.title, FERRY.text), (BRIDGE.title, BRIDGE.text), ("", "It rained.")]
    together = network.read("what was closed", passages)
    for passage, scores in zip(passages, together, strict=True):
        (alone,) = network.read("what was closed", [passage])
        assert scores.answered == pytest.approx(alone.answered, abs=1e-3)
        assert np.abs(scores.start - alone.start).max() < 1e-3


@pytest.mark.parametrize("text", ["", " ", "\u200b", "word " * 3000, "Ω" * 50, "٣٤٥ 日本"])
def test_any_passage_can_be_read(network: SpanReader, text: str) -> None:
    (scores,) = network.read("who", [("title " * 100, text)])
    assert len(scores.start) <= MAX_TOKENS
    for span in scores.best_spans(3):
        assert 0 <= span.start < span.end <= len(text)


@given(
    st.integers(1, 30).flatmap(
        lambda n: st.tuples(
            st.lists(st.floats(0, 1), min_size=n, max_size=n),
            st.lists(st.floats(0, 1), min_size=n, max_size=n),
        )
    ),
    st.integers(1, 6),
)
def test_spans_are_in_order_and_apart(ends: tuple[list[float], list[float]], limit: int) -> None:
    start, end = (np.array(values, dtype=np.float32) for values in ends)
    offsets = np.array([(3 * n, 3 * n + 2) for n in range(len(start))], dtype=np.int32)
    scores = PassageScores(answered=0.0, offsets=offsets, start=start, end=end, inside=start)
    spans = scores.best_spans(limit)
    assert 1 <= len(spans) <= limit
    assert [s.probability for s in spans] == sorted((s.probability for s in spans), reverse=True)
    places = sorted((span.start, span.end) for span in spans)
    assert all(left < right for left, right in places)
    assert all(before[1] <= after[0] for before, after in itertools.pairwise(places))


def test_weights_that_cannot_be_read_are_told(tmp_path: Path) -> None:
    for name, content in (("absent", None), ("torn", b"\x09\0\0\0\0\0\0\0{broken")):
        file = tmp_path / name
        if content is not None:
            file.write_bytes(content)
        with pytest.raises(EmbeddingUnavailable, match="weights"):
            SpanReader(file).read("who", [("", "text")])


# --- choosing


def sentence(text: str, hit: int = 0) -> Sentence:
    features = SentenceFeatures(
        answered=0, mass=0, inside=0, cosine=0, rank=0, coverage=0, around=0, fits=0, leans=0
    )
    return Sentence(hit=hit, start=0, end=len(text), text=text, features=features)


words = st.lists(st.sampled_from(["alpha", "bravo", "carol", "delta", "echo", "fox"]), min_size=1)


@given(st.lists(st.tuples(words, st.floats(0, 1), st.integers(0, 2)), min_size=1), st.booleans())
def test_an_answer_is_short_and_nothing_is_told_twice(
    told: list[tuple[list[str], float, int]], several: bool
) -> None:
    asked = analyse("name all of them" if several else "what happened in Lorn")
    assert asked.wants_several == several
    sentences = [sentence(" ".join(text), hit) for text, _, hit in told]
    total = sum(score for _, score, _ in told) or 1.0
    probabilities = [score / total for _, score, _ in told]
    chosen = choose(asked, sentences, probabilities)
    assert len(set(chosen)) == len(chosen) > 0
    assert max(probabilities) == max(probabilities[place] for place in chosen)
    if len(chosen) > 1:
        assert sum(min(50, len(sentences[place].text.split())) for place in chosen) <= MAX_WORDS
    if several:
        assert chosen == sorted(chosen)
    else:
        assert probabilities[chosen[0]] == max(probabilities)


def test_a_long_sentence_is_quoted_around_its_answer() -> None:
    clauses = [
        f"clause number {n} says a little about the harbour and its boats" for n in range(12)
    ]
    text = ", ".join(clauses) + "."
    (span,) = sentence_spans(text)
    whole = Sentence(
        hit=0,
        start=span.start,
        end=span.end,
        text=text,
        features=sentence("a").features,
    )
    at = text.index("number 7")
    start, end = clause_around(text, whole, Span(start=at, end=at + 8, probability=0.5))
    assert start <= at < at + 8 <= end
    assert 10 < len(text[start:end].split()) <= 50
    assert text[start:end] == text[start:end].strip()
    assert text[start:end].startswith("clause number")
    assert clause_around(text, whole, None) == (span.start, span.end)


@pytest.mark.parametrize(
    ("question", "several"),
    [
        ("which ratings agencies marked down the insurer", True),
        ("What tricks do casinos use to keep people gambling?", True),
        ("Which awards did the film win?", True),
        ("what did Russia demand", True),
        ("name the three ministers who resigned", True),
        ("which paper decided to run weblogs itself", False),
        ("Which stage of defence projects gets too little money?", False),
        ("who is the captain of the Marisol", False),
        ("what is the name of the ferry", False),
        ("How many people were hurt?", False),
    ],
)
def test_questions_that_want_several_things_are_known(question: str, several: bool) -> None:
    assert analyse(question).wants_several == several


# --- deciding and ranking


@given(st.lists(st.lists(st.floats(-8, 8), min_size=9, max_size=9), min_size=1, max_size=20))
def test_sentence_probabilities_sum_to_one(rows: list[list[float]]) -> None:
    names = list(SentenceFeatures.__dataclass_fields__)
    features = [SentenceFeatures(**dict(zip(names, row, strict=True))) for row in rows]
    probabilities = sentence_probabilities(features)
    assert sum(probabilities) == pytest.approx(1)
    assert all(0 <= probability <= 1 for probability in probabilities)


def test_declining_more_asks_for_more_confidence() -> None:
    shares = [n / 100 for n in range(51)]
    cuts = [threshold(share) for share in shares]
    assert cuts == sorted(cuts)
    assert cuts[0] == 0.0  # nothing is declined
    for share, cut in THRESHOLDS:
        assert threshold(share) == pytest.approx(cut)


def test_the_setting_moves_the_line(monkeypatch: pytest.MonkeyPatch) -> None:
    question = "what did the mayor of Paris say about the ferry"
    monkeypatch.setenv("ASSISTANT_DECLINE", "0")
    assert Assistant(articles=[FERRY], llm="none").ask(question).outcome == "answered"
    monkeypatch.setenv("ASSISTANT_DECLINE", "0.5")
    assert Assistant(articles=[FERRY], llm="none").ask(question).outcome == "not_in_articles"


def hit(article: Article, start: int, end: int, *, dense: float, lexical: float | None) -> Hit:
    passage = Passage.of(article, start, end)
    return Hit(passage=passage, article=article, score=1, dense_score=dense, lexical_score=lexical)


def test_what_stands_beside_the_best_passage_is_read_before_the_rest() -> None:
    best = hit(FERRY, 0, 60, dense=0.9, lexical=9.0)
    beside = hit(FERRY, 60, 120, dense=0.1, lexical=None)
    others = [
        hit(Article(title=f"{n}", text=f"Story {n} of many."), 0, 10, dense=0.5, lexical=1.0)
        for n in range(DEPTH)
    ]
    order = reading_order([best, *others, beside, best])
    assert order[0] == best
    assert order.index(beside) == 4
    assert len(order) == len(others) + 2  # the same words are read once


def test_the_passages_of_the_best_articles_come_whole() -> None:
    filler = "The council met again and talked about parking for a long time. " * 40
    long = Article(
        title="Council", text=f"Mayor Ana Pol opened the session. {filler} It ended late."
    )
    with Assistant(articles=[long, FERRY], llm="none") as assistant:
        library: Library = assistant.library
        one = library.search("who opened the session", top_k=1)
        whole = library.search("who opened the session", top_k=1, whole=1)
    assert len(one) == 1
    assert whole[0] == one[0]
    assert {h.article.id for h in whole} == {long.id}
    assert "".join(h.passage.text for h in sorted(whole, key=lambda h: h.passage.start)).replace(
        " ", ""
    ) == long.text.replace(" ", "")
    assert all(h.score < whole[0].score and h.dense_score is not None for h in whole[1:])


def test_an_answer_names_the_words_that_answer() -> None:
    with Assistant(articles=[FERRY, BRIDGE], llm="none") as assistant:
        answer = assistant.ask("who is the captain of the Marisol")
    assert answer.short == "Elin Dahl"
    assert answer.short in answer.text
    assert answer.to_dict()["short"] == "Elin Dahl"
