"""Where the sentences of English news prose begin and end.

A line break always ends a sentence. Within a line, a full stop, question or exclamation mark that
is followed by white space is a candidate, and the word before it and the word after it decide.
Only a bounded window around each candidate is looked at, so the work is linear in the text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

WINDOW = 48  # characters looked at on each side of a candidate; longer than any abbreviation

TERMINATORS = ".!?…"
QUOTES = "\"'”’»“"
CLOSERS = QUOTES + ")]}*_"
OPENERS = "\"'“‘«([{*_–—-"


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# A name follows these, so that they never end a sentence; written with a capital.
TITLES = _words(
    "Mr Mrs Ms Mx Dr Drs Prof Gen Sen Sens Rep Reps Gov Govs Lt Col Sgt Capt Cmdr Cdr Maj Adm Brig "
    "Cpl Pvt Pfc Spc Hon Rev Fr Msgr Messrs Mme Mlle Pres Atty Amb Supt Det Insp Sec Lieut Comdr "
    "MR MRS"
)
# These always lead on to something.
CONNECTIVES = _words("e.g i.e eg ie vs v viz cf approx incl cc aka")
# These belong to the number that follows; with no number after them they are plain words.
BEFORE_NUMBER = _words(
    "no nos p pp vol vols ch fig figs sec art para cl pt ver ca c circa est ext tel "
    "jan feb mar apr jun jul aug sep sept oct nov dec mon tue tues wed thu thur thurs fri sat sun"
)
# These may stand inside a sentence or end it: the next word tells. Their capitals matter, since
# "ill", "miss" and "wash" are words.
EITHER = _words(
    "Inc Ltd Corp Co Cos Bros LLC Plc plc PLC Cie INC LTD CORP CO Jr Sr JR SR Ph.D B.Sc M.Sc St "
    "Ste Mt Ft Ave Blvd Rd Hwy Dept dept Govt govt Assn Assoc Univ Intl Natl al "
    "Ala Ariz Ark Calif Colo Conn Del Fla Ga Ill Ind Kan Ky La Mass Md Mich Minn Miss Mo Mont Neb "
    "Nev Okla Ore Pa Penn Tenn Tex Va Vt Wash Wis Wyo"
)
# After a clock time these go on with the day or the zone.
AFTER_CLOCK = re.compile(
    r"(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day\b|(?:January|February|March|April|May|June|July"
    r"|August|September|October|November|December|Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec"
    r"|Eastern|Pacific|Central|Mountain|Moscow|London|[A-Z]{0,3}T|UTC|[A-Z]ST|[A-Z]DT)\b"
)
# Words that open a sentence when they have a capital and that are hardly ever part of a name.
STARTERS = _words(
    "The A An This That These Those There Here It Its He She They We You I His Her Their Our My "
    "Your What When Where Who Why How Which While Whether If In On At By For From With Without As "
    "After Before Since Until During Through Throughout Under Despite Although Though Because But "
    "And Or Yet So Nor However Meanwhile Moreover Furthermore Additionally Also Still Then Thus "
    "Later Earlier Now Today Yesterday Tomorrow Once Both Each Every Some Many Most Several Few "
    "Another Other Others Such Nobody Everyone Someone Nothing Everything According Asked Speaking "
    "Instead Indeed Perhaps Even Only Just Not To Of Is Are Was Were Did Does Do Has Have Had Can "
    "Could Would Should Officials Police Analysts Shares Critics Experts Investors Scientists "
    "Researchers Reporters Witnesses Residents Authorities Prosecutors Supporters Opponents Last"
)
SPEAKING = (
    "said|says|asked|asks|wondered|told|added|adds|replied|shouted|exclaimed|wrote|writes|joked"
    "|demanded|insisted|recalled|explained|concluded|continued|quipped|warned"
)
# Who said the quotation that has just been closed: `"Is it over?" Mr Blair asked.`
SPEAKER = re.compile(
    rf"(?:[A-Z][\w’'-]*\.?\s+){{1,4}}(?:{SPEAKING})"
    r"(?:\s*[.,;]|\s+(?:reporters|him|her|them|us|me|on|in|at|during|after|before|yesterday)\b)"
)

_LINE = re.compile(r"[^\n\r\v\f\x85\u2028\u2029]+")
# A small letter or a comma next can be ruled out here, which is most of the work in real prose.
_CANDIDATE = re.compile(
    rf"[{re.escape(TERMINATORS + CLOSERS)}](?=\s)(?!\s[a-z][^A-Z]|\s[.,;:])|[。！？][」』”’]*+"
)
_INITIALS = re.compile(r"(?:[A-Za-z]\.)*[A-Z]|(?:[A-Za-z]\.)+[A-Za-z]")
_NEXT_WORD = re.compile(r"[^\W\d_]+(?![.\-‐–\w])")
_CAMEL = re.compile(r"[a-z][A-Z]")
_LIST_NUMBER = re.compile(r"\(?(?:\d{1,3}|[a-zA-Z])")


@dataclass(frozen=True, slots=True)
class Span:
    """A sentence as `text[start:end]`, in characters."""

    start: int
    end: int


def sentence_spans(text: str) -> tuple[Span, ...]:
    """The sentences of `text` in order, as exact offsets without the white space around them.

    They never overlap, and every character that is not white space lies in one of them.
    """
    spans: list[Span] = []
    for line in _LINE.finditer(text):
        start = line.start()
        for end in (*_ends(text, line.start(), line.end()), line.end()):
            piece = text[start:end]
            left = start + len(piece) - len(piece.lstrip())
            right = start + len(piece.rstrip())
            if left < right:
                spans.append(Span(left, right))
            start = end
    return tuple(spans)


def split_sentences(text: str) -> list[str]:
    """The sentences of `text`, each with the white space after it; joined they are `text` again."""
    starts = [span.start for span in sentence_spans(text)]
    edges = [0, *starts[1:], len(text)] if text else []
    return [text[start:end] for start, end in pairwise(edges)]


def _ends(text: str, start: int, end: int) -> Iterator[int]:
    """Offsets within the line `text[start:end]` behind the last character of a sentence."""
    for candidate in _CANDIDATE.finditer(text, start, end):
        at = candidate.end()
        if candidate.group()[0] in "。！？":
            yield at
            continue
        window = text[max(start, at - WINDOW) : at]
        token = window.split()[-1]
        core = token.rstrip(TERMINATORS + CLOSERS)
        tail = token[len(core) :]
        following = text[at : min(end, at + WINDOW)].lstrip()
        first_on_line = not text[max(start, at - WINDOW) : at - len(token)].strip()
        if first_on_line and at - start < WINDOW and _LIST_NUMBER.fullmatch(core):
            continue
        if _closes(core.lstrip(OPENERS), tail, following):
            yield at


def _closes(core: str, tail: str, following: str) -> bool:
    """Whether the word `core` with the marks `tail` ends a sentence before `following`."""
    marks = "".join(mark for mark in tail if mark in TERMINATORS)
    ahead = following.lstrip(OPENERS + " ")
    if not marks or (ahead and ahead[0] in TERMINATORS + ",;:"):
        return False
    if ahead[:1].islower() and not _CAMEL.match(ahead):
        return False
    if any(mark in QUOTES for mark in tail):
        # After a full stop the name begins a sentence of its own: `." She added`
        named = marks[-1] in "?!" and SPEAKER.match(following)
        return not named or _starts_sentence(ahead)
    if marks == "." and core:
        return _full_stop_closes(core, ahead)
    return not (marks == "!" and core == "Yahoo" and not _starts_sentence(ahead))


def _full_stop_closes(core: str, ahead: str) -> bool:
    """Whether the one full stop after `core` ends a sentence, rather than an abbreviation."""
    core = core.rpartition("-")[2]  # "non-U.S."
    word = core.lower()
    if core in TITLES or core in CONNECTIVES:
        return False
    if word in ("a.m", "p.m"):
        return not (ahead[:1].isdigit() or AFTER_CLOCK.match(ahead))
    if core in EITHER or _INITIALS.fullmatch(core):
        return _starts_sentence(ahead)
    return not (word in BEFORE_NUMBER and (ahead[:1].isdigit() or ahead[:1] == "#"))


def _starts_sentence(ahead: str) -> bool:
    word = _NEXT_WORD.match(ahead)
    return word is not None and word.group() in STARTERS
