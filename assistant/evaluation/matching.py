"""Whether one text holds another: by whole tokens, after normalising as SQuAD does."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence

_FOLDED = str.maketrans({"‘": "'", "’": "'", "‛": "'", "′": "'", "“": '"', "”": '"', "„": '"'})
_ARTICLES = frozenset({"a", "an", "the"})
_POSSESSIVE = re.compile(r"(?<=\w)'s\b")  # "Iran's bid" tells of Iran
_INITIALS = re.compile(r"\b[^\W\d_](?:\.[^\W\d_])+\b\.?")  # "U.S." and "J.K." are one token
_THOUSANDS = re.compile(r"(?<![\w.,])\d{1,3}(?:,\d{3})+(?![\d,])")
# "£4 bn" is "£4bn", "10 am" is "10am": a unit belongs to its number, and "£4" is in neither.
_SPACED_UNIT = re.compile(r"(?<=\d)\s+(?=(?:bn|mn|m|k|tn|kg|km|cm|mm|mph|p|am|pm)\b)")
_TOKEN = re.compile(r"(?<!\w)\.\d+[^\W_]*|\d+(?:\.\d+)*[^\W_]*|[^\W_]+|[£$€¥%]")


def tokens(text: str) -> tuple[str, ...]:
    """The tokens that texts are compared by.

    As SQuAD's evaluation: lower case, without a/an/the, punctuation, apostrophes inside words and
    the possessive "'s". Kept are digits with their decimal points, £ $ € ¥ and %, each sign a token
    of its own; a number keeps the letters behind it ("4bn", "5th"); a hyphen or slash splits words.
    Source: Rajpurkar et al., EMNLP 2016, `evaluate-v1.1.py`, with these departures.
    """
    folded = unicodedata.normalize("NFKC", text.translate(_FOLDED)).lower().replace("&", " and ")
    folded = _POSSESSIVE.sub("", folded).replace("'", "")
    folded = _INITIALS.sub(lambda found: found[0].replace(".", ""), folded)
    folded = _THOUSANDS.sub(lambda found: found[0].replace(",", ""), folded)
    found = _TOKEN.findall(_SPACED_UNIT.sub("", folded))
    return tuple(token for token in found if token not in _ARTICLES) or tuple(found)


def holds(text: str, wanted: str) -> bool:
    """Whether the tokens of `wanted` stand in `text`, in a row and each a whole token there."""
    inside, sought = tokens(text), tokens(wanted)
    if not sought:
        return not inside
    last = len(inside) - len(sought)
    return any(inside[at : at + len(sought)] == sought for at in range(last + 1))


def holds_any(texts: Iterable[str], accepted: Sequence[str]) -> bool:
    """Whether one of the texts holds one of the accepted answers."""
    return any(holds(text, answer) for text in texts for answer in accepted)


def share_held(texts: Sequence[str], parts: Sequence[str]) -> float:
    """The share, 0..1, of the parts that stand in one of the texts; `parts` is not empty."""
    return sum(holds_any(texts, [part]) for part in parts) / len(parts)


def exact_match(text: str, accepted: Sequence[str]) -> bool:
    """Whether the text is one of the accepted answers, token for token."""
    return any(tokens(text) == tokens(answer) for answer in accepted)


def best_f1(text: str, accepted: Sequence[str]) -> float:
    """The best token F1, 0..1, of the text against one of the accepted answers (SQuAD's F1)."""
    return max((_f1(tokens(text), tokens(answer)) for answer in accepted), default=0.0)


def _f1(given: Sequence[str], wanted: Sequence[str]) -> float:
    if not given or not wanted:
        return float(given == wanted)
    shared = (Counter(given) & Counter(wanted)).total()
    return 2 * shared / (len(given) + len(wanted))
