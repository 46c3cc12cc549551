"""Which outlets a question names as such: "according to the BBC", "what did the Post report".

A part of a name counts only where it is how people call that outlet: "the BBC" for BBC News, "the
Post" for the Harbour Post, "the NYT". "Velden" is a town and not the Velden Courier.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

# What follows the name proper of an outlet, and is left out when one speaks of it.
_GENERIC = frozenset(
    {"news", "online", "agency", "media", "newspaper", "tv", "radio", "website", "digital"}
)
_LEAST = 3  # letters of what an outlet is called for short, so that "it" or "us" is none
_MOST = 6  # words of a name

# Words that end the name of a paper; those of the second line are common words, and count only
# with a capital.
_PAPERS = (
    "post times herald courier gazette tribune telegraph chronicle guardian reuters bbc cnn afp "
    "bloomberg nyt",
    "mail mirror express journal dispatch observer examiner inquirer independent echo argus "
    "standard star sun globe record news wire press",
)
_UNMISTAKABLE = frozenset(_PAPERS[0].split())
_WITH_CAPITAL = frozenset(_PAPERS[1].split())


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a name stands for an outlet: what leads up to it, and what follows it."""

    before: re.Pattern[str]
    after: re.Pattern[str]
    tells: bool = True  # whether a name that the library lacks is an outlet's all the same


def _place(before: str, after: str = "", *, tells: bool = True) -> _Place:
    return _Place(re.compile(rf"\b(?:{before}) ", re.I), re.compile(after, re.I), tells)


_WHAT = r"(?<=what )|(?<=many )|(?<=much )"
_REPORT = r"['’]s? (?:report|article|story|coverage)\b"
# "did the Post say" may be about its owner, "did the Post say about the fire" is not.
_PLACES = (
    _place(
        r"according to|as (?:told|reported) (?:by|in)|(?:reported|published|written) (?:by|in)",
        rf"(?:{_REPORT})?",
    ),
    _place("in", _REPORT),
    _place("as", r" (?:reported|reports|wrote|writes|put it|has it)\b"),
    _place("per|as per"),
    _place(r"(?:(?<=articles )|(?<=reports )|(?<=coverage )|(?<=stories ))(?:by|from|in)"),
    _place(rf"(?:{_WHAT})(?:did|does)", r" (?:report|write|publish)\b"),
    _place(rf"(?:{_WHAT})(?:has|had)", r" (?:reported|written|published)\b"),
    _place(rf"(?:{_WHAT})does", r" say\b", tells=False),
    _place("does", r" say\b(?= (?:is|are|was|were|has|have|had|will)\b)", tells=False),
    _place(
        rf"(?:{_WHAT})did",
        r" say(?= (?:about|on|of|yesterday|today|last|this|in|since)\b)",
        tells=False,
    ),
    # "and the Post?", "what about BBC News?"
    _place(r"(?:and|but|what about|how about)(?: in| from| by)?", r"(?=\W*\Z)", tells=False),
)
_MAY_NAME = re.compile(
    r"\b(?:according|report|publish|writ|wrote|told|say|per |article|stor(?:y|ies)|coverage)|"
    r"^\W*(?:and|but|what about|how about)\b",
    re.I,
)
_WORDS = re.compile(r"(?:[\w&](?:[\w&.’'-]*[\w&])?)(?: (?:[\w&](?:[\w&.’'-]*[\w&])?))*")


@dataclass(frozen=True, slots=True)
class Named:
    """Outlets that a question names, and its words that do so; both empty where it names none.

    An outlet that the library does not hold, `unheld`, is named as the question calls it.
    """

    sources: tuple[str, ...] = ()
    phrase: str = ""
    unheld: bool = False


@dataclass(frozen=True, slots=True)
class _Called:
    """Something outlets are called, and which ones it means."""

    outlets: tuple[str, ...]
    whole: bool = False  # whether it is all of the name
    capitals: bool = False  # whether it counts only in capitals, as initials do
    article: bool = False  # whether it counts only behind "the"


