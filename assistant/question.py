"""From what was typed to a question that can be searched by itself."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from assistant.llms import LanguageModel
from assistant.templates import fill
from assistant.types import Turn
from index.errors import InvalidOption, InvalidQuestion

MAX_CHARACTERS = 4000  # a page of text; what is longer is an article, not a question
_MAX_TURNS = 6  # how far back a follow-up may point
_FOLLOW_UP = re.compile(
    r"^\W*(?:and|but|or|so|then|also|what about|how about)\b|"  # goes on from what was said
    # "why?", "who else?", "for how much?"
    r"^\W*(?:(?:for|by|at|on|in|with|from|to|of|since|until)\W+)?"
    r"(?:why|when|where|who|whom|how|what|which)(?:\W+\w+)?\W*$|"
    r"\b(?:he|she|they|them|him|her|his|hers|their|theirs|it|its|this|these|those|there)\b|"
    r"\bthat\W*$|\bthe (?:same|other|former|latter)\b",
    re.I,
)


def checked_question(question: str) -> str:
    """The question without outer spaces; raises InvalidQuestion when there is none to answer."""
    if not isinstance(question, str):
        raise InvalidQuestion(f"A question is text, not {type(question).__name__}.", "Pass a str.")
    text = " ".join(question.encode("utf-8", "ignore").decode().replace("\0", " ").split())
    if not any(character.isalnum() for character in text):
        raise InvalidQuestion(
            "The question is empty.", 'Ask something, such as "what did Russia demand".'
        )
    if len(text) > MAX_CHARACTERS:
        raise InvalidQuestion(
            f"The question has {len(text):,} characters; {MAX_CHARACTERS:,} are read.",
            "Ask in a few sentences; add long texts as articles.",
        )
    return text


def checked_history(history: Iterable[Turn | Sequence[str]]) -> tuple[Turn, ...]:
    """Earlier turns from `Turn`s or (question, answer) pairs; raises InvalidOption otherwise."""
    turns: list[Turn] = []
    if isinstance(history, str) or not isinstance(history, Iterable):
        raise InvalidOption(f"history={history!r} is no list of turns.", "Leave it out for none.")
    for item in history:
        if isinstance(item, Turn):
            turns.append(item)
            continue
        pair = tuple(item) if isinstance(item, Sequence) else (item,)
        if len(pair) != 2 or not all(isinstance(part, str) for part in pair):
            raise InvalidOption(
                f"history holds {item!r}.", "Give Turns, or pairs of a question and its answer."
            )
        turns.append(Turn(question=pair[0], answer=pair[1]))
    return tuple(turns[-_MAX_TURNS:])


def standalone_question(question: str, history: Sequence[Turn]) -> str:
    """A follow-up made searchable without a model: what it leans on is put behind it.

    "and what did Ukraine offer?" after "what did Russia demand" becomes "and what did Ukraine
    offer? (what did Russia demand)". A question that names its own subject is left as it is.
    """
    if not history or not _FOLLOW_UP.search(question):
        return question
    earlier = [history[-1].question]
    if len(history) > 1 and _FOLLOW_UP.search(history[-1].question):
        earlier.insert(0, history[-2].question)
    return f"{question} ({'; '.join(earlier)})"


def rewritten_question(question: str, history: Sequence[Turn], model: LanguageModel) -> str:
    """A follow-up put into words of its own by a language model; raises LLMUnavailable.

    A reply that is empty or runs on is not a question: then the rule without a model decides.
    """
    if not history:
        return question
    told = "\n".join(f"Q: {turn.question}\nA: {turn.answer}" for turn in history)
    reply = model.complete(
        fill("standalone-system"), fill("standalone-user", history=told, question=question)
    )
    rewritten = next((line.strip() for line in reply.splitlines() if line.strip()), "")
    if not rewritten or len(rewritten) > 4 * len(question) + 200:
        return standalone_question(question, history)
    return rewritten
