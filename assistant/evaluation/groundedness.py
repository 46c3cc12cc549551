"""Measuring the check of sentences: whether changed ones are caught and true ones let pass."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from assistant.evaluation.questions import read_lines
from assistant.evaluation.statistics import Interval, wilson
from assistant.types import Evidence
from index.errors import InvalidOption
from index.types import Article, Hit, Passage

if TYPE_CHECKING:
    from assistant.grounding.support import Judge, Support

Kind = Literal[
    "verbatim", "paraphrase", "number", "name", "date", "negation", "overclaim", "unrelated"
]
CHANGED: tuple[Kind, ...] = ("number", "name", "date", "negation")


@dataclass(frozen=True, slots=True, kw_only=True)
class Triple:
    """A sentence, a passage, and whether the passage bears the sentence out.

    `kind` tells how the sentence was made: with one "number", "name", "date" or "negation"
    changed, more certain or wider than the passage ("overclaim"), or on something else.
    """

    id: str
    passage: str
    sentence: str
    supported: bool
    kind: Kind

    @property
    def evidence(self) -> Evidence:
        """The passage as the whole of an article."""
        article = Article(title="", text=self.passage)
        passage = Passage(
            id=f"{article.id}:0-{len(self.passage)}",
            article_id=article.id,
            start=0,
            end=len(self.passage),
            text=self.passage,
        )
        return Evidence(number=1, hit=Hit(passage=passage, article=article, score=1.0))


@dataclass(frozen=True, slots=True)
class Judged:
    """What became of a triple."""

    triple: Triple
    support: Support

    @property
    def flagged(self) -> bool:
        """Whether the sentence was found not to be borne out."""
        return not self.support.confirmed

    @property
    def right(self) -> bool:
        """Whether that is so."""
        return self.flagged is not self.triple.supported


@dataclass(frozen=True, slots=True, kw_only=True)
class GroundingMeasure:
    """A share of some triples, with its 95% interval."""

    name: str
    label: str
    hits: int
    of: int

    @property
    def value(self) -> float:
        """The share, 0..1."""
        return self.hits / self.of

    @property
    def interval(self) -> Interval:
        """Wilson's interval of the share."""
        return wilson(self.hits, self.of)


def load_triples(path: str | Path) -> tuple[Triple, ...]:
    """The triples of a JSONL file; raises PathUnusable, or InvalidOption that names the line."""
    from pydantic import TypeAdapter

    adapter = TypeAdapter(Triple)
    found = []
    for number, line in enumerate(read_lines(path), 1):
        if line.strip():
            try:
                found.append(adapter.validate_python(json.loads(line)))
            except ValueError as error:  # no JSON, or not with these fields
                told = str(error).splitlines()[-1].strip()
                raise InvalidOption(
                    f"Line {number} of {str(path)!r} is no sentence with its passage: {told}",
                    "The README shows the fields.",
                ) from error
    if not found:
        raise InvalidOption(f"{str(path)!r} holds no sentence.", "Write one JSON object a line.")
    return tuple(found)


def judge_all(judge: Judge, triples: Iterable[Triple]) -> Iterator[Judged]:
    """Each triple with the support that was found."""
    for triple in triples:
        yield Judged(triple, judge.support(triple.sentence, [triple.evidence]))


def grounding_measures(judged: Sequence[Judged]) -> list[GroundingMeasure]:
    """What was caught of each kind of false sentence, and how many true ones were flagged."""
    flagged = [one for one in judged if one.flagged]
    false = [one for one in judged if not one.triple.supported]
    parts: list[tuple[str, str, Sequence[Judged], bool]] = [
        ("precision", "flagged, and rightly", flagged, False),
        ("recall", "caught, of all not borne out", false, True),
    ]
    changed = [one for one in false if one.triple.kind in CHANGED]
    parts.append(("changed", "caught, of one thing changed", changed, True))
    for kind in (*CHANGED, "overclaim", "unrelated"):
        parts.append((kind, f"  {kind}", [o for o in false if o.triple.kind == kind], True))
    true = [one for one in judged if one.triple.supported]
    parts.append(("true", "flagged, of the true", true, True))
    for kind in ("verbatim", "paraphrase"):
        parts.append(
            (f"true {kind}", f"  {kind}", [o for o in true if o.triple.kind == kind], True)
        )
    return [
        GroundingMeasure(
            name=name,
            label=label,
            hits=sum(o.flagged if by_flag else not o.triple.supported for o in some),
            of=len(some),
        )
        for name, label, some, by_flag in parts
        if some
    ]
