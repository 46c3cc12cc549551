"""The statistics that measures are made of: intervals, quantiles, ranking, calibration."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

_Z = 1.959963984540054  # the normal distribution's 97.5% point: intervals hold 95%
BINS = 10


@dataclass(frozen=True, slots=True)
class Interval:
    """A 95% interval, both ends included."""

    low: float
    high: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """`hits` of so many, with its 95% interval by Wilson."""

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Bin:
    """The questions whose confidence is from `low` to `high`: how many, and how it fared."""

    low: float
    high: float
    count: int
    confidence: float  # mean; 0 in an empty bin
    answerable: float  # share; 0 in an empty bin


def wilson(hits: int, of: int) -> Interval:
    """The 95% interval of a share by Wilson's score, within 0..1; (0, 1) of nothing.

    Source: Wilson, JASA 22 (1927).
    """
    if of == 0:
        return Interval(0.0, 1.0)
    share, square = hits / of, _Z * _Z
    middle = share + square / (2 * of)
    spread = _Z * math.sqrt(share * (1 - share) / of + square / (4 * of * of))
    scale = 1 + square / of
    # The exact ends touch 0 and 1 there; rounding must not put the share outside.
    low = 0.0 if hits == 0 else min(share, (middle - spread) / scale)
    high = 1.0 if hits == of else max(share, (middle + spread) / scale)
    return Interval(low, high)


def quantile(values: Floats, share: float) -> float:
    """The value below which `share` of the values lie, interpolated; `values` is not empty."""
    return float(np.quantile(values, share))


def auc(scores: Floats, positive: Flags) -> float:
    """The chance that a positive's score is above a negative's, ties half; NaN without both.

    Source: Mann and Whitney's U over the number of pairs.
    """
    negatives = np.sort(scores[~positive])
    positives = scores[positive]
    if not len(negatives) or not len(positives):
        return math.nan
    below = np.searchsorted(negatives, positives, side="left")
    upto = np.searchsorted(negatives, positives, side="right")
    return float((below + upto).sum() / 2 / (len(negatives) * len(positives)))


def reliability(confidences: Floats, positive: Flags) -> tuple[Bin, ...]:
    """Ten equal bins of confidence, 1.0 in the last, with how many in each were positive."""
    places = _bins(confidences)
    bins = []
    for number in range(BINS):
        inside = places == number
        count = int(inside.sum())
        bins.append(
            Bin(
                low=number / BINS,
                high=(number + 1) / BINS,
                count=count,
                confidence=float(confidences[inside].mean()) if count else 0.0,
                answerable=float(positive[inside].mean()) if count else 0.0,
            )
        )
    return tuple(bins)


def calibration_error(confidences: Floats, positive: Flags) -> float:
    """The expected calibration error: the bins' |confidence - share|, weighted by their counts.

    NaN of nothing. Source: Naeini et al., AAAI 2015.
    """
    if not len(confidences):
        return math.nan
    # A bin's count times its gap is the difference of its sums.
    gaps = np.bincount(_bins(confidences), weights=confidences - positive, minlength=BINS)
    return float(np.abs(gaps).sum() / len(confidences))


def _bins(confidences: Floats) -> NDArray[np.int_]:
    places: NDArray[np.int_] = np.minimum((confidences * BINS).astype(np.int_), BINS - 1)
    return places


def spread(values: Sequence[float]) -> Interval:
    """The middle 95% of resampled values; NaN ones are left out, NaN of none."""
    known = np.asarray([value for value in values if not math.isnan(value)])
    if not len(known):
        return Interval(math.nan, math.nan)
    low, high = np.quantile(known, (0.025, 0.975))
    return Interval(float(low), float(high))
