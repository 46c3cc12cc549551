"""Fits what the built-in reader decides by: `python -m assistant.reader.training.fit --help`.

For developers: needs scipy, which sentence-transformers brings. Prints the
constants of `calibration.py`, with figures from five-fold cross-validation over questions.
"""

from __future__ import annotations

import argparse
import pickle
from collections.abc import Callable, Sequence
from dataclasses import astuple, fields
from pathlib import Path
from typing import Any

import numpy as np

from assistant.evaluation.statistics import auc
from assistant.reader.calibration import sentence_probabilities
from assistant.reader.extractive import best_span
from assistant.reader.features import (
    DecisionFeatures,
    SentenceFeatures,
    decision_features,
)
from assistant.reader.spans import SpanReader
from assistant.reader.training.observe import Observed, as_read, observed_set

_FOLDS = 5
_MARGIN = 0.6  # of what may be declined: what is promised must hold for other questions too
# A certain span in a passage that does not answer is what misleads most: the sets decide on those.
_EITHER_WAY = ("mass", "span", "certainty")
_AGAINST = ("unfit", "unknown", "any_unknown", "size")
_BOUNDS = dict.fromkeys(_AGAINST, (None, 0)) | dict.fromkeys(_EITHER_WAY, (None, None))
_FOREIGN = 1.0  # weight of the foreign questions against a set's own
_PULL = 0.003  # ridge on standardized weights: the sets are small


