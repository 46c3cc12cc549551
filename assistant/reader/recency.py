"""How much a report counts by its age, where a question asks how things are now."""

from __future__ import annotations

from collections.abc import Sequence

from index.types import Hit

# Days in which a report loses half of its weight. Measured on tests/data/time.
HALF_LIFE = 2.0


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
