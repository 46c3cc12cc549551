"""Answers, citations, passages and articles as other programs are given them: JSON-ready values."""

from __future__ import annotations

from datetime import date
from typing import Any

from assistant.types import Answer, Citation
from index.types import Article, Hit, Verdict

_BEGINNING = 240  # characters of an article that a list shows

Record = dict[str, Any]


def answer_record(answer: Answer) -> Record:
    """An answer as JSON-ready values."""
    return {
        "text": answer.text,
        "outcome": answer.outcome,
        "sentences": [
            {
                "text": sentence.text,
                "support": sentence.support,
                "citations": [citation_record(one) for one in sentence.citations],
            }
            for sentence in answer.sentences
        ],
        "citations": [citation_record(one) for one in answer.citations],
        "confidence": round(answer.confidence, 3),
        "reports_differ": [
            [{"claim": claim.value, **citation_record(claim.citation)} for claim in conflict.claims]
            for conflict in answer.conflicts
        ],
        "nearest": [article_record(article) for article in answer.nearest],
        "as_of": _day(answer.as_of),
        "notices": [*filter(None, [answer.fallback_reason]), *answer.notices],
        "model": answer.model,
    }


def citation_record(citation: Citation) -> Record:
    """A citation as JSON-ready values; start and end are characters of the article's text."""
    return {
        "number": citation.number,
        "title": citation.title,
        "outlet": citation.source,
        "date": _day(citation.published),
        "url": citation.url,
        "quote": citation.quote,
        "start": citation.start,
        "end": citation.end,
        "article_id": citation.article_id,
    }


def passage_record(hit: Hit) -> Record:
    """A passage as JSON-ready values; start and end are characters of the article's text."""
    return {
        "title": hit.article.title,
        "outlet": hit.article.source,
        "date": _day(hit.article.published),
        "url": hit.article.url,
        "text": hit.passage.text,
        "start": hit.passage.start,
        "end": hit.passage.end,
        "article_id": hit.article.id,
    }


def article_record(article: Article) -> Record:
    """An article as JSON-ready values, with how it begins."""
    beginning = " ".join(article.text[: 2 * _BEGINNING].split())
    return {
        "id": article.id,
        "title": article.title,
        "outlet": article.source,
        "date": _day(article.published),
        "url": article.url,
        "beginning": beginning[:_BEGINNING],
    }


def verdict_record(verdict: Verdict) -> Record:
    """What became of an article, as JSON-ready values."""
    return {
        "status": verdict.status,
        "reason": verdict.reason,
        "title": verdict.title,
        "article_id": verdict.article_id,
    }


def _day(day: date | None) -> str | None:
    return day.isoformat() if day else None
