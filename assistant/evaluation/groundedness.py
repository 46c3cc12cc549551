"""Measuring the check of sentences: whether changed ones are caught and true ones let pass."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from assistant.evaluation.questions import read_objects
from assistant.evaluation.statistics import Share
from assistant.types import Evidence
from index.types import Article, Hit, Passage

if TYPE_CHECKING:
    from assistant.grounding.support import Judge, Support

Kind = Literal[
    "verbatim",
    "paraphrase",
    "number",
    "name",
    "date",
    "negation",
    "overclaim",
    "added",
    "unrelated",
]
CHANGED: tuple[Kind, ...] = ("number", "name", "date", "negation")


@dataclass(frozen=True, slots=True, kw_only=True)
class Triple:
    """A sentence, a passage, and whether the passage bears the sentence out.

    `kind` tells how the sentence was made: with one "number", "name", "date" or "negation"
    changed, more certain or wider than the passage ("overclaim"), with a detail that it does not
    tell ("added"), or on something else. `title` is the headline that the passage stands under.
    """

    id: str
    passage: str
    sentence: str
    supported: bool
    kind: Kind
    title: str = ""

    @property
    def evidence(self) -> Evidence:
        """The passage as the whole of an article."""
        article = Article(title=self.title, text=self.passage)
        passage = Passage.of(article, 0, len(article.text))
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


def load_triples(path: str | Path) -> tuple[Triple, ...]:
    """The triples of a JSONL file; raises PathUnusable, or InvalidOption that names the line."""
    return read_objects(path, Triple, "sentence with its passage")


def judge_all(judge: Judge, triples: Iterable[Triple]) -> Iterator[Judged]:
    """Each triple with the support that was found."""
    for triple in triples:
        yield Judged(triple, judge.support(triple.sentence, [triple.evidence]))


def grounding_measures(judged: Sequence[Judged]) -> list[Share]:
    """What was caught of each kind of false sentence, and how many true ones were flagged."""
    flagged = [one for one in judged if one.flagged]
    false = [one for one in judged if not one.triple.supported]
    parts: list[tuple[str, str, Sequence[Judged], bool]] = [
        ("precision", "flagged, and rightly", flagged, False),
        ("recall", "caught, of all not borne out", false, True),
    ]
    changed = [one for one in false if one.triple.kind in CHANGED]
    parts.append(("changed", "caught, of one thing changed", changed, True))
    for kind in (*CHANGED, "overclaim", "added", "unrelated"):
        parts.append((kind, f"  {kind}", [o for o in false if o.triple.kind == kind], True))
    true = [one for one in judged if one.triple.supported]
    parts.append(("true", "flagged, of the true", true, True))
    for kind in ("verbatim", "paraphrase"):
        parts.append(
            (f"true {kind}", f"  {kind}", [o for o in true if o.triple.kind == kind], True)
        )
    return [
        Share(
            name=name,
            label=label,
            hits=sum(o.flagged if by_flag else not o.triple.supported for o in some),
            of=len(some),
        )
        for name, label, some, by_flag in parts
        if some
    ]
