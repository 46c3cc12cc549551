"""What answers come to when they are compared: figures with units and bounds, days, names."""

from __future__ import annotations

from datetime import date

import pytest

from assistant.reader.differing import compared_as, counts_others
from assistant.reader.terms import analyse
from assistant.reader.values import agree, differ, value_of

DAY = date(2025, 6, 4)  # a Wednesday


def of(kind: str, sentence: str):  # type: ignore[no-untyped-def]
    """The value of the words between brackets in a sentence."""
    before, _, rest = sentence.partition("[")
    words, _, after = rest.partition("]")
    return value_of(kind, words, before, after, DAY)


@pytest.mark.parametrize(
    ("kind", "one", "other"),
    [
        ("number", "[12 people] were hurt", "[15 people] were injured"),
        ("number", "[Twelve] were hurt", "[at least 15 people] were injured"),
        ("number", "at least [15] people", "[12] people"),
        ("number", "up to [10] people", "[12] people"),
        ("money", "cost [£3.4m]", "cost [4 million pounds]"),
        ("money", "cost about [100 euros]", "cost [150 euros]"),
        ("number", "rose [3.5%]", "rose by [4 per cent]"),
        ("duration", "for [two hours]", "for [three hours]"),
        ("number", "[four dozen] people", "[40 people]"),
        ("duration", "for [18 months]", "for [two years]"),
        ("duration", "after [90 minutes]", "after [two hours]"),
        ("time", "at [11.05pm]", "at [11.40 pm]"),
        ("time", "at [7am]", "at [7pm]"),
        ("cause", "[Corroded bearings] caused it", "caused by [winter floods]"),
        ("name", "[Kessock Civil] will build it", "[Brandt Oakley] will"),
        ("time", "on [Tuesday]", "on [Thursday]"),
        ("time", "on [3 June]", "on [June 5]"),
        ("time", "in [2019]", "in [2021]"),
        ("time", "in [October]", "in [September 2025]"),
        ("person", "[Elin Dahl] said", "[Mr Jon Berg] said"),
        ("place", "in [Lindal]", "in [Port Sable]"),
    ],
)
def test_values_that_cannot_both_be_right(kind: str, one: str, other: str) -> None:
    first, second = of(kind, one), of(kind, other)
    assert differ(first, second)
    assert differ(second, first)
    assert not differ(first, first)


@pytest.mark.parametrize(
    ("kind", "one", "other"),
    [
        ("number", "[12 people] were hurt", "[a dozen people] were hurt"),
        ("number", "[twenty-one people]", "[21] people"),
        ("number", "[Sixty-four] trains", "[64] trains"),
        ("number", "[fourteen people]", "[14] people"),
        ("number", "[seventy people]", "[70] people"),
        ("number", "[Half a dozen] cameras", "[six] cameras"),
        ("number", "[four dozen people]", "[48] people"),
        ("duration", "for [two weeks]", "for [14 days]"),
        ("time", "at [11.40pm]", "at [11:40 p.m.]"),
        ("cause", "[a faulty cable] caused it", "caused by [the cable]"),
        ("number", "at least [10] people", "[12] people"),
        ("number", "more than [1,000] people", "[1,200 people]"),
        ("money", "cost [3.4 million euros]", "cost [€3.4m]"),
        ("money", "cost about [3.5m euros]", "cost [3.4 million euros]"),
        ("number", "[12 people]", "[3 hours]"),
        ("number", "[30%]", "[12 people]"),
        ("time", "on [Tuesday]", "on [3 June]"),
        ("time", "on [Tuesday evening]", "on [Tuesday, 3 June]"),
        ("time", "in [June]", "on [3 June]"),
        ("time", "in the spring of [2027]", "in [March 2027]"),
        ("person", "[Captain Elin Dahl]", "[Ms Dahl]"),
        ("place", "in [Lindal]", "at the port of [Lindal]"),
    ],
)
def test_values_that_agree_or_cannot_be_compared(kind: str, one: str, other: str) -> None:
    first, second = of(kind, one), of(kind, other)
    assert not differ(first, second)
    assert not differ(second, first)


def test_the_dead_are_not_held_against_the_injured() -> None:
    asked = "how many people were injured in the collapse"
    assert counts_others(asked, "Eight people were killed.")
    assert not counts_others(asked, "Eight were killed and 23 were hurt.")
    assert not counts_others(asked, "Twenty-three people needed treatment.")
    assert not counts_others("how many people work there", "Eight people were killed.")


@pytest.mark.parametrize(
    ("kind", "sentence"),
    [
        ("number", "[several] people"),
        ("time", "[in the autumn]"),
        ("person", "[the captain]"),
        ("open", "[12 people]"),
    ],
)
def test_words_that_come_to_nothing_comparable(kind: str, sentence: str) -> None:
    assert of(kind, sentence) is None


def test_values_agree_only_where_they_can_be_compared() -> None:
    twelve, other = of("number", "[12 people]"), of("number", "[3 hours]")
    assert agree(twelve, of("number", "[a dozen people]"))
    assert not agree(twelve, other)
    assert not differ(twelve, other)


def test_nobody_is_lined_up_as_one_of_several_culprits() -> None:
    assert compared_as(analyse("who is to blame for the collapse")) is None
    assert compared_as(analyse("who led the party")) == "person"
    assert compared_as(analyse("which firm will build it")) == "name"
    assert compared_as(analyse("what caused the fire")) in {"cause", "reason"}
