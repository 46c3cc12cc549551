"""What a retrieval is worth: whether the article, and the answer, are among what it found."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from assistant.evaluation.matching import holds_any, share_held
from assistant.evaluation.questions import Question, load_questions
from assistant.evaluation.scoring import article_counts
from index.types import Appearance, Article

_READ = 5  # texts that are looked at for the answer


@dataclass(frozen=True, slots=True)
class Found:
    """One text that was found, with the article that it is from."""

    article: Article
    text: str


def asked(file: Path, limit: int | None = None) -> list[Question]:
    """The questions that stand alone and that the articles answer."""
    every = load_questions(file).questions
    return [one for one in every if one.type in {"answerable", "list"}][:limit]


def quality(questions: Sequence[Question], found: Sequence[Sequence[Found]]) -> dict[str, float]:
    """Shares of the questions, and the words that a reader of the first five texts must read."""
    ranks = [
        next((rank for rank, one in enumerate(several, 1) if article_counts(one.article, q)), 99)
        for q, several in zip(questions, found, strict=True)
    ]
    answered = [
        _answered(question, [one.text for one in several[:_READ]])
        for question, several in zip(questions, found, strict=True)
    ]
    words = [sum(len(one.text.split()) for one in several[:_READ]) for several in found]
    count = len(questions) or 1
    return {
        **{f"hit_{depth}": sum(rank <= depth for rank in ranks) / count for depth in (1, 5, 10)},
        "answer_5": sum(answered) / count,
        "words_5": sum(words) / count,
    }


def file_article(path: Path, kept: dict[Path, Article]) -> Article:
    """The article of a text file, as far as questions need it; `kept` holds those read before."""
    if path not in kept:
        text = path.read_text("utf-8", "replace")
        kept[path] = Article(title="", text=text, appearances=(Appearance(path=str(path)),))
    return kept[path]


def _answered(question: Question, texts: Sequence[str]) -> bool:
    if question.type == "list":
        return share_held(texts, question.answers) == 1.0
    return holds_any(texts, question.answers)
