"""Questions that may come next: those that the articles at hand are known to answer."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence

from assistant.grounding.facts import facts_of
from assistant.types import Answer, Citation, Evidence

MOST = 3  # that are offered
_TRIED = 5  # that are asked at most: each costs as much as an answer
_SURE = 0.5  # confidence of an answer from which a question is offered
_SAID = r"(?:said|says|told|added|warned|claimed|argued|insisted|replied|promised)"
_ACTS = rf"(?:has|had|will|would|wants|wanted|{_SAID}|\w+ed)"
_ASIDE = r"(?:,[^,.\n]{1,60},)?"  # "Elin Dahl, the captain, said"
_VERBS = {
    "demanded": "demand", "offered": "offer", "proposed": "propose", "agreed": "agree",
    "rejected": "reject", "announced": "announce", "promised": "promise", "ordered": "order",
    "approved": "approve", "bought": "buy", "sold": "sell", "signed": "sign", "wants": "want",
    "wanted": "want", "plans": "plan", "planned": "plan", "found": "find", "suggested": "suggest",
    "refused": "refuse", "denied": "deny", "requested": "request", "recommended": "recommend",
    "called for": "call for", "asked for": "ask for",
}  # fmt: skip
_DEEDS = "|".join(_VERBS)
_LONGEST = 4  # words of a name

Ask = Callable[[str], Answer]


def followups(answer: Answer, evidence: Sequence[Evidence], ask: Ask) -> tuple[str, ...]:
    """Up to three questions to go on with, each answered by other words than the answer quotes.

    They are made from the names in the evidence: the question asked of somebody else, and what is
    told there that somebody demanded, offered or said. `ask` answers one by the built-in reader;
    what it does not answer is not offered.
    """
    offered: list[str] = []
    quoted = list(answer.citations)
    for question in _distinct(_candidates(answer, evidence))[:_TRIED]:
        found = ask(question)
        new = [one for one in found.citations if not any(_overlap(one, old) for old in quoted)]
        if found.outcome == "answered" and found.confidence >= _SURE and new:
            offered.append(question)
            quoted += found.citations
        if len(offered) == MOST:
            break
    return tuple(offered)


def _candidates(answer: Answer, evidence: Sequence[Evidence]) -> Iterator[str]:
    asked = answer.standalone_question or answer.question
    cited = {citation.article_id for citation in answer.citations}
    near = [item for item in evidence if item.hit.article.id in cited] or evidence[:2]
    text = "\n".join(item.hit.passage.text for item in near)
    names = _names(text)
    others = [name for name in names if not _stands_in(name, asked)]
    actors = [name for name in others if re.search(rf"\b{re.escape(name)} {_ACTS}\b", text)]
    for name in names:
        done = re.findall(rf"\b{re.escape(name)}{_ASIDE} (?:also |had |has )?({_DEEDS})\b", text)
        for verb in dict.fromkeys(done):
            yield f"what did {name} {_VERBS[verb]}"
    for name in names:  # "what did Russia demand": what did Ukraine demand
        subject = re.search(rf"\b(?:did|does|has|will) ({re.escape(name)})\b", asked, re.I)
        if subject:
            yield from (_in_place_of(subject, actor) for actor in actors[:2])
            break
    for name in others:
        said = re.escape(name)
        if re.search(rf"\b{said}{_ASIDE} {_SAID}\b|\b{_SAID} (?:[\w'’]+ ){{0,4}}{said}\b", text):
            yield f"what did {name} say"


def _names(text: str) -> list[str]:
    """The names in a text, those told most often first, each as it stands there longest."""
    facts = [fact for fact in facts_of(text, source=True) if fact.kind == "name"]
    whole = {fact.stems: _bare(fact.words) for fact in sorted(facts, key=lambda f: len(f.words))}
    counted = Counter(fact.stems for fact in facts)
    return [
        whole[stems] for stems, _ in counted.most_common() if len(whole[stems].split()) <= _LONGEST
    ]


def _bare(name: str) -> str:
    return re.sub(r"^(?:The|A|An|But|And|Yet|So) |['’]s$", "", name)


def _in_place_of(subject: re.Match[str], name: str) -> str:
    asked = subject.string
    return f"{asked[: subject.start(1)]}{name}{asked[subject.end(1) :]}".strip()


def _stands_in(name: str, question: str) -> bool:
    """Whether a question speaks of a name, if only by one of its words: Mr Brown, Gordon Brown."""
    asked = {word.lower() for word in re.findall(r"\w{3,}", question)}
    return any(word.lower() in asked for word in re.findall(r"\w{3,}", name))


def _distinct(questions: Iterator[str]) -> list[str]:
    return list({question.casefold(): question for question in questions}.values())


def _overlap(one: Citation, other: Citation) -> bool:
    return one.article_id == other.article_id and one.start < other.end and other.start < one.end
