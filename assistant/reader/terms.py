"""What a question asks for: its telling words, and the kind of answer that would fit."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from index.lexical import STOP_WORDS

_WORD = re.compile(r"[^\W_]+(?:[’'-][^\W_]+)*")

# News speaks of states by their seats: each group is one actor.
_ACTORS = (
    "russia russian russians moscow kremlin",
    "ukraine ukrainian ukrainians kyiv kiev",
    "america american americans us u.s usa washington",
    "britain british uk london",
    "china chinese beijing",
    "france french paris",
    "germany german germans berlin",
    "turkey turkish turkiye türkiye ankara",
    "israel israeli israelis jerusalem",
    "iran iranian iranians tehran",
    "japan japanese tokyo",
    "india indian delhi",
    "europe european eu brussels",
)
# Verbs whose forms share no beginning, and words of one sense that news exchanges freely.
_KIN = (
    "begin began begun beginning start started starts",
    "win won wins winning winner victory beat",
    "buy bought buys purchase purchased acquire acquired acquisition takeover",
    "sell sold sells sale",
    "say said says told tell",
    "lose lost loses loss",
    "leave left leaves quit resign resigned",
    "make made makes",
    "give gave given gives",
    "take took taken takes",
    "become became becomes",
    "find found finds",
    "hold held holds host hosted",
    "meet met meets meeting talks",
    "lead led leads leader",
    "pay paid pays",
    "rise rose risen rises grew grow growth increase increased",
    "fall fell fallen falls drop dropped decline declined",
    "die died dies death dead killed",
    "speak spoke spoken speaks",
    "write wrote written writes writer",
    "build built builds",
    "choose chose chosen pick picked",
    "demand demanded demands demanding insist insists insisted require requires want wants wanted "
    "seek seeks sought",
    "agree agreed agrees agreement accord deal",
    "film movie",
    "burn burned burning burns burnt fire fires blaze",
    "own owns owned owner owners",
    "boss chief head chairman chairwoman director",
    "job work post role",
)
_KIN_OF = {word: group.split()[0] for group in _KIN + _ACTORS for word in group.split()}

# Verbs that belong to the form of a question, not to what it is about.
_FRAMES = (
    re.compile(r"\bhow long\b.*?\b(lasts?|lasted|take|took|taken)\b", re.I),
    re.compile(r"\bhow much\b.*?\b(costs?|worth|pay|paid)\b", re.I),
    re.compile(r"\b(?:when|where)\b.*?\b(take place|took place|happens?|happened|held)\b", re.I),
    re.compile(r"\bwhat\b.*?\b(happens?|happened|called|named|names?)\b", re.I),
    re.compile(
        r"\b(?:what|which|how) "
        r"(kind|sort|type|many|much|long|old|far|often|year|month|day|date|time)\b",
        re.I,
    ),
    re.compile(r"\b(according)\b", re.I),
)

# Questions that several things answer: "which agencies did", "what does Russia demand", "name all".
_SEVERAL = re.compile(
    r"\b(?:what|which)\s+(?:[\w'’&-]+\s+){0,3}?[\w-]*[^\Ws_]s"
    r"\s+(?:did|do|are|were|have|had|will|might|may|could|would|can|should|\w+ed|caused?)\b|"
    r"\b(?:what|which)\b.{0,40}\b(?:demand|want|offer|propose|promise|announce|include|involve|"
    r"agree|call for|plan)\w*\b|"
    r"\bwhat (?:does|do|did) .{1,40} do(?: to)?\b|"
    r"\bwho (?:are|were|all|had a hand)\b|^\W*(?:list|name)\b|\b(?:all|each|divided|split)\b",
    re.I,
)

_MONTH = (
    "jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?"
    "|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?"
)
_COUNT = (
    r"(?<![\d.,])(?!(?:1[5-9]|20)\d\d\b)\d|"  # a figure that is no year
    r"\b(?:two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen|"
    r"fifteen|sixteen|seventeen|eighteen|nineteen|twenty|thirty|forty|fifty|sixty|seventy|eighty|"
    r"ninety|hundreds?|thousands?|millions?|billions?|dozens?|half|third|quarter|twice|double)\b"
)
_UNIT = r"(?:seconds?|minutes?|hours?|days?|weeks?|months?|years?|decades?|centur(?:y|ies)|nights?)"


def _shows(pattern: str, flags: int = re.I) -> Callable[[str], bool]:
    compiled = re.compile(pattern, flags)
    return lambda sentence: compiled.search(sentence) is not None


_NAME = re.compile(r"(\S+ )?([A-Z][\w’'-]+(?: (?:[A-Z][\w’'-]+|de|van|von|al|bin))*)")
_PLACE_MARKS = frozenset(
    [
        "in",
        "at",
        "on",
        "off",
        "from",
        "to",
        "near",
        "into",
        "across",
        "of",
        "outside",
        "around",
        "the",
    ]
)
_CALENDAR = re.compile(rf"(?:{_MONTH}|(?:mon|tues|wednes|thurs|fri|satur|sun)day)\Z", re.I)


def _names_someone(sentence: str) -> bool:
    """Whether a sentence holds a name that is not, by the word before it, that of a place."""
    for before, name in _NAME.findall(sentence):
        word = before.strip().lower()
        opens = not word or word[-1] in ".!?:\"”“'"
        if opens and " " not in name:
            continue  # the first word of a sentence is a capital anyway
        if word not in _PLACE_MARKS and not _CALENDAR.match(name):
            return True
    return False


# In order: the first kind whose question fits is taken, and says what its answers look like.
_KINDS: tuple[tuple[str, re.Pattern[str], Callable[[str], bool]], ...] = (
    (
        "duration",
        re.compile(
            r"\bhow (?:long|many (?:seconds|minutes|hours|days|weeks|months|years))\b", re.I
        ),
        _shows(rf"(?:{_COUNT})[^.]{{0,30}}\b{_UNIT}\b|\b(?:a|an|one) {_UNIT}\b"),
    ),
    (
        "money",
        re.compile(
            r"\bhow much\b.*\b(?:cost|pay|paid|worth|money|price|spen[dt]|fine)|\bprice\b|"
            r"\bwhat (?:do|does|did|will|would)\b.*\bcosts?\b|\bwhat (?:is|was) the cost\b",
            re.I,
        ),
        _shows(rf"[$£€¥]|{_COUNT}"),
    ),
    (
        "number",
        re.compile(
            r"\bhow (?:many|much|old|far|tall|high|big|large|often|fast|heavy)\b|"
            r"\b(?:what|which) (?:percentage|proportion|share|number)\b",
            re.I,
        ),
        _shows(_COUNT),
    ),
    (
        "time",
        re.compile(r"\bwhen\b|\b(?:what|which) (?:year|month|day|date|time)\b", re.I),
        _shows(
            rf"\b(?:{_MONTH})\b|\b(?:1[5-9]|20)\d\d\b|\b(?:mon|tues|wednes|thurs|fri|satur|sun)day\b|"
            rf"\b(?:today|yesterday|tomorrow|tonight|spring|summer|autumn|winter|noon|midnight)\b|"
            rf"\b(?:last|next|this|two|three|few) {_UNIT}\b|\b{_UNIT} (?:ago|earlier|later)\b|"
            r"\b\d{1,2}(?::\d\d)? ?(?:am|pm|gmt|a\.m|p\.m)\b"
        ),
    ),
    (
        "person",
        re.compile(
            r"\bwho(?:m|se)?\b|\b(?:what|which) (?:person|man|woman|minister|player)\b", re.I
        ),
        _names_someone,
    ),
    (
        "place",
        re.compile(r"\bwhere\b|\b(?:what|which) (?:city|country|town|place|state|region)\b", re.I),
        _shows(r"\b(?:in|at|to|from|near|on|of|outside|into|across) (?:the )?[A-Z]|, [A-Z]", 0),
    ),
    (
        "reason",
        re.compile(r"\bwhy\b|\b(?:what|which) (?:reason|caused?)\b|\bhow come\b", re.I),
        _shows(
            r"\b(?:because|due to|after|since|so that|in order|to \w+|as|owing|blam|caus|over)\b"
        ),
    ),
)


EXACT_KINDS = frozenset({"duration", "money", "number", "time"})  # an answer holds a figure or date


@dataclass(frozen=True, slots=True)
class Question:
    """A question taken apart: its telling words as given and as stems, and the kind it is of."""

    text: str
    context: str  # the question with what it leans on, or itself
    words: tuple[str, ...]
    stems: tuple[str, ...]
    kind: str  # one of duration, money, number, time, person, place, reason, open
    wants_several: bool

    @property
    def own_stems(self) -> frozenset[str]:
        """The stems of the question itself, without what it leans on."""
        return stems_of(self.text)

    def kind_fits(self, sentence: str) -> bool:
        """Whether a sentence holds something of the kind asked for that the question does not."""
        for kind, _, fits in _KINDS:
            if kind == self.kind:
                return fits(self._news_of(sentence))
        return True

    def _news_of(self, sentence: str) -> str:
        """A sentence without the words of the question: an answer is something else."""
        asked = {stem(word) for word in _words(self.context)} | set(self.stems)
        return _WORD.sub(lambda m: "_" if stem(m.group()) in asked else m.group(), sentence)


def analyse(question: str, *, before: str = "") -> Question:
    """Take a question apart, together with the earlier ones that it leans on, if it does."""
    context = f"{question} ({before})" if before else question
    bare = context
    for frame in _FRAMES:
        for match in reversed(list(frame.finditer(bare))):
            bare = f"{bare[: match.start(1)]} {bare[match.end(1) :]}"
    words = [word for word in _words(bare) if word not in STOP_WORDS]
    words = words or _words(context)
    words = list(dict.fromkeys(words))
    kind = next((kind for kind, asks, _ in _KINDS if asks.search(question)), "open")
    several = kind in ("open", "person") and _SEVERAL.search(question)
    return Question(
        question, context, tuple(words), tuple(stem(w) for w in words), kind, bool(several)
    )


def stems_of(text: str) -> frozenset[str]:
    """The stems of a text's words."""
    return frozenset(stem(word) for word in _words(text))


def stem(word: str) -> str:
    """What a word shares with its kin: "began" and "starting", "Moscow" and "Russian"."""
    word = word.lower().replace("’", "'").removesuffix("'s").removesuffix("'")
    if word in _KIN_OF:
        return _KIN_OF[word]
    for ending in (
        "ments",
        "ment",
        "ations",
        "ation",
        "ings",
        "ing",
        "ies",
        "ied",
        "ers",
        "ors",
        "ed",
        "es",
        "er",
        "or",
        "ly",
        "s",
        "e",
    ):
        if word.endswith(ending) and len(word) - len(ending) >= 4:
            shorter = word[: -len(ending)]
            return _KIN_OF.get(shorter, shorter)
    return word


def _words(text: str) -> list[str]:
    words: list[str] = []
    for word in _WORD.findall(text.lower()):
        words += [word] if "-" not in word else [word, *word.split("-")]
    return [word.removesuffix("'s").removesuffix("’s") for word in words]
