"""How an answer stands: as of which day, and where independent reports differ from it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from assistant.evidence import cite, quote_of
from assistant.reader.reading import Reading
from assistant.scope import goes_stale
from assistant.types import Citation, Claim, Conflict, Evidence


def as_of(
    question: str, citations: Sequence[Citation], evidence: Sequence[Evidence]
) -> date | None:
    """The day of the newest article cited, where the answer may be another one by now.

    That is where the question asks of the present, or a cited story was updated before.
    """
    updated = {item.hit.article.id for item in evidence if item.hit.article.version_of is not None}
    cited = {citation.article_id for citation in citations}
    if not (goes_stale(question) or cited & updated):
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
