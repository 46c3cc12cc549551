"""What is seen of a sentence beside the passages that it cites."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """Of a sentence and its sources: what speaks against the sentence, then what speaks for it.

    From `denied` to `wider`, `astray` and `moved` count by how many of the sentence's words the
    sources hold: said in other words, a difference of words tells little.
    """

    missing: float  # figures, names and days that no passage tells, 2 at most
    apart: float  # the same for the one or two source sentences that fit best
    denied: float  # where the two sides differ in how many words deny something
    opposed: float  # pairs of opposites of which each side tells another
    bolder: float  # words of doubt that the sentence leaves out, where it leaves out all
    wider: float  # where it speaks of all and its source of a part
    astray: float  # probability that the reader, asked for a fact taken out, finds another
    moved: float  # share of its words that do not stand in this order there
    answered: float  # logit of the reader, asked for a fact taken out, that the passages tell it
    borne: float  # logit of the network that reads both, that the passages bear the sentence out


IN_FAVOUR = ("answered", "borne")
