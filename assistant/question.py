"""From what was typed to a question that can be searched by itself."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from assistant.llms import LanguageModel
from assistant.templates import fill
from assistant.types import Turn
from index.errors import InvalidOption, InvalidQuestion
from index.lexical import STOP_WORDS
from index.sentences import sentence_spans

MAX_CHARACTERS = 4000  # a page of text; what is longer is an article, not a question
_MAX_TURNS = 6  # turns of a conversation that are looked at
_MAX_LEANED = 3  # how far back a follow-up may point
_SHORT = 8  # words of an answer that is taken whole
_MAX_NAMES = 4  # taken of a longer one
_MARKER = re.compile(r"\s*\[\d+\]")
_WORD = re.compile(r"[^\W_]+(?:[’'-][^\W_]+)*")
_NAME = re.compile(r"\b[A-Z][\w’'&-]*(?: (?:(?:of|de|van|von|al|bin) )?[A-Z][\w’'&-]*)*")
_FOLLOW_UP = re.compile(
    r"^\W*(?:and|but|or|so|then|also|what about|how about)\b|"  # goes on from what was said
    # "why?", "who else?", "for how much?"
    r"^\W*(?:(?:for|by|at|on|in|with|from|to|of|since|until)\W+)?"
    r"(?:why|when|where|who|whom|how|what|which)(?:\W+\w+)?\W*$|"
    r"\b(?:he|she|they|them|him|her|his|hers|their|theirs|it|its|this|these|those|there)\b|"
    r"\bthat\W*$|\b(?:does|did|do|is|was|will|would|about|after|before|like) that\b|"
    r"\bthe (?:same|other|former|latter|old one|new one)\b|\binstead\b",
    re.I,
)


@dataclass(frozen=True, slots=True)
class Standalone:
    """A question that can be searched by itself, and the earlier questions that it leans on.

    `own` is what is read of it with them in mind.
    """

    text: str
    own: str
    before: str = ""


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


def standalone_question(question: str, history: Sequence[Turn]) -> Standalone:
    """A follow-up made searchable without a model: what it leans on is put behind it.

    "and what did Ukraine offer?" after "what did Russia demand" becomes "and what did Ukraine
    offer? (what did Russia demand? Territory)". Of the answers only what "he", "it" or "there" may
    point to is taken: a short answer whole, of a long one the names. A question that names its own
    subject is left as it is.
    """
    if not history or not is_follow_up(question):
        return Standalone(question, question)
    leaned: list[Turn] = []
    for turn in reversed(history[-_MAX_LEANED:]):
        leaned.insert(0, turn)
        if not is_follow_up(turn.question):
            break
    told = "; ".join(
        f"{turn.question.rstrip(' ?')}? {key}" if (key := _key(turn.answer)) else turn.question
        for turn in leaned
    )
    return Standalone(
        f"{question} ({told})", question, before=" ".join(turn.question for turn in leaned)
    )


def is_follow_up(question: str) -> bool:
    """Whether a question leans on an earlier one: by its words, or for want of a subject."""
    if points_back(question):
        return True
    telling = telling_words(question)
    return len(telling) <= 1 and not any(word[0].isupper() for word in telling)


def points_back(question: str) -> bool:
    """Whether a question says that it goes on from an earlier one: "and why?", "did he go?"."""
    return _FOLLOW_UP.search(question) is not None


def telling_words(question: str) -> list[str]:
    """The words of a question that tell what it is about."""
    return [word for word in _WORD.findall(question) if word.lower() not in STOP_WORDS]


def _key(answer: str) -> str:
    """What a later question may point to in an answer: all of a short one, else its names."""
    answer = " ".join(_MARKER.sub("", answer).split()).rstrip(".")
    if len(answer.split()) <= _SHORT:
        return answer
    names: list[str] = []
    for sentence in sentence_spans(answer):
        for match in _NAME.finditer(answer, sentence.start, sentence.end):
            opens = match.start() == sentence.start
            if not opens or " " in match.group():  # the first word has a capital anyway
                names.append(match.group())
    return ", ".join(list(dict.fromkeys(names))[:_MAX_NAMES])


def rewritten_question(question: str, history: Sequence[Turn], model: LanguageModel) -> Standalone:
    """A follow-up put into words of its own by a language model; raises LLMUnavailable.

    A reply that is empty or runs on is not a question: then the rule without a model decides.
    """
    if not history:
        return Standalone(question, question)
    told = "\n".join(f"Q: {turn.question}\nA: {turn.answer}" for turn in history)
    reply = model.complete(
        fill("standalone-system"), fill("standalone-user", history=told, question=question)
    )
    rewritten = next((line.strip() for line in reply.splitlines() if line.strip()), "")
    if not rewritten or len(rewritten) > 4 * len(question) + 200:
        return standalone_question(question, history)
    return Standalone(rewritten, rewritten)
