"""Pinned floors: the values below which a measure may not fall, on the data they were taken on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from assistant.evaluation.questions import digest_of
from assistant.evaluation.results import Evaluation
from assistant.evaluation.summary import summarise
from index.errors import InvalidOption, PathUnusable


@dataclass(frozen=True, slots=True, kw_only=True)
class Floors:
    """The least and the greatest that measures may come to, by their names in JSON.

    They hold for the questions and the reader's weights whose SHA-256 digests stand beside them.
    """

    questions_sha256: str
    weights_sha256: str
    floors: Mapping[str, float] = field(default_factory=dict)
    ceilings: Mapping[str, float] = field(default_factory=dict)


def read_floors(path: str | Path) -> Floors:
    """Floors from a JSON file with the fields of `Floors`; raises PathUnusable, InvalidOption."""
    from pydantic import TypeAdapter

    try:
        return TypeAdapter(Floors).validate_json(Path(path).read_bytes())
    except OSError as error:
        raise PathUnusable(f"{str(path)!r} cannot be read: {error.strerror}.") from error
    except ValueError as error:
        raise InvalidOption(f"{str(path)!r} holds no floors: {error}") from error


def check(results: Evaluation, floors: Floors, *, weights: str | Path) -> list[str]:
    """What violates the floors, one line each; empty when all hold.

    `weights` is the file of the reader that gave the results. Other data than the floors were
    taken on, an interrupted run and a measure without a value are violations too.
    """
    broken = []
    if results.questions_sha256 != floors.questions_sha256:
        broken.append("The questions are not those that the floors were measured on.")
    if digest_of(weights) != floors.weights_sha256:
        broken.append(f"The weights {str(weights)!r} are not those the floors were measured with.")
    if not results.complete:
        broken.append(f"Only {len(results.results)} of {results.wanted} questions were asked.")
    values = {found.name: found.value for found in summarise(results.results)}
    for name in {**floors.floors, **floors.ceilings}:
        if name not in values:
            broken.append(f"{name} has no value.")
    for name, floor in floors.floors.items():
        if values.get(name, floor) < floor:
            broken.append(f"{name} is {values[name]:.4f}, its floor {floor:.4f}.")
    for name, ceiling in floors.ceilings.items():
        if values.get(name, ceiling) > ceiling:
            broken.append(f"{name} is {values[name]:.4f}, its ceiling {ceiling:.4f}.")
    return broken
