"""What the lines of a questions file and the pages of a SQuAD file say."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args

from assistant.evaluation.questions import Question, QuestionType, loads_object
from assistant.question import checked_question
from assistant.types import Turn
from index.errors import InvalidInput, InvalidOption
from index.reading import clean_article
from index.types import Article

_TYPES = get_args(QuestionType)
_Fields = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Parsed:
    """The questions of one file and the articles that it brings."""

    questions: tuple[Question, ...]
    articles: tuple[Article, ...]


def parse_jsonl(text: str, file: Path, *, prefix: str = "") -> Parsed:
    """Questions, one JSON object a line, or articles with their questions.

    A question without an id is called by the number of its line, with `prefix` before it; one of
    an article by the article's id and its place there, from 1. Raises InvalidOption that names
    the line.
    """
    questions: list[Question] = []
    articles: list[Article] = []
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        name = f"{prefix}{number}"
        try:
            fields = loads_object(line)
            if fields is None:
                raise _Unusable("it is no JSON object")
            if "questions" in fields:
                article = _article(fields.get("title", ""), fields.get("text"))
                articles.append(article)
                questions += _questions_of(fields, article, name)
            else:
                questions.append(_question(fields, name))
        except (_Unusable, InvalidInput) as error:
            reason = error.message if isinstance(error, InvalidInput) else str(error)
            raise InvalidOption(
                f"Line {number} of {str(file)!r} is no question: {reason.rstrip('.')}.",
                "A line is a JSON object with at least a question.",
            ) from error
    return Parsed(questions=tuple(questions), articles=tuple(articles))


def squad_pages(text: str) -> list[Any] | None:
    """The pages of a SQuAD file; None when the text is none."""
    head = text.lstrip()[:1]
    document = loads_object(text) if head == "{" else None
    pages = document.get("data") if document else None
    return pages if isinstance(pages, list) else None


def parse_squad(pages: Sequence[Any], file: Path) -> Parsed:
    """The questions of SQuAD's pages; each paragraph becomes an article under its page's title.

    A paragraph, not a page, because it is what the question was written for: a page of SQuAD has
    up to a hundred paragraphs, SQuADShifts puts two thousand strangers' comments under one title,
    and finding the page would tell nothing. Raises InvalidOption that names page and paragraph.
    """
    questions: list[Question] = []
    articles: dict[str, Article] = {}
    for page_number, page in enumerate(pages, 1):
        try:
            title = str(page.get("title", "")).replace("_", " ")
            for paragraph in page["paragraphs"]:
                article = _article(title, paragraph["context"])
                articles[article.id] = article
                questions += [_squad_question(entry, article) for entry in paragraph["qas"]]
        except (KeyError, TypeError, AttributeError, InvalidInput, _Unusable) as error:
            raise InvalidOption(
                f"Page {page_number} of {str(file)!r} is not as SQuAD's: {error!r}.",
                "A page has a title and paragraphs, a paragraph a context and qas.",
            ) from error
    return Parsed(questions=tuple(questions), articles=tuple(articles.values()))


class _Unusable(Exception):
    """Why a line cannot be used."""


def _article(title: object, text: object) -> Article:
    if not isinstance(text, str) or not isinstance(title, str):
        raise _Unusable("its article has no text")
    return clean_article(Article(title=title, text=text))


def _questions_of(fields: _Fields, article: Article, line: str) -> list[Question]:
    entries = fields["questions"]
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise _Unusable("questions is no list of objects")
    name = str(fields.get("id") or line)
    return [
        _question({**entry, "article": article.id}, f"{name}.{place}")
        for place, entry in enumerate(entries, 1)
    ]


def _squad_question(entry: _Fields, article: Article) -> Question:
    given = () if entry.get("is_impossible") else (answer["text"] for answer in entry["answers"])
    answers = list(dict.fromkeys(given))
    return _question(
        {
            "id": entry.get("id"),
            "question": entry["question"],
            "answers": answers,
            "article": article.id,
        },
        f"{article.id}.{entry['question']}",
    )


def _question(fields: _Fields, name: str) -> Question:
    answers = _texts(fields, "answers")
    kind: Any = fields.get("type")
    if kind is None:
        kind = "answerable" if answers else "unanswerable"
    if kind not in _TYPES:
        raise _Unusable(f"its type {kind!r} is none of {', '.join(_TYPES)}")
    if bool(answers) == (kind == "unanswerable"):
        raise _Unusable(f"it is {kind} and has {len(answers)} answers")
    return Question(
        id=str(fields.get("id") or name),
        type=kind,
        question=checked_question(fields.get("question", "")),
        history=_history(fields.get("history") or []),
        answers=answers,
        article=_text(fields, "article"),
        evidence=_text(fields, "evidence"),
    )


def _text(fields: _Fields, name: str) -> str:
    value = fields.get(name) or ""
    if not isinstance(value, str):
        raise _Unusable(f"{name} is no text")
    return value


def _texts(fields: _Fields, name: str) -> tuple[str, ...]:
    values = fields.get(name) or []
    if not isinstance(values, list) or not all(isinstance(v, str) and v.strip() for v in values):
        raise _Unusable(f"{name} is no list of texts")
    return tuple(values)


def _history(turns: object) -> tuple[Turn, ...]:
    if not isinstance(turns, list):
        raise _Unusable("history is no list")
    made = []
    for turn in turns:
        if not isinstance(turn, dict) or {"question", "answer"} - turn.keys():
            raise _Unusable("a turn of its history has no question and answer")
        made.append(Turn(question=str(turn["question"]), answer=str(turn["answer"])))
    return tuple(made)