def may_name_outlet(question: str) -> bool:
    """Whether it is worth looking for the names of outlets in a question."""
    return _MAY_NAME.search(question) is not None


def outlets_named(question: str, outlets: Sequence[str]) -> Named:
    """The outlets that a question is asked of, by the names of a library's `outlets`.

    Where no article's outlet is known, none can be asked for.
    """
    if not outlets:
        return Named()
    known = _names(outlets)
    unknown: Named | None = None
    for place in _PLACES:
        for lead in place.before.finditer(question):
            for the, name, end in _candidates(question, lead.end()):
                after = place.after.match(question, end)
                if after is None:
                    continue
                found = known.get(name.casefold())
                if found and _fits(found, name, the, question[end:]):
                    return Named(found.outlets, question[lead.start() : after.end()])
                if place.tells and unknown is None and _is_paper(name, question[end:]):
                    unknown = Named((name,), question[lead.start() : after.end()], unheld=True)
    return unknown or Named()


def _candidates(question: str, start: int) -> Iterator[tuple[bool, str, int]]:
    """What may be a name from a place on, the longest first: if after "the", the name, its end."""
    the = re.compile(r"the ", re.I).match(question, start)
    words = _WORDS.match(question, the.end() if the else start)
    if words is None:
        return
    ends = [match.start() for match in re.finditer(r" |['’]s?(?= |\Z)|\Z", words.group())]
    for end in reversed(ends):
        name = words.group()[:end]
        if name and name.count(" ") < _MOST:
            yield the is not None, name, words.start() + end


def _fits(called: _Called, name: str, the: bool, rest: str) -> bool:
    """Whether a name is meant: not as part of a longer one, initials in capitals."""
    if called.capitals and not name.isupper():
        return False
    if called.article and not the:
        return False
    return called.whole or not re.match(r" [A-Z]", rest)


def _is_paper(name: str, rest: str) -> bool:
    """Whether a name can only be an outlet's by how it ends."""
    last = name.rsplit(maxsplit=1)[-1]
    if re.match(r" [A-Z]", rest):
        return False
    if all(word[0].isupper() for word in name.split()):
        return last.casefold() in _UNMISTAKABLE | _WITH_CAPITAL
    return last in _UNMISTAKABLE and name.count(" ") < 2


def _names(outlets: Sequence[str]) -> dict[str, _Called]:
    """What outlets are called; a whole name means that outlet alone."""
    meant: dict[str, _Called] = {}
    for outlet in outlets:
        for name, way in _ways(outlet):
            known = meant.get(name)
            if known is None or (way.whole and not known.whole):
                meant[name] = way
            elif way.whole == known.whole:
                both = tuple(dict.fromkeys((*known.outlets, outlet)))
                meant[name] = _Called(both, known.whole, known.capitals, known.article)
    return meant


def _ways(outlet: str) -> Iterator[tuple[str, _Called]]:
    name = outlet.casefold().removeprefix("the ")
    yield name, _Called((outlet,), whole=True)
    for short, way in _short(outlet, name):
        if len(short) >= _LEAST:
            yield short, way


def _short(outlet: str, name: str) -> Iterator[tuple[str, _Called]]:
    if re.fullmatch(r"[\w-]+(?:\.[\w-]+)+", name):  # a domain: "bbc" for "www.bbc.co.uk"
        yield name.removeprefix("www.").split(".")[0], _Called((outlet,))
        return
    words = name.split()
    end = len(words)
    while end > 1 and words[end - 1] in _GENERIC:
        end -= 1
        yield " ".join(words[:end]), _Called((outlet,))
    if end == len(words):
        for start in range(1, end):
            yield " ".join(words[start:]), _Called((outlet,), article=True)
    yield "".join(word[0] for word in words), _Called((outlet,), capitals=True)
