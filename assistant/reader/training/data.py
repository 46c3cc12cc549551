"""Questions with the passages that answer them, and with passages that only look as if they did."""

from __future__ import annotations

import gzip
import json
import random
import re
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from assistant.reader.spans import leaning
from index.lexical import query_terms
from index.sentences import sentence_spans

HELD_OUT = 6  # the first of every six articles in a file measures; the others train


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """A question and a passage; `answers` are character spans in it, none where it is silent.

    Several spans are several ways to mark one answer, unless `every` says that each is a part.
    """

    question: str
    context: str
    title: str
    answers: tuple[tuple[int, int], ...]
    source: str
    every: bool = False


def squad_examples(file: Path, source: str) -> list[Example]:
    """The questions of a SQuAD file; those marked impossible have no answers."""
    return list(_squad(json.loads(_text(file)), source))


def _squad(data: dict[str, Any], source: str) -> Iterator[Example]:
    for page in data["data"]:
        title = page.get("title", "").replace("_", " ")
        for paragraph in page["paragraphs"]:
            for item in paragraph["qas"]:
                spans = [
                    (given["answer_start"], given["answer_start"] + len(given["text"]))
                    for given in item["answers"]
                    if given["text"]
                ]
                silent = item.get("is_impossible", False)
                yield Example(
                    question=item["question"].strip(),
                    context=paragraph["context"],
                    title=title,
                    answers=() if silent else tuple(spans),
                    source=f"{source}-silent" if silent else source,
                )


def qed_examples(file: Path) -> list[Example]:
    """QED's questions, typed into a search engine, with Wikipedia paragraphs."""
    examples: list[Example] = []
    for line in _text(file).splitlines():
        item = json.loads(line)
        spans = [
            (part["start"], part["end"]) for way in item["original_nq_answers"] for part in way
        ]
        if spans:
            examples.append(
                Example(
                    question=item["question_text"],
                    context=item["paragraph_text"],
                    title=item["title_text"],
                    answers=tuple(spans),
                    source="qed",
                )
            )
    return examples


def news_articles(folder: Path, *, held_out: bool | None = None) -> list[dict[str, Any]]:
    """The articles written for the project, with their questions; only one kind where said.

    What is held out depends on a story's place in its own file: a new file changes no other's.
    """
    return [
        json.loads(line)
        for file in sorted(folder.glob("*.jsonl"))
        for place, line in enumerate(_text(file).splitlines())
        if held_out is None or (place % HELD_OUT == 0) == held_out
    ]


def news_examples(folder: Path, *, held_out: bool) -> list[Example]:
    """The questions on the project's own articles: those that train, or those held out."""
    articles = news_articles(folder, held_out=held_out)
    return [example for article in articles for example in _news(article)]


def _news(article: dict[str, Any]) -> Iterator[Example]:
    text = article["text"]
    for item in article["questions"]:
        kind, question = item["type"], item["question"]
        spans: list[tuple[int, int]] = []
        if kind == "list":
            spans = [(text.index(part), text.index(part) + len(part)) for part in item["answers"]]
        elif kind != "unanswerable":
            place = text.index(item["evidence"])
            spans = [
                (place + found, place + found + len(answer))
                for answer in item["answers"]
                if (found := item["evidence"].find(answer)) >= 0
            ]
        if kind == "followup":  # as it is asked: with the question before it in front
            question = leaning(question, item["history"][-1]["question"])
        yield Example(
            question=question,
            context=text,
            title=article["title"],
            answers=tuple(spans),
            source="news-silent" if kind == "unanswerable" else f"news-{kind}",
            every=kind == "list",
        )


def hard_negatives(
    asked: Sequence[Example], among: Sequence[Example], count: int, seed: int, source: str
) -> list[Example]:
    """Questions put to the best lexical match, of the passages of others, without their answers.

    The ranking is the product's own: FTS5, Porter stems, any telling word may match.
    """
    draw = random.Random(seed)
    numbered = list({example.context: example.title for example in among}.items())
    db = sqlite3.connect(":memory:")
    db.execute("CREATE VIRTUAL TABLE passages USING fts5(text, tokenize='porter unicode61')")
    db.executemany("INSERT INTO passages VALUES (?)", ((text,) for text, _ in numbered))
    answered = [example for example in asked if example.answers]
    negatives: list[Example] = []
    for example in draw.sample(answered, min(count, len(answered))):
        terms = query_terms(example.question)
        if not terms:
            continue
        match = " OR ".join(f'"{term}"' for term in terms)
        rows = db.execute(
            "SELECT rowid FROM passages WHERE passages MATCH ? ORDER BY bm25(passages) LIMIT 8",
            (match,),
        ).fetchall()
        wanted = _answers(example)
        silent = [
            numbered[row - 1]
            for (row,) in rows
            if numbered[row - 1][0] != example.context and not _holds(numbered[row - 1][0], wanted)
        ]
        if silent:
            context, title = silent[0] if draw.random() < 0.7 else draw.choice(silent)
            negatives.append(
                replace(example, context=context, title=title, answers=(), source=source)
            )
    return negatives


def removed_answers(examples: Sequence[Example], count: int, seed: int) -> list[Example]:
    """Questions put to their own passage without the sentences that hold an answer.

    The people and events are those asked about, and the detail is missing: the hardest silence.
    """
    draw = random.Random(seed)
    negatives: list[Example] = []
    candidates = [example for example in examples if example.answers]
    for example in draw.sample(candidates, len(candidates)):
        kept = [
            example.context[sentence.start : sentence.end]
            for sentence in sentence_spans(example.context)
            if not any(
                start < sentence.end and end > sentence.start for start, end in example.answers
            )
        ]
        rest = " ".join(kept)
        if len(kept) < 2 or _holds(rest, _answers(example)):
            continue
        negatives.append(replace(example, context=rest, answers=(), source="removed"))
        if len(negatives) == count:
            break
    return negatives


def _answers(example: Example) -> set[str]:
    return {_folded(example.context[start:end]) for start, end in example.answers}


def _holds(text: str, answers: set[str]) -> bool:
    folded = f" {_folded(text)} "
    return any(f" {answer} " in folded for answer in answers)


def noised(question: str, draw: random.Random) -> str:
    """A question as people type it: often without question mark, sometimes without its frame.

    Capitals need no noise: the encoder reads lower case.
    """
    if draw.random() < 0.5:
        question = question.rstrip(" ?")
    if draw.random() < 0.08:
        question = re.sub(r"\b(the|a|an|did|does|do)\b ?", "", question, flags=re.I)
    return question


def scheduled(examples: Iterable[Example], passes: dict[str, float], seed: int) -> list[Example]:
    """Every example as often as its source is to be seen (0.5: half of them once), shuffled."""
    draw = random.Random(seed)
    chosen: list[Example] = []
    for example in examples:
        wanted = passes.get(example.source, 1.0)
        chosen += [example] * (int(wanted) + (draw.random() < wanted % 1))
    draw.shuffle(chosen)
    return chosen


def _folded(text: str) -> str:
    return " ".join(re.findall(r"\w+", text.lower()))


def _text(file: Path) -> str:
    if file.suffix == ".gz":
        with gzip.open(file, "rt", encoding="utf-8") as handle:
            return handle.read()
    return file.read_text("utf-8")
