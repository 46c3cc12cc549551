"""Comparing one answer with what was expected: pure functions from an answer to a result."""

from __future__ import annotations

import re
from collections.abc import Sequence

from assistant.evaluation.matching import best_f1, exact_match, holds_any, share_held
from assistant.evaluation.questions import Question
from assistant.evaluation.results import Matched, Result, Retrieved, Seconds, Verdict
from assistant.types import Answer, Citation, Evidence
from index.types import Article, Hit

_MARKER = re.compile(r"[ \t]*\[\d+\]")
_READ = 5  # passages that are looked at for the answer


def score(
    question: Question, answer: Answer, evidence: Sequence[Evidence], hits: Sequence[Hit]
) -> Result:
    """The result of a question: `evidence` was read for the answer, `hits` a plain search found."""
    declined = answer.outcome == "not_in_articles"
    text = plain_text(answer)
    matched = _matched(question, answer, evidence) if question.answers else None
    took = answer.timings
    return Result(
        id=question.id,
        type=question.type,
        question=question.question,
        verdict=_verdict(declined, matched),
        expected=question.answers,
        outcome=answer.outcome,
        confidence=answer.confidence,
        text=text,
        short="" if declined else short_answer(answer),
        quotes=tuple(citation.quote for citation in answer.citations),
        titles=tuple(citation.title for citation in answer.citations),
        standalone_question=answer.standalone_question,
        model=answer.model,
        fallback_reason=answer.fallback_reason,
        words=0 if declined else len(text.split()),
        retrieved=_retrieved(question, evidence, hits) if question.answers else None,
        matched=matched,
        seconds=Seconds(total=took.total, retrieval=took.retrieval, answering=took.answering),
    )


def short_answer(answer: Answer) -> str:
    """The shortest form of an answer: its `short` words where it has some, else its text."""
    return answer.short or plain_text(answer)


def plain_text(answer: Answer) -> str:
    """The text of an answer without markers."""
    return _MARKER.sub("", answer.text)


def article_counts(article: Article, question: Question) -> bool:
    """Whether it is the article of the question, or a copy that holds the question's evidence."""
    wanted = question.article
    if wanted:
        paths = (place.path for place in article.appearances if place.path)
        ends = (f"/{path.replace(chr(92), '/')}".endswith(f"/{wanted}") for path in paths)
        if article.id == wanted or any(ends):
            return True
    return bool(question.evidence) and _folded(question.evidence) in _folded(article.text)


def first_passage(answer: Answer, evidence: Sequence[Evidence]) -> str:
    """The passage that the first citation quotes, else its quote; "" without a citation."""
    if not answer.citations:
        return ""
    first = answer.citations[0]
    quoted = (item.hit.passage.text for item in evidence if _contains(item, first))
    return next(quoted, first.quote)


def _contains(item: Evidence, citation: Citation) -> bool:
    passage = item.hit.passage
    inside = passage.start <= citation.start and citation.end <= passage.end
    return inside and passage.article_id == citation.article_id


def _retrieved(question: Question, evidence: Sequence[Evidence], hits: Sequence[Hit]) -> Retrieved:
    ranks = (rank for rank, hit in enumerate(hits, 1) if article_counts(hit.article, question))
    return Retrieved(
        names_article=bool(question.article or question.evidence),
        rank=next(ranks, None),
        in_search=_satisfied(question, [hit.passage.text for hit in hits[:_READ]]),
        in_evidence=_satisfied(question, [item.hit.passage.text for item in evidence[:_READ]]),
    )


def _matched(question: Question, answer: Answer, evidence: Sequence[Evidence]) -> Matched:
    if answer.outcome == "not_in_articles":
        return Matched(
            in_text=False, in_quotes=False, in_passage=False, parts=0.0, exact=False, f1=0.0
        )
    text, short = plain_text(answer), short_answer(answer)
    in_text = _satisfied(question, [text])
    is_list = question.type == "list"
    return Matched(
        in_text=in_text,
        in_quotes=_satisfied(question, [citation.quote for citation in answer.citations]),
        in_passage=_satisfied(question, [first_passage(answer, evidence)]),
        parts=share_held([text], question.answers) if is_list else float(in_text),
        exact=exact_match(short, question.answers),
        f1=best_f1(short, question.answers),
    )


def _satisfied(question: Question, texts: Sequence[str]) -> bool:
    """Whether the texts hold an accepted answer, or between them every part of a list."""
    if question.type == "list":
        return share_held(texts, question.answers) == 1.0
    return holds_any(texts, question.answers)


def _verdict(declined: bool, matched: Matched | None) -> Verdict:
    if matched is None:
        return "refused" if declined else "invented"
    if declined:
        return "declined"
    if matched.in_text:
        return "right"
    return "partly" if matched.parts > 0 else "wrong"


def _folded(text: str) -> str:
    return " ".join(text.split())
