"""Fitting the constants of `fitted` to labelled sentences.

For developers: `python -m assistant.grounding.fit FILE` needs scipy, which sentence-transformers
brings. Prints the constants, and what they come to when each passage is judged by what was fitted
to the others.
"""

from __future__ import annotations

import sys
from dataclasses import astuple, fields
from pathlib import Path
from typing import Any

import numpy as np

from assistant.evaluation.groundedness import CHANGED, Triple, load_triples
from assistant.grounding.fitted import LEAST_KIN
from assistant.grounding.seen import Seen
from assistant.grounding.support import Judge
from assistant.reader.spans import SpanReader
from index.embedding import embedder_for

_FOLDS = 6
_PULL = 0.005  # towards 0, in units of each feature's spread


def main(paths: list[str]) -> None:
    """Fit to the triples of some files, and print what came of it."""
    judge = Judge(SpanReader(), embedder_for(None).embed)
    triples = [triple for path in paths for triple in load_triples(Path(path))]
    looked = [judge.see(triple.sentence, [triple.evidence]) for triple in triples]
    rows = np.array([astuple(one.seen) for one in looked])
    missing = np.array([bool(one.missing) or one.kin < LEAST_KIN for one in looked])
    true = np.array([triple.supported for triple in triples])
    likely = _validated(rows, true, triples)
    kinds = np.array([triple.kind for triple in triples])
    for limit in (0.2, 0.3, 0.4, 0.5, 0.6):
        flagged = (likely < limit) | missing
        caught = flagged[np.isin(kinds, CHANGED)].mean()
        print(
            f"below {limit:.1f}: changed caught {caught:.3f}, true flagged "
            f"{flagged[true].mean():.3f}, all false caught {flagged[~true].mean():.3f}",
        )
    weights, bias = _fitted(rows, true)
    for field, weight in zip(fields(Seen), weights, strict=True):
        print(f"    {field.name}={weight:.3f},")
    print(f"BIAS = {bias:.3f}")


def _validated(rows: Any, true: Any, triples: list[Triple]) -> Any:
    """The probability of each sentence by the constants fitted to other passages."""
    passages = list(dict.fromkeys(triple.passage for triple in triples))
    fold = np.array([passages.index(triple.passage) % _FOLDS for triple in triples])
    likely = np.empty(len(triples))
    for each in range(_FOLDS):
        weights, bias = _fitted(rows[fold != each], true[fold != each])
        likely[fold == each] = 1 / (1 + np.exp(-(rows[fold == each] @ weights + bias)))
    return likely


def _fitted(rows: Any, true: Any) -> tuple[Any, float]:
    """Weights and bias of a logistic regression in which true and false sentences weigh alike."""
    from scipy.optimize import minimize

    middle, spread = rows.mean(0), rows.std(0) + 1e-6
    scaled = (rows - middle) / spread
    sign = np.where(true, -1, 1)
    share = np.where(true, 0.5 / true.sum(), 0.5 / (~true).sum())

    def loss(found: Any) -> float:
        surprise = np.logaddexp(0, sign * (scaled @ found[:-1] + found[-1]))
        return float(share @ surprise + _PULL * (found[:-1] ** 2).sum())

    # What speaks against a sentence never counts for it, whatever these few say.
    bounds = [(0, None) if field.name == "answered" else (None, 0) for field in fields(Seen)]
    found = minimize(loss, np.zeros(rows.shape[1] + 1), bounds=[*bounds, (None, None)]).x
    weights = found[:-1] / spread
    return weights, float(found[-1] - weights @ middle)


if __name__ == "__main__":
    main(sys.argv[1:])
