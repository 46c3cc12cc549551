"""How an answer stands: as of which day, and where independent reports differ from it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from assistant.evidence import cite, quote_of
from assistant.reader.reading import Reading
from assistant.scope import goes_stale
from assistant.types import Citation, Claim, Conflict, Evidence
from index.errors import ArticleNotFound
from index.library import Library


def as_of(
    question: str, citations: Sequence[Citation], evidence: Sequence[Evidence], library: Library
) -> date | None:
    """The day of the newest article cited, where the answer may be another one by now.

    That is where the question asks of the present, or the cited words were other ones in an
    earlier version of the story.
    """
    before = {
        item.hit.article.id: item.hit.article.version_of
        for item in evidence
        if item.hit.article.version_of is not None
    }
    changed = any(
        one.quote not in _text(library, earlier)
        for one in citations
        if (earlier := before.get(one.article_id)) is not None
    )
    if not (goes_stale(question) or changed):
        return None
    return max((one.published for one in citations if one.published), default=None)


def conflicts(
    question: str, reading: Reading, citations: Sequence[Citation]
) -> tuple[Conflict, ...]:
    """What independent sources say differently, each claim with the words that make it.

    Their citations go on from the numbers of the answer's, or are those where the words are the
    same.
    """
    if not reading.differing:
        return ()
    known = {(one.article_id, one.start, one.end): one for one in citations}
    claims: list[Claim] = []
    for finding in reading.differing:
        hit = reading.evidence[finding.evidence].hit
        quote = quote_of(hit.article, finding.start, finding.end)
        key = (hit.article.id, quote.start, quote.end)
        citation = known.setdefault(key, cite(len(known) + 1, hit, quote))
        claims.append(Claim(value=finding.words, citation=citation))
    return (Conflict(subject=question, claims=tuple(claims)),) if len(claims) > 1 else ()


def _text(library: Library, article_id: str) -> str:
    try:
        return library.get(article_id).text
    except ArticleNotFound:  # removed by another process a moment ago
        return ""
