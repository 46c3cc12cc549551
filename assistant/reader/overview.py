"""Questions too wide for a sentence of an article: "what is the latest on the bridge?".

What answers them is how the newest reports on the subject begin: a news story tells first what is
new.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from assistant.evidence import numbered
from assistant.reader.reading import Finding, Reading
from assistant.reader.terms import analyse, stems_of
from index.sentences import Span, sentence_spans
from index.types import Article, Hit, Passage

REPORTS = 3  # told of at most, each by one sentence
_OPENING = 900  # characters of a report that are looked at, and given to a model: some 150 words
_LEAST = 6  # words of a sentence that tells something: no by-line, no place

_ABOUT = r"(?:on|about|of|from|in|at|with|regarding|concerning|for|to)"
_NEWS = r"(?:latest|newest|news|new|happening|going on)"
_FORMS = tuple(
    re.compile(rf"^\W*{form}\W*$", re.I)
    for form in (
        # "what is the latest (news) on X", "what's new", "what is happening at X"
        rf"what(?:['’]s|s| is| are| has been)(?: the)? {_NEWS}"
        rf"(?: news| developments?| reports?| updates?)?(?: {_ABOUT} (?P<subject>.+?))?(?: now)?",
        rf"(?:(?:is there |are there |give me )?(?:any|the|some) )?(?:latest |recent |new )?"
        rf"(?:news|updates?|developments?|headlines)(?: {_ABOUT} (?P<subject>.+?))?",
        rf"(?:the )?latest(?: {_ABOUT} (?P<subject>.+?))?",
        rf"what (?:is (?:known|reported|said)|do (?:we|you) know|was (?:reported|said)|"
        rf"has been (?:reported|said))(?: so far)?(?: {_ABOUT} (?P<subject>.+?))?",
        r"(?:tell me about|summari[sz]e|sum up) (?P<subject>.+?)",
        r"what (?:has )?happened(?: recently)?",
    )
)
# What is left of "what did the Post report about X" without the outlet.
_LEFT = re.compile(rf"^\W*what(?: {_ABOUT} (?P<subject>.+?))?\W*$", re.I)
_HAPPENED = re.compile(rf"^\W*what (?:has )?happened {_ABOUT} (?P<subject>.+?)\W*$", re.I)


# "the latest on the cost of the bridge" asks one thing, which a sentence tells.
_ONE_THING = re.compile(
    r"^(?:(?:the|its|their|his|her) )?(?:\w+ )?(?:costs?|prices?|number|toll|count|size|value|date|"
    r"score|results?|names?|rate|share|amount|total|cause|reasons?)\b",
    re.I,
)


def wide_subject(question: str, *, of_outlet: bool = False) -> str | None:
    """What a question wants told in general: "" for everything, None where it asks one thing.

    `of_outlet` says that words for an outlet were taken out of it.
    """
    for form in (*_FORMS, _LEFT) if of_outlet else _FORMS:
        if match := form.match(question):
            subject = match.groupdict().get("subject") or ""
            return None if _ONE_THING.match(subject) else subject
    return None


def happening(question: str) -> str | None:
    """The subject of "what happened to X": one sentence may tell it, and if not, the reports do."""
    match = _HAPPENED.match(question)
    return match and match["subject"]


def overview(articles: Iterable[Article], subject: str, *, top_k: int) -> Reading:
    """The openings of the newest articles on a subject, as a reading; of all, where it is "".

    An article is on a subject when its headline and opening hold every word of it.
    """
    wanted = analyse(subject).stems if subject else ()
    families: dict[str, Hit] = {}
    for article in sorted(articles, key=_age):
        hit = _opening(article)
        told = stems_of(f"{article.title} {hit.passage.text}")
        if all(stem in told for stem in wanted):
            families.setdefault(article.family or article.id, hit)
    hits = list(families.values())[:top_k]
    findings = tuple(_lede(place, hit) for place, hit in enumerate(hits[:REPORTS]))
    return Reading(
        evidence=numbered(hits),
        findings=findings,
        confidence=1.0 if findings else 0.0,
        answered=bool(findings),
    )


def articles_of(hits: Sequence[Hit]) -> list[Article]:
    """The articles that hits come from, each once."""
    return list({hit.article.id: hit.article for hit in hits}.values())


def _age(article: Article) -> tuple[bool, int]:
    """Sorts the newest first and the undated last."""
    return article.published is None, -(article.published.toordinal() if article.published else 0)


def _opening(article: Article) -> Hit:
    """The first sentences of an article as a passage of its own."""
    spans = list(_sentences(article.text))
    start = spans[0].start if spans else 0
    end = spans[-1].end if spans else min(_OPENING, len(article.text))
    return Hit(passage=Passage.of(article, start, end), article=article, score=0.0)


def _sentences(text: str) -> Iterator[Span]:
    """The whole sentences of a text's opening; one at least."""
    for place, span in enumerate(sentence_spans(text[: 4 * _OPENING])):
        if place and span.end > _OPENING:
            return
        yield span


def _lede(place: int, hit: Hit) -> Finding:
    """The first sentence of a report that tells something."""
    article, passage = hit.article, hit.passage
    spans = sentence_spans(passage.text)
    title = " ".join(article.title.split()).casefold()

    def tells(span: Span) -> bool:
        words = passage.text[span.start : span.end].split()
        return len(words) >= _LEAST and " ".join(words).casefold() != title

    lede = next(filter(tells, spans), spans[0])
    return Finding(
        evidence=place,
        start=passage.start + lede.start,
        end=passage.start + lede.end,
        score=1.0,
    )