def main() -> None:
    """Observe the sets, or take what was observed before, and print what fits them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "sets",
        nargs="*",
        metavar="QUESTIONS=PLACE",
        help="labelled questions and the library or folder that they are asked of; of a set "
        "that brings its articles every sixth is asked about, since the others trained. The first "
        "set gives the thresholds",
    )
    parser.add_argument("--foreign", type=Path, help="questions on other things, SQuAD JSON")
    parser.add_argument("--most", type=int, default=2000, help="questions taken of a set")
    parser.add_argument("--keep", type=Path, help="file to keep what was observed in")
    options = parser.parse_args()
    if options.keep and options.keep.exists():
        observed = pickle.loads(options.keep.read_bytes())
    else:
        network = SpanReader()
        observed = [
            o
            for pair in options.sets
            for o in observed_set(pair, options.foreign, network, most=options.most)
        ]
        if options.keep:
            options.keep.write_bytes(pickle.dumps(observed))
    report([as_read(o) for o in observed])


# --- fitting


def fit_sentences(observed: Sequence[Observed]) -> SentenceFeatures:
    """The conditional logit that gives most weight to sentences that hold an accepted answer."""
    cases = [o for o in observed if any(o.holds)]
    rows = [_rows([s.features for s in o.sentences]) for o in cases]
    right = [np.array(o.holds) for o in cases]
    spread = np.concatenate(rows).std(0) + 1e-6
    share = _alike([o.group for o in cases])

    def loss(scaled: Any) -> float:
        total = 0.0
        for weight, seen, holds in zip(share, rows, right, strict=True):
            scores = seen @ (scaled / spread)
            total += weight * (_log_sum(scores) - _log_sum(scores[holds]))
        return float(total + _PULL * (scaled**2).sum())

    return SentenceFeatures(**_named(SentenceFeatures, _minimum(loss, len(spread)) / spread))


def decision_rows(
    observed: Sequence[Observed], weights: SentenceFeatures
) -> list[DecisionFeatures]:
    """What each decision is made on, with sentences weighed by `weights`."""
    rows: list[DecisionFeatures] = []
    for o in observed:
        probabilities = sentence_probabilities([s.features for s in o.sentences], weights)
        best = o.sentences[int(np.argmax(probabilities))]
        rows.append(
            decision_features(
                o.asked,
                terms=o.terms,
                hits=o.hits,
                scores=o.scores,
                sentences=o.sentences,
                probabilities=probabilities,
                span=best_span(o.scores[best.hit], best),
            )
        )
    return rows


def fit_decision(
    observed: Sequence[Observed], rows: Sequence[DecisionFeatures]
) -> tuple[DecisionFeatures, float]:
    """Logistic regression in which every set counts alike: probabilities as the sets mix them."""
    seen = _rows(rows)
    answerable = np.array([bool(o.labelled.answers) for o in observed])
    middle, spread = seen.mean(0), seen.std(0) + 1e-6
    scaled = (seen - middle) / spread
    share = _alike([o.group for o in observed])
    sign = np.where(answerable, -1, 1)

    def loss(weights: Any) -> float:
        surprise = np.logaddexp(0, sign * (scaled @ weights[:-1] + weights[-1]))
        return float(share @ surprise + _PULL * (weights[:-1] ** 2).sum())

    # What speaks for an answer never counts against it, whatever these few questions say.
    bounds = [_BOUNDS.get(field.name, (0, None)) for field in fields(DecisionFeatures)]
    found = _minimum(loss, len(spread) + 1, bounds=[*bounds, (None, None)])
    weights = found[:-1] / spread
    named = DecisionFeatures(**_named(DecisionFeatures, weights))
    return named, float(found[-1] - weights @ middle)


def _alike(groups: Sequence[str]) -> Any:
    """Weights that sum to 1, under which every group counts alike."""
    share = np.array(
        [(_FOREIGN if group == "foreign" else 1) / groups.count(group) for group in groups]
    )
    return share / share.sum()


def _minimum(loss: Callable[[Any], float], size: int, bounds: Any = None) -> Any:
    from scipy.optimize import minimize

    return minimize(loss, np.zeros(size), bounds=bounds).x


def _named(kind: type, values: Any) -> dict[str, float]:
    return {field.name: float(value) for field, value in zip(fields(kind), values, strict=True)}


def _rows(features: Sequence[Any]) -> Any:
    return np.array([astuple(feature) for feature in features])


def _log_sum(scores: Any) -> float:
    top = scores.max()
    return float(top + np.log(np.exp(scores - top).sum()))


# --- figures


def report(observed: Sequence[Observed]) -> None:
    """Print cross-validated figures for each set, and the constants fitted on all."""
    # Where search did not bring the answer, nothing that was seen tells that there is one.
    observed = [o for o in observed if o.sentences and (any(o.holds) or not o.labelled.answers)]
    order = np.random.default_rng(0).permutation(len(observed))
    fold = np.empty(len(observed), dtype=int)
    fold[order] = np.arange(len(observed)) % _FOLDS
    logits = np.zeros(len(observed))
    first = np.zeros(len(observed), dtype=bool)
    for number in range(_FOLDS):
        known = [o for o, f in zip(observed, fold, strict=True) if f != number]
        others = np.flatnonzero(fold == number)
        weights = fit_sentences(known)
        decision, bias = fit_decision(known, decision_rows(known, weights))
        held = [observed[place] for place in others]
        rows = decision_rows(held, weights)
        logits[others] = _rows(rows) @ np.array(astuple(decision)) + bias
        for place in others:
            o = observed[place]
            scores = _rows([s.features for s in o.sentences]) @ np.array(astuple(weights))
            first[place] = o.holds[int(scores.argmax())]
    _print_figures(observed, logits, first)
    weights = fit_sentences(observed)
    decision, bias = fit_decision(observed, decision_rows(observed, weights))
    _print_constants("SENTENCE", weights)
    _print_constants("DECISION", decision)
    print(f"BIAS = {bias:.3f}")


def _print_figures(observed: Sequence[Observed], logits: Any, first: Any) -> None:
    answerable = np.array([bool(o.labelled.answers) for o in observed])
    groups = np.array([o.group for o in observed])
    for group in dict.fromkeys(groups):
        here = groups == group
        yes, no = logits[here & answerable], logits[here & ~answerable]
        if len(yes) and len(no):
            cut = np.quantile(yes, 0.1)
            print(
                f"{group}: AUC {auc(logits[here], answerable[here]):.3f}; "
                f"where 10% of {len(yes)} answerable are declined, "
                f"{(no < cut).mean():.1%} of {len(no)} others are refused"
            )
        for kind in ("answerable", "list", "followup"):
            chosen = np.array([o.group == group and o.labelled.type == kind for o in observed])
            if chosen.any():
                held = np.array([any(o.holds) for o in observed])[chosen]
                print(
                    f"  {kind}: best sentence holds an answer {first[chosen].mean():.1%}, "
                    f"any sentence read does {held.mean():.1%} of {chosen.sum()}"
                )
    told = logits[answerable & (groups == groups[0])]
    print("THRESHOLDS = (")
    for share in (0.0, 0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.5):
        cut = float(np.quantile(told, share * _MARGIN)) if share else -np.inf
        figures = [
            f"{group} {np.mean(logits[(groups == group) & ~answerable] < cut):.0%}/"
            f"{np.mean(logits[(groups == group) & answerable] < cut):.0%}"
            for group in dict.fromkeys(groups)
            if (~answerable[groups == group]).any() and answerable[groups == group].any()
        ]
        foreign = logits[groups == "foreign"]
        if len(foreign):
            figures.append(f"foreign {np.mean(foreign < cut):.0%}")
        sure = 1 / (1 + np.exp(-cut))
        print(f"    ({share}, {sure:.3f}),  # refused/declined: {', '.join(figures)}")
    print(")")


def _print_constants(name: str, weights: SentenceFeatures | DecisionFeatures) -> None:
    print(f"{name} = {type(weights).__name__}(")
    for field in fields(weights):
        print(f"    {field.name}={getattr(weights, field.name):.3f},")
    print(")")


if __name__ == "__main__":
    main()
