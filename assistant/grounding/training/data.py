"""What teaches the check of sentences: written by hand, changed by rule, made of questions."""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from assistant.grounding.facts import Fact, facts_of
from assistant.grounding.training.changing import around, exchanged, shortened, statement, turned
from assistant.reader.training.data import Example, news_articles
from index.sentences import sentence_spans

SENTENCES = Path(__file__).with_name("sentences")
_LONGEST_ANSWER = 120  # characters: a longer one makes no sentence of its question
_WORDS = range(6, 46)  # in a sentence that is changed by rule
_ELSEWHERE = 12  # facts of other articles to choose from


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """A sentence, a passage, and whether the passage bears it out.

    `marked` are the characters that are wrong, none in a true sentence; None where unknown.
    """

    sentence: str
    title: str
    passage: str
    supported: bool
    marked: tuple[tuple[int, int], ...] | None = None


def written_claims(news: Path, folder: Path = SENTENCES) -> list[Claim]:
    """The sentences written for the project, on paragraphs `first` to `last` of its articles."""
    articles = {article["id"]: article for article in news_articles(news)}
    claims = []
    for file in sorted(folder.glob("*.jsonl")):
        for line in file.read_text("utf-8").splitlines():
            item = json.loads(line)
            article = articles[item["article"]]
            paragraphs = article["text"].split("\n\n")[item["first"] : item["last"] + 1]
            claims.append(
                Claim(
                    sentence=item["sentence"],
                    title=article["title"],
                    passage="\n\n".join(paragraphs),
                    supported=item["supported"],
                )
            )
    return claims


def changed_claims(texts: Sequence[tuple[str, str]], count: int, seed: int) -> list[Claim]:
    """Sentences of (headline, text) pairs, some as they stand, most with one thing changed."""
    draw = random.Random(seed)
    claims: list[Claim] = []
    spread = draw.sample(range(len(texts)), min(200, len(texts)))
    elsewhere = [fact for n in spread for fact in facts_of(texts[n][1], source=True)]
    while len(claims) < count:
        title, text = draw.choice(texts)
        spans = [s for s in sentence_spans(text) if len(text[s.start : s.end].split()) in _WORDS]
        if not spans:
            continue
        span = draw.choice(spans)
        passage = around(text, span.start, span.end, draw)
        sentence = shortened(text[span.start : span.end].replace("\n", " "), draw)
        if draw.random() < 0.4:
            claims.append(_true(sentence, title, passage))
        pool = [
            *facts_of(passage, source=True),
            *draw.sample(elsewhere, min(_ELSEWHERE, len(elsewhere))),
        ]
        by_turning = draw.random() < 0.45
        changed = turned(sentence, draw) if by_turning else exchanged(sentence, pool, passage, draw)
        if changed and changed.sentence != sentence:
            claims.append(_false(changed.sentence, title, passage, changed.span))
    return claims[:count]


def asked_claims(examples: Sequence[Example], seed: int) -> list[Claim]:
    """Questions as sentences with their answer, and with another; silent ones with any fact."""
    draw = random.Random(seed)
    claims: list[Claim] = []
    for example in examples:
        claims += _answered(example, draw) if example.answers else _silent(example, draw)
    return claims


def _answered(example: Example, draw: random.Random) -> list[Claim]:
    start, end = draw.choice(example.answers)
    answer = example.context[start:end]
    if len(answer) > _LONGEST_ANSWER:
        return []
    passage = around(example.context, start, end, draw)
    told = statement(example.question, answer).sentence
    claims = [_true(told, example.title, passage)]
    others = _others(passage, answer)
    drawn = draw.random()
    if others and drawn < 0.6:
        changed = statement(example.question, draw.choice(others).words)
        return [*claims, _false(changed.sentence, example.title, passage, changed.span)]
    pool = facts_of(passage, source=True)
    other = turned(told, draw) if drawn > 0.8 else exchanged(told, pool, passage, draw)
    return (
        [*claims, _false(other.sentence, example.title, passage, other.span)] if other else claims
    )


def _silent(example: Example, draw: random.Random) -> list[Claim]:
    facts = facts_of(example.context, source=True)
    if not facts:
        return []
    fact = draw.choice(facts)
    passage = around(example.context, fact.start, fact.end, draw)
    told = statement(example.question, fact.words).sentence
    return [Claim(sentence=told, title=example.title, passage=passage, supported=False)]


def _others(passage: str, answer: str) -> list[Fact]:
    """The passage's facts of the answer's kind that are not part of it, nor it of them."""
    kinds = {fact.kind for fact in facts_of(answer)}
    ours = answer.lower()
    return [
        fact
        for fact in facts_of(passage, source=True)
        if fact.kind in kinds and fact.words.lower() not in ours and ours not in fact.words.lower()
    ]


def _true(sentence: str, title: str, passage: str) -> Claim:
    return Claim(sentence=sentence, title=title, passage=passage, supported=True, marked=())


def _false(sentence: str, title: str, passage: str, span: tuple[int, int]) -> Claim:
    return Claim(sentence=sentence, title=title, passage=passage, supported=False, marked=(span,))
