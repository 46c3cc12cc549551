"""Where reports differ: what each independent source answers, and whether it can all be right."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from assistant.reader.values import Value, differ, value_of
from index.types import Article

COMPARED = frozenset({"number", "money", "duration", "time", "person", "place"})  # question kinds
# Chosen on tests/data/time-questions.jsonl: sentences on the very thing asked have a twentieth of
# the best one's probability there at least, those on another thing of the subject mostly less.
_SURE = -1.0  # logit of a passage from which what it says counts
_LIKELY = 0.04  # of the best sentence's probability, from which another source's counts
_AS_LIKELY = 0.3  # of an outlet's likeliest sentence, from which a newer one stands in its place
_DAYS = 7  # between two reports beyond which the later one is newer, not different


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A sentence that was read: its place, how likely it answers, and its likeliest words."""

    place: int
    probability: float
    answered: float  # logit that its passage answers
    words: str
    before: str  # of the sentence, before and after those words
    after: str
    article: Article


@dataclass(frozen=True, slots=True)
class Claim:
    """What one source answers, and what its words come to."""

    told: Told
    value: Value


def differing(kind: str, told: Iterable[Told]) -> list[Claim]:
    """The claims of independent sources that cannot all be right; empty where they agree.

    `told` comes the likeliest first, and is taken no further than it can matter. Of one outlet only
    the newest claim stands: what it said before was updated. The first claim is the likeliest.
    """
    claims = _claims(kind, told)
    rivals = [claim for claim in claims[1:] if _rivals(claims[0], claim)]
    return [claims[0], *rivals] if rivals else []


def _claims(kind: str, told: Iterable[Told]) -> list[Claim]:
    """The newest claim of each outlet, the likeliest first; `told` is in that order too."""
    by_outlet: dict[str, Claim] = {}
    best = 0.0
    for one in told:
        article = one.article
        best = best or one.probability
        if one.probability < _LIKELY * best:
            break
        if article.source is None or one.answered < _SURE:
            continue
        value = value_of(kind, one.words, one.before, one.after, article.published)
        if value is None:
            continue
        known = by_outlet.get(article.source.casefold())
        if known is None or (
            _newer(article, known.told.article)
            and one.probability >= _AS_LIKELY * known.told.probability
        ):
            by_outlet[article.source.casefold()] = Claim(one, value)
    return sorted(by_outlet.values(), key=lambda claim: -claim.told.probability)


def _rivals(first: Claim, other: Claim) -> bool:
    """Whether another source's claim cannot be right if the first is.

    A name that the first one's own sentence holds as well is told in another part by both.
    """
    if not differ(first.value, other.value):
        return False
    sentence = f"{first.told.before} {first.told.words} {first.told.after}".casefold()
    if other.value.names and all(name in sentence for name in other.value.names):
        return False
    return _independent(first.told.article, other.told.article)


def _newer(one: Article, other: Article) -> bool:
    return bool(one.published and other.published and one.published > other.published)


def _independent(one: Article, other: Article) -> bool:
    """Whether two reports stand side by side: no copies of one, and of about the same days."""
    if (one.family or one.id) == (other.family or other.id):
        return False
    if one.published is None or other.published is None:
        return True
    return abs((one.published - other.published).days) <= _DAYS
