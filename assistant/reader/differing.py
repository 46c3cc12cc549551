"""Where reports differ: what each independent source answers, and whether it can all be right."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from assistant.reader.terms import Question
from assistant.reader.values import Value, agree, differ, value_of
from index.types import Article

_KINDS = frozenset({"number", "money", "duration", "time", "person", "place"})
_FIRM = re.compile(
    r"\b(?:which|what) (?:[a-z]+ )?(?:agency|airline|bank|club|company|court|firm|group|"
    r"institute|ministry|newspaper|organi[sz]ation|party|ship|team|union|university)\b",
    re.I,
)
# Names that stand near such a question must not be lined up as so many culprits.
_ACCUSES = re.compile(r"\b(?:blam|guilt|at fault|responsib|suspect|culprit|crime)\w*", re.I)
_CAUSE = re.compile(
    r"\bwhat (?:\w+ )?(?:caused|causes|started|sparked|triggered|led to|set off)\b|"
    r"\bwhat (?:is|was) (?:the|its) cause\b",
    re.I,
)
_FATES = tuple(
    re.compile(rf"\b(?:{words})\b", re.I)
    for words in (
        r"die[ds]?|dead|deaths?|kill(?:ed|s)|fatal(?:ly|ities)?|los(?:t|e) (?:their|his|her) li\w+",
        r"injur(?:ed|ies|y)|hurt|wound(?:ed|s)|casualties|taken to hospital|in hospital",
        r"missing|unaccounted",
        r"rescued?|saved?|winched|brought ashore|evacuat(?:ed|ions?)",
        r"arrest(?:ed|s)|detained|charged",
    )
)
# Chosen on tests/data/time-questions.jsonl: sentences on the very thing asked have a twentieth of
# the best one's probability there at least, those on another thing of the subject mostly less.
_SURE = -1.0  # logit of a passage from which what it says counts
_UNSURE, _COVERS = -2.0, 0.4  # the same where its sentence holds so much of the question
_TOLD_OF = 0.3  # of the question that a sentence must hold to tell a cause: any words may be one
_LIKELY = 0.04  # of the best sentence's probability, from which another source's counts
_AS_LIKELY = 0.3  # of an outlet's likeliest sentence, from which a newer one stands in its place
_DAYS = 14  # between two reports beyond which the later one is newer, not different


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A sentence that was read: its place, how likely it answers, and its likeliest words."""

    place: int
    probability: float
    answered: float  # logit that its passage answers
    elsewhere: bool  # whether it counts others of those whom news counts than was asked for
    coverage: float  # share of the question's words that it holds, by weight
    words: str
    before: str  # of the sentence, before and after those words
    after: str
    article: Article


@dataclass(frozen=True, slots=True)
class Claim:
    """What one source answers, and what its words come to."""

    told: Told
    value: Value


def counts_others(question: str, sentence: str) -> bool:
    """Whether a question asks for the dead, say, and a sentence tells only of the injured."""
    for fate in _FATES:
        if fate.search(question):
            told = [other for other in _FATES if other is not fate and other.search(sentence)]
            return bool(told) and not fate.search(sentence)
    return False


def compared_as(asked: Question) -> str | None:
    """What the answers to a question are compared as; None where they cannot be."""
    if asked.kind == "person" and _ACCUSES.search(asked.text):
        return None
    if asked.kind in _KINDS:
        return asked.kind
    if _FIRM.search(asked.text):
        return "name"
    return "cause" if _CAUSE.search(asked.text) else None


def differing(kind: str, told: Iterable[Told]) -> list[Claim]:
    """The claims of independent sources that cannot all be right; empty where they agree.

    `told` comes the likeliest first, and is taken no further than it can matter. Of one outlet only
    the newest claim stands: what it said before was updated. The first claim is the likeliest.
    """
    outlets = _outlets(kind, told)
    rivals = [other.claim for other in outlets[1:] if _rivals(outlets[0], other)]
    return [outlets[0].claim, *rivals] if rivals else []


@dataclass(slots=True)
class _Outlet:
    """What one outlet says: its claim, and what that report or a newer one may say as well."""

    claim: Claim
    beside: list[Value]


def _outlets(kind: str, told: Iterable[Told]) -> list[_Outlet]:
    """What each outlet says, the likeliest first; `told` is in that order too."""
    found: dict[str, _Outlet] = {}
    best = 0.0
    for one in told:
        best = best or one.probability
        if one.probability < _LIKELY * best:
            break
        article = one.article
        if article.source is None or not _counts(kind, one):
            continue
        value = value_of(kind, one.words, one.before, one.after, article.published)
        if value is None:
            continue
        name = article.source.casefold()
        known = found.get(name)
        if known is None:
            found[name] = _Outlet(Claim(one, value), [])
        elif one.probability < _AS_LIKELY * known.claim.told.probability:
            if _newer(article, known.claim.told.article):
                known.beside.append(value)
        elif _newer(article, known.claim.told.article):
            found[name] = _Outlet(Claim(one, value), [])
        elif article.id == known.claim.told.article.id:
            known.beside.append(value)
    return sorted(found.values(), key=lambda outlet: -outlet.claim.told.probability)


def _counts(kind: str, one: Told) -> bool:
    """Whether what a sentence says counts: its passage answers, or it holds what was asked for."""
    if kind == "cause" and one.coverage < _TOLD_OF:
        return False
    if one.elsewhere:
        return False
    return one.answered >= (_SURE if one.coverage < _COVERS else _UNSURE)


def _rivals(first: _Outlet, other: _Outlet) -> bool:
    """Whether another source's claim cannot be right if the first is.

    Not where one of the two reports also says what the other does. A name that the first one's own
    sentence holds as well is told in another part by both.
    """
    if not differ(first.claim.value, other.claim.value):
        return False
    ours, theirs = [first.claim.value, *first.beside], [other.claim.value, *other.beside]
    if any(agree(one, another) for one in ours for another in theirs):
        return False
    told, names = first.claim.told, other.claim.value.names
    sentence = f"{told.before} {told.words} {told.after}".casefold()
    if names and all(name in sentence for name in names):
        return False
    return _independent(told.article, other.claim.told.article)


def _newer(one: Article, other: Article) -> bool:
    return bool(one.published and other.published and one.published > other.published)


def _independent(one: Article, other: Article) -> bool:
    """Whether two reports stand side by side: no copies of one, and of about the same days."""
    if (one.family or one.id) == (other.family or other.id):
        return False
    if one.published is None or other.published is None:
        return one.published == other.published
    return abs((one.published - other.published).days) <= _DAYS
