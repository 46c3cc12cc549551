"""Fitting the constants of `fitted` to labelled sentences.

For developers: `python -m assistant.grounding.fit FILES` needs scipy, which sentence-transformers
brings. Prints the constants, and what they come to when each passage is judged by what was fitted
to the others, file by file.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import astuple, fields
from pathlib import Path
from typing import Any

import numpy as np

from assistant.evaluation.groundedness import CHANGED, Triple, load_triples
from assistant.grounding.entailment import Entailment
from assistant.grounding.fitted import LEAST_KIN
from assistant.grounding.seen import IN_FAVOUR, Seen
from assistant.grounding.support import Judge
from assistant.reader.spans import SpanReader
from index.embedding import embedder_for

_FOLDS = 6
_PULL = 0.005  # towards 0, in units of each feature's spread


def main(paths: list[str]) -> None:
    """Fit to the triples of some files, each weighing alike, and print what came of it."""
    judge = Judge(SpanReader(), Entailment(), embedder_for(None).embed)
    files = [load_triples(Path(path)) for path in paths]
    triples = [triple for file in files for triple in file]
    looked = [judge.see(triple.sentence, [triple.evidence]) for triple in triples]
    rows = np.array([astuple(one.seen) for one in looked])
    vetoed = np.array([bool(one.missing) or one.kin < LEAST_KIN for one in looked])
    origin = np.repeat(np.arange(len(files)), [len(file) for file in files])
    fit_and_print(rows, vetoed, triples, origin, paths)


def fit_and_print(
    rows: Any, vetoed: Any, triples: Sequence[Triple], origin: Any, names: Sequence[str]
) -> None:
    """The constants, and each file's figures; `origin` is the number of each triple's file."""
    true = np.array([triple.supported for triple in triples])
    changed = np.isin([triple.kind for triple in triples], CHANGED)
    weight = _weights(true, origin)
    likely = _validated(rows, true, weight, triples)
    for number, name in enumerate(names):
        own = origin == number
        print(name)
        for limit in (0.2, 0.25, 0.3, 0.35, 0.4, 0.5):
            flagged = ((likely < limit) | vetoed)[own]
            shares = [flagged[some[own]].mean() for some in (changed, true, ~true)]
            print(
                f"  below {limit:.2f}: changed caught {shares[0]:.3f}, "
                f"true flagged {shares[1]:.3f}, all false caught {shares[2]:.3f}"
            )
    weights, bias = _fitted(rows, true, weight)
    for field, each in zip(fields(Seen), weights, strict=True):
        print(f"    {field.name}={each:.3f},")
    print(f"BIAS = {bias:.3f}")


def _weights(true: Any, origin: Any) -> Any:
    """What each sentence counts: each file alike, and in it the true ones as much as the false."""
    weight = np.empty(len(true))
    for number in set(origin):
        for some in (true, ~true):
            weight[some & (origin == number)] = 1 / (some & (origin == number)).sum()
    return weight


def _validated(rows: Any, true: Any, weight: Any, triples: Sequence[Triple]) -> Any:
    """The probability of each sentence by the constants fitted to other passages."""
    passages = list(dict.fromkeys(triple.passage for triple in triples))
    fold = np.array([passages.index(triple.passage) % _FOLDS for triple in triples])
    likely = np.empty(len(triples))
    for each in range(_FOLDS):
        others = fold != each
        weights, bias = _fitted(rows[others], true[others], weight[others])
        likely[~others] = 1 / (1 + np.exp(-(rows[~others] @ weights + bias)))
    return likely


def _fitted(rows: Any, true: Any, weight: Any) -> tuple[Any, float]:
    """Weights and bias of a logistic regression."""
    from scipy.optimize import minimize

    middle, spread = rows.mean(0), rows.std(0) + 1e-6
    scaled = (rows - middle) / spread
    sign, share = np.where(true, -1, 1), weight / weight.sum()

    def loss(found: Any) -> float:
        surprise = np.logaddexp(0, sign * (scaled @ found[:-1] + found[-1]))
        return float(share @ surprise + _PULL * (found[:-1] ** 2).sum())

    # What speaks against a sentence never counts for it, whatever these few say.
    bounds = [(0, None) if field.name in IN_FAVOUR else (None, 0) for field in fields(Seen)]
    found = minimize(loss, np.zeros(rows.shape[1] + 1), bounds=[*bounds, (None, None)]).x
    weights = found[:-1] / spread
    return weights, float(found[-1] - weights @ middle)


if __name__ == "__main__":
    main(sys.argv[1:])
