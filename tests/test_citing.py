"""Citing: whatever a model writes, every citation leads to exact words of a real passage."""

from __future__ import annotations

import re
from collections.abc import Sequence

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from assistant import citing
from assistant.citing import Checking, CitedText
from assistant.grounding.entailment import Entailment
from assistant.grounding.support import Judge, Support
from assistant.reader.spans import SpanReader
from assistant.types import Evidence
from index.embedding import embedder_for
from index.types import Article, Hit, Passage


def evidence_of(*texts: str) -> list[Evidence]:
    """One evidence for each text, a whole article each, numbered from 1."""
    items = []
    for number, text in enumerate(texts, 1):
        article = Article(title=f"Headline {number}", text=text, source="The Outlet")
        passage = Passage.of(article, 0, len(text))
        items.append(Evidence(number=number, hit=Hit(passage=passage, article=article, score=1.0)))
    return items


class Remembering:
    """The real judge; what it said of a sentence once is not worked out again."""

    def __init__(self) -> None:
        self._judge: Judge | None = None
        self._said: dict[tuple[str, ...], Support] = {}

    def support(self, sentence: str, items: Sequence[Evidence]) -> Support:
        if self._judge is None:
            self._judge = Judge(SpanReader(), Entailment(), embedder_for(None).embed)
        key = (sentence, *(item.hit.passage.id for item in items))
        if key not in self._said:
            self._said[key] = self._judge.support(sentence, items)
        return self._said[key]


GROUNDS = Remembering()


def check_text(text: str, evidence: Sequence[Evidence], *, strict: bool = False) -> CitedText:
    return citing.check_text(text, evidence, GROUNDS, strict=strict)


FERRY = "The ferry caught fire on Monday. Rescuers brought 214 people ashore. Nobody died."
STRIKE = "Dockers in Lindal went on strike. Their union wants 6.5% more pay."

model_texts = st.lists(
    st.sampled_from(
        [
            "The ferry caught fire. ",
            "Rescuers saved 214 people ",
            "Dockers struck. ",
            "[1]",
            "[2]",
            " [1][2]",
            "[1, 2]",
            "[9]",
            "[0]",
            "[12345678901234567890]",
            "[",
            "]",
            "[1",
            "1]",
            "[a]",
            "\n\n",
            "- ",
            ". ",
            "Äpfel “quoted” ",
        ]
    ),
    max_size=25,
).map("".join)


@settings(deadline=None, max_examples=40)
@given(model_texts, st.booleans())
@example("The ferry caught fire. [[2]1] Nobody died. [1[1]]", False)
@example("The ferry [[1] caught [1[2]] fire.", False)
def test_every_citation_is_real_and_no_marker_survives(text: str, strict: bool) -> None:
    evidence = evidence_of(FERRY, STRIKE)
    articles = {item.hit.article.id: item.hit.article for item in evidence}
    checked = check_text(text, evidence, strict=strict)
    for citation in checked.citations:
        assert articles[citation.article_id].text[citation.start : citation.end] == citation.quote
    assert [citation.number for citation in checked.citations] == list(
        range(1, len(checked.citations) + 1)
    )
    used = [citation for sentence in checked.sentences for citation in sentence.citations]
    assert set(used) == set(checked.citations)
    shown = [int(number) for number in re.findall(r"\[(\d+)\]", checked.text)]
    assert shown == [citation.number for citation in used]
    if strict:
        assert all(sentence.support == "confirmed" for sentence in checked.sentences)


@given(model_texts, st.lists(st.integers(1, 9), min_size=1, max_size=40), st.booleans())
@example("It burned [[2]1], they said [1[2]].", [1], False)
@example("It burned [[2]1], they said [1[2]].", [2, 3], False)
@example("It burned [ [2] 1] and more words are here.", [4], False)
@settings(deadline=None, max_examples=40)
def test_a_stream_reads_the_same_however_it_is_cut(
    text: str, cuts: list[int], strict: bool
) -> None:
    evidence = evidence_of(FERRY, STRIKE)
    checking = Checking(evidence, GROUNDS, strict=strict)
    shown, start = [], 0
    for length in cuts * (len(text) + 1):
        if start >= len(text):
            break
        start += length
        shown.append(checking.feed(text[:start]))
    last, whole = checking.finish()
    assert ("".join(shown) + last).rstrip() == whole.text
    assert whole == check_text(text, evidence, strict=strict)


def test_a_marker_becomes_the_sentence_that_says_it() -> None:
    checked = check_text("Rescuers brought 214 people ashore [1].", evidence_of(FERRY, STRIKE))
    (sentence,) = checked.sentences
    assert sentence.support == "confirmed"
    assert sentence.citations[0].quote == "Rescuers brought 214 people ashore."
    assert checked.text == "Rescuers brought 214 people ashore.[1]"


def test_markers_after_the_full_stop_belong_to_the_sentence_before() -> None:
    checked = check_text(
        "The ferry caught fire. [1] Dockers struck in Lindal. [2]", evidence_of(FERRY, STRIKE)
    )
    assert [[c.number for c in s.citations] for s in checked.sentences] == [[1], [2]]


def test_numbers_follow_the_order_of_appearance() -> None:
    checked = check_text(
        "Dockers went on strike [2]. The ferry caught fire [1].", evidence_of(FERRY, STRIKE)
    )
    assert [citation.title for citation in checked.citations] == ["Headline 2", "Headline 1"]


def test_an_invented_number_is_dropped_and_counted() -> None:
    checked = check_text("The ferry caught fire [7].", evidence_of(FERRY))
    assert checked.invented == 1
    assert [c.quote for c in checked.citations] == ["The ferry caught fire on Monday."]


def test_a_wrong_citation_gives_way_to_the_passage_that_says_it() -> None:
    checked = check_text("The union wants 6.5% more pay [1].", evidence_of(FERRY, STRIKE))
    assert checked.sentences[0].support == "confirmed"
    assert checked.citations[0].title == "Headline 2"


@pytest.mark.parametrize(
    "sentence",
    [
        "Rescuers brought 215 people ashore [1].",
        "Rescuers from Norway brought 214 people ashore [1].",
        "The captain was arrested by police [1].",
    ],
)
def test_what_no_passage_holds_is_unconfirmed(sentence: str) -> None:
    assert check_text(sentence, evidence_of(FERRY, STRIKE)).sentences[0].support == "unconfirmed"
    assert check_text(sentence, evidence_of(FERRY, STRIKE), strict=True).text == ""


def test_a_sentence_without_marker_or_support_is_uncited() -> None:
    assert check_text("It is a sad day.", evidence_of(FERRY)).sentences[0].support == "uncited"


def test_a_sentence_may_put_two_passages_together() -> None:
    text = "Rescuers brought 214 people ashore while dockers in Lindal went on strike [1][2]."
    (sentence,) = check_text(text, evidence_of(FERRY, STRIKE)).sentences
    assert sentence.support == "confirmed"
    assert len(sentence.citations) == 2


def test_the_words_of_the_prompt_are_dropped() -> None:
    prompt = "Use only the numbered passages between the two marker lines, and never invent."
    checking = Checking(evidence_of(FERRY), GROUNDS, prompt=prompt)
    raw = "Use only the numbered passages between the two marker lines. Nobody died [1]."
    shown = [checking.feed(raw[:end]) for end in (*range(0, len(raw), 5), len(raw))]
    last, whole = checking.finish()
    assert "".join(shown) + last == whole.text == "Nobody died.[1]"
