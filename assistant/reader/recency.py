"""How much a report counts by its age, where a question asks how things are now."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from index.types import Hit

HALF_LIFE = 4.0  # days in which a report loses half of its weight in what is read first
# What an older sentence counts against a newer one, and how much less likely that may be. Of the 24
# questions for the newest in tests/data/time-questions.jsonl 23 are right with it, 21 without; from
# 0.05 to 0.1 it is the same, and a half-life of 2 to 14 days tells nothing apart there.
NEARLY = 0.1


def recency_weights(hits: Sequence[Hit]) -> list[float]:
    """A weight (0..1] for each hit: 1 for the newest, halved for each half-life that it is older.

    Age counts from the newest of them rather than from today: of an archive the newest reports
    are old too. An undated one counts as the oldest.
    """
    days = [hit.article.published for hit in hits]
    dated = [day for day in days if day is not None]
    if not dated:
        return [1.0] * len(hits)
    newest, oldest = max(dated), min(dated)
    return [0.5 ** ((newest - (day or oldest)).days / HALF_LIFE) for day in days]


def newest_first(probabilities: Sequence[float], days: Sequence[date | None]) -> list[float]:
    """The probabilities of sentences, lowered where a newer one is nearly as likely."""
    likely = NEARLY * max(probabilities, default=0.0)
    newest = max(
        (day for p, day in zip(probabilities, days, strict=True) if day and p >= likely),
        default=date.min,
    )
    return [
        p if day and day >= newest else p * NEARLY
        for p, day in zip(probabilities, days, strict=True)
    ]
