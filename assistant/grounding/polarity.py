"""Whether two sentences go the same way: denied or not, up or down, certain or only possible."""

from __future__ import annotations

import re

_NEGATIONS = re.compile(
    r"\b(?:no|not|never|none|nobody|nothing|neither|nor|without|cannot|unable|hardly|"
    r"\w+n['’]t|fail(?:s|ed|ing|ure)?|refus(?:e|es|ed|ing|al)|den(?:y|ies|ied|ying|ial)|"
    r"reject(?:s|ed|ing|ion)?|lack(?:s|ed|ing)?|cancel(?:s|led|ling)?|scrap(?:s|ped|ping)?|"
    r"avoid(?:s|ed|ing)?|prevent(?:s|ed|ing)?|block(?:s|ed|ing)?|declin(?:e|es|ed|ing) to|"
    r"rul(?:e|es|ed|ing) out|no longer|stopp?(?:s|ed|ing)?|drop(?:s|ped)?|dismiss(?:es|ed)?|"
    r"un(?:harmed|hurt|injured|damaged|changed|aware|likely|willing|founded|paid)|"
    r"abandon(?:s|ed)?|overturn(?:s|ed)?|withdr[ae]w(?:s|n)?)\b",
    re.I,
)

# Words of which a sentence tells one side.
_OPPOSITES = (
    ("rise rises rose risen rising grew grow grows grown growth increase increased increases up "
     "climb climbed climbs jumped surged gain gained higher soared",
     "fall falls fell fallen falling drop dropped drops decrease decreased down decline declined "
     "declines slid slumped sank lower plunged shrank shrink cut cuts reduced"),
    ("more most over above exceed exceeded longer higher bigger larger faster later",
     "fewer less fewest least under below shorter lower smaller slower"),
    ("resume resumed resumes resuming restarted", "broken collapsed suspended"),
    ("confirmed confirms found proved", "ruled denied disproved"),
    ("accept accepted accepts agree agreed agrees approve approved approves approval back backed "
     "backs support supported supports welcomed endorsed",
     "reject rejected rejects refuse refused refuses oppose opposed opposes against criticised "
     "condemned turned vetoed disagree disagreed"),
    ("win wins won winning victory beat beats", "lose loses lost losing defeat defeated"),
    ("confirm confirmed confirms admit admitted admits", "deny denied denies disputed disputes"),
    ("open opened opens reopen reopened opening", "close closed closes closing shut closure"),
    ("guilty convicted", "innocent acquitted cleared"),
    ("before earlier", "after later"),
    ("first", "last"),
    ("allow allowed allows permit permitted let lets", "ban banned bans forbid forbade barred "
     "prohibit prohibited"),
    ("begin began begun start started starts", "end ended ends finish finished stop stopped"),
    ("profit profits", "loss losses"),
    ("buy buys bought buying", "sell sells sold selling"),
    ("arrive arrived arrives enter entered", "leave leaves left depart departed"),
    ("join joined joins", "quit quits resign resigned"),
    ("hire hired hires", "sack sacked fired dismissed"),
    ("alive survive survived survivors", "dead died killed dies death deaths"),
    ("succeed succeeded successful", "fail failed fails unsuccessful"),
    ("keep kept keeps retain retained remain remained", "scrap scrapped abandon abandoned"),
    ("majority", "minority"),
    ("north northern", "south southern"),
    ("east eastern", "west western"),
    ("men man male", "women woman female"),
    ("best", "worst"),
    ("raise raised raises", "lower lowered lowers cut cuts reduce reduced"),
    ("present attended attend", "absent missed boycotted"),
    ("possible able can", "impossible unable cannot"),
    ("safe", "unsafe dangerous"),
    ("ahead", "behind"),
    ("strengthen strengthened stronger", "weaken weakened weaker"),
    ("include included includes including", "exclude excluded excludes excluding except"),
)  # fmt: skip
_PAIRS = tuple((frozenset(one.split()), frozenset(other.split())) for one, other in _OPPOSITES)

_HEDGES = re.compile(
    r"\b(?:may|might|could|would|can|should|if|unless|whether|plan(?:s|ned|ning)?|"
    r"propos(?:e|es|ed|al|als|ing)|alleg(?:e|es|ed|edly|ation|ations)|accus(?:e|es|ed|ing)|"
    r"claim(?:s|ed|ing)?|suspect(?:s|ed)?|expect(?:s|ed)?|likely|unlikely|possib(?:le|ly|ility)|"
    r"consider(?:s|ed|ing)?|hop(?:e|es|ed|ing)|intend(?:s|ed)?|want(?:s|ed)?|seek(?:s|ing)?|"
    r"urg(?:e|es|ed|ing)|threat(?:en|ens|ened|ening)?|potential(?:ly)?|forecast(?:s)?|"
    r"estimat(?:e|es|ed)|believ(?:e|es|ed)|thought|due to|set to|aim(?:s|ed)?|ask(?:s|ed)?|"
    r"call(?:s|ed|ing)? (?:for|on)|demand(?:s|ed|ing)?|fear(?:s|ed)?|reported(?:ly)?|"
    r"apparent(?:ly)?|appear(?:s|ed)?|seem(?:s|ed)?|charged with|warn(?:s|ed|ing)?|"
    r"offer(?:s|ed)?|suggest(?:s|ed)?|"
    r"appeal(?:s|ed|ing)?|bid|try|tries|trying|tried|attempt(?:s|ed)?|talks|negotiat\w+|"
    r"investigat\w+|perhaps|recommend(?:s|ed)?|argu(?:e|es|ed))\b",
    re.I,
)
_WIDE = re.compile(
    r"\b(?:all|every|each|entire|whole|always|only|everyone|everybody|nobody|none|complete(?:ly)?|"
    r"full(?:y)?|both|any)\b",
    re.I,
)
_NARROW = re.compile(
    r"\b(?:some|several|most|many|part|partly|partial(?:ly)?|a few|half|almost|nearly|sometimes|"
    r"often|usually|mainly|mostly|up to|at least|one of|others)\b",
    re.I,
)
_WORD = re.compile(r"[a-z]+", re.I)


def negations(text: str) -> int:
    """How many words of a text deny something."""
    return len(_NEGATIONS.findall(text))


def opposed(sentence: str, source: str) -> int:
    """How often a sentence tells one side of a pair of opposites and its source only the other."""
    ours = {word.lower() for word in _WORD.findall(sentence)}
    theirs = {word.lower() for word in _WORD.findall(source)}
    count = 0
    for pair in _PAIRS:
        for one, other in (pair, pair[::-1]):
            said = ours & one
            count += bool(said and not theirs & one and theirs & other and not ours & other)
    return count


def bolder(sentence: str, source: str) -> int:
    """How many words that make the source's claim less than certain the sentence leaves out."""
    return 0 if _HEDGES.search(sentence) else len(_hedges(source))


def wider(sentence: str, source: str) -> bool:
    """Whether a sentence speaks of all where its source speaks of a part, or does not say so."""
    ours = {word.lower() for word in _WIDE.findall(sentence)}
    theirs = {word.lower() for word in _WIDE.findall(source)}
    narrowed = bool(_NARROW.search(source)) and not _NARROW.search(sentence)
    return bool(ours - theirs) or (bool(ours) and narrowed)


def _hedges(text: str) -> set[str]:
    return {word.lower() for word in _HEDGES.findall(text)}
