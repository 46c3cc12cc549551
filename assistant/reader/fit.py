"""Fits the built-in reader's decision to answer: `python -m assistant.reader.fit --help`.

For developers: needs scipy and scikit-learn, which sentence-transformers brings.
"""

from __future__ import annotations

import argparse
import json
import random
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import astuple, dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np

from assistant.evidence import choose_evidence
from assistant.reader.calibration import Features
from assistant.reader.extractive import ExtractiveReader
from index.library import Library

_TOP_K = 6
_PULL = 0.02  # towards the prior: the sets are small and their style of asking is not everybody's
_PRIOR = Features(
    cosine=2.5,
    passage_cosine=2.5,
    coverage=1.5,
    around=1.5,
    fits=1.0,
    unknown=-3.0,
    any_unknown=-1.0,
)


@dataclass(frozen=True, slots=True)
class _Example:
    """A question's features, whether the articles answer it, and the set it is of."""

    features: Features
    answerable: bool
    group: str


def main() -> None:
    """Print the fitted weights, and how they decide on each set."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "sets", nargs="+", metavar="QUESTIONS=ARTICLES", help="labelled questions and their folder"
    )
    parser.add_argument("--foreign", type=Path, help="questions on other things, SQuAD JSON")
    options = parser.parse_args()
    examples: list[_Example] = []
    for pair in options.sets:
        questions, _, folder = pair.partition("=")
        examples += _examples(Path(questions), Path(folder), options.foreign)
    _report(examples)


def _examples(questions: Path, folder: Path, foreign: Path | None) -> Iterator[_Example]:
    asked = [json.loads(line) for line in questions.read_text("utf-8").splitlines()]
    asked = [item for item in asked if not item["history"]]
    with tempfile.TemporaryDirectory() as place, Library(place) as library:
        library.add(folder)
        for item in asked:
            features = _features(library, item["question"])
            yield _Example(features, item["type"] != "unanswerable", questions.stem)
        for question in _foreign(foreign, len(asked)) if foreign else ():
            yield _Example(_features(library, question), False, questions.stem)


def _foreign(file: Path, count: int) -> list[str]:
    data = json.loads(file.read_text("utf-8"))["data"]
    asked = [
        item["question"]
        for page in data
        for paragraph in page["paragraphs"]
        for item in paragraph["qas"]
    ]
    return random.Random(0).sample(asked, count)


def _features(library: Library, question: str) -> Features:
    evidence = choose_evidence(library.search(question, top_k=4 * _TOP_K), _TOP_K)
    reader = ExtractiveReader(library.embedder, library.term_counts, library.stats().passages)
    return reader.features(question, evidence)


def _report(examples: Sequence[_Example]) -> None:
    from sklearn.metrics import roc_auc_score

    rows = np.array([astuple(example.features) for example in examples])
    answerable = np.array([example.answerable for example in examples])
    groups = np.array([example.group for example in examples])
    weights = _fitted(rows, answerable, groups)
    sure = 1 / (1 + np.exp(-(rows @ weights[:-1] + weights[-1])))
    for group in dict.fromkeys(groups):
        yes, no = sure[(groups == group) & answerable], sure[(groups == group) & ~answerable]
        auc = roc_auc_score([*np.ones(len(yes)), *np.zeros(len(no))], [*yes, *no])
        print(
            f"{group}: AUC {auc:.3f}, declines {(yes < 0.5).mean():.1%} of {len(yes)} answerable, "
            f"refuses {(no < 0.5).mean():.1%} of {len(no)} others"
        )
    for field, weight in zip(fields(Features), weights[:-1], strict=True):
        print(f"    {field.name}={weight:.2f},")
    print(f"BIAS = {weights[-1]:.2f}")


def _fitted(rows: Any, answerable: Any, groups: Any) -> Any:
    """Logistic regression in which every set counts alike, and so do yes and no within it."""
    from scipy.optimize import minimize

    share = np.zeros(len(rows))
    for group in set(groups):
        for side in (answerable, ~answerable):
            members = (groups == group) & side
            share[members] = 1 / members.sum()
    share /= share.sum()
    prior = np.array(astuple(_PRIOR))
    sign = np.where(answerable, -1, 1)

    def loss(weights: Any) -> float:
        surprise = np.log1p(np.exp(sign * (rows @ weights[:-1] + weights[-1])))
        return float(share @ surprise + _PULL * ((weights[:-1] - prior) ** 2).mean())

    return minimize(loss, np.append(prior, -4.0)).x


if __name__ == "__main__":
    main()
