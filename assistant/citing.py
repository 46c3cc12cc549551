"""Tying an answer's sentences to exact words, whatever a model has written.

A model cites passages by number. Here those markers are parsed, checked against the passages that
it was given, and numbered anew in order of appearance; each sentence is weighed against the words
that it cites, and then against the others.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from assistant.evidence import cite, quote_of
from assistant.grounding.support import Support
from assistant.harmless import harmless, settled, unhidden
from assistant.types import Citation, Evidence, Quote, Sentence
from index.sentences import Span, sentence_spans

_MARKER = re.compile(r"[ \t]*\[\s*\d+(?:\s*[,;]\s*\d+)*\s*\]")
_NUMBERS = re.compile(r"\d+")
_WORD = re.compile(r"\w+")
_COPIED, _BEGUN = 7, 3  # words in a row that are the prompt's own, and that may become so
_AHEAD = 24  # characters of the next sentence, before one is over: "Mr." may go on


class Grounds(Protocol):
    """What weighs sentences: `assistant.grounding.support.Judge`."""

    def support(self, sentence: str, items: Sequence[Evidence]) -> Support:
        """How far passages bear a sentence out."""


@dataclass(frozen=True, slots=True)
class CitedText:
    """A checked text: its sentences, its citations, and how many invented markers were dropped."""

    text: str
    sentences: tuple[Sentence, ...]
    citations: tuple[Citation, ...]
    invented: int

    @property
    def confirmed(self) -> int:
        """The number of sentences that their citations bear out."""
        return sum(sentence.support == "confirmed" for sentence in self.sentences)


class Numbering:
    """Hands out citation numbers in order of appearance, one for each distinct quote."""

    def __init__(self) -> None:
        self._given: dict[tuple[str, int, int], Citation] = {}

    def cite(self, evidence: Evidence, quote: Quote) -> Citation:
        """The citation of a quote: its earlier one, or a new one with the next number."""
        article = evidence.hit.article
        key = (article.id, quote.start, quote.end)
        if key not in self._given:
            self._given[key] = cite(len(self._given) + 1, evidence.hit, quote)
        return self._given[key]

    @property
    def citations(self) -> tuple[Citation, ...]:
        """All citations, by number."""
        return tuple(self._given.values())


class Checking:
    """A model's text as it comes: harmless, its markers resolved, each sentence weighed.

    `feed` gives what may be shown of it so far, `finish` the rest and the whole. Together the
    pieces are the text of the whole, however the model's was cut. Under `strict` only sentences
    that are confirmed are shown, each when it has been weighed. `prompt` is what the model was
    told: sentences that repeat it are dropped.
    """

    def __init__(
        self,
        evidence: Sequence[Evidence],
        grounds: Grounds,
        *,
        strict: bool = False,
        prompt: str = "",
    ) -> None:
        self._evidence = tuple(evidence)
        self._known = {item.number: item for item in evidence}
        self._addresses = {i.hit.article.url for i in evidence if i.hit.article.url}
        self._grounds = grounds
        self._strict = strict
        self._told = _runs(prompt)
        self._begun = {run[:end] for run in self._told for end in range(_BEGUN, _COPIED)}
        self._numbering = Numbering()
        self._sentences: list[Sentence] = []
        self._raw = ""
        self._done = 0  # sentences of the model's that were weighed
        self._end = 0  # of the last of them, in characters of the clean text
        self._shown = ""  # of the text of the whole
        self._ahead = 0  # characters of the sentence under way that were shown

    def feed(self, text: str) -> str:
        """What can be shown now that the text has come as far as this."""
        self._raw = unhidden(text)
        return self._advance(self._raw[: settled(self._raw)], over=False)

    def finish(self) -> tuple[str, CitedText]:
        """What is still to be shown, and the whole."""
        last = self._advance(self._raw, over=True)
        _, markers = _parse(harmless(self._raw, self._addresses).lstrip())
        invented = sum(number not in self._known for number, _ in markers)
        text = self._shown.rstrip()
        if harmless(text, self._addresses) != text:  # parts that were shown make a whole of it
            whole = " ".join(marked(sentence) for sentence in self._sentences)
            text = harmless(whole, self._addresses)
        return last, CitedText(text, tuple(self._sentences), self._numbering.citations, invented)

    def _advance(self, raw: str, *, over: bool) -> str:
        before = len(self._shown)
        clean, markers = _parse(harmless(raw, self._addresses).lstrip())
        spans = sentence_spans(clean)
        whole = len(spans)
        if not over:
            whole -= 1
            if spans and spans[-1].end - spans[-1].start < _AHEAD:
                whole -= 1
        for span in spans[self._done : max(0, whole)]:
            self._close(clean, span, markers)
        if not over and not self._strict and self._done < len(spans):
            self._open(clean, spans[self._done])
        return self._shown[before:]

    def _close(self, clean: str, span: Span, markers: Sequence[tuple[int, int]]) -> None:
        """Weigh a sentence that is over, and show what was not shown of it, with its markers."""
        words = clean[span.start : span.end]
        gap, shown = clean[self._end : span.start], self._ahead
        self._done, self._end, self._ahead = self._done + 1, span.end, 0
        numbers = [number for number, place in markers if span.start < place <= span.end + 1]
        cited = [self._known[n] for n in dict.fromkeys(numbers) if n in self._known]
        if self._told & _runs(words):
            words = words[:shown].rstrip()
        if not words:
            return
        sentence = self._weighed(words, cited)
        if sentence is None:
            return
        self._sentences.append(sentence)
        if not shown and self._shown:
            self._shown += gap or " "
        self._shown += words[shown:] + _markers(sentence)

    def _open(self, clean: str, span: Span) -> None:
        """Show a sentence that is under way as far as it has come."""
        words = clean[span.start : span.end]
        if self._may_be_prompt(words):
            return
        if not self._ahead and self._shown:
            self._shown += clean[self._end : span.start] or " "
        self._shown += words[self._ahead :]
        self._ahead = len(words)

    def _weighed(self, words: str, cited: Sequence[Evidence]) -> Sentence | None:
        """A sentence with the words that bear it out: of what it cites, or else of the others.

        None where it is left out.
        """
        alone = [(item, self._grounds.support(words, [item])) for item in cited]
        good = [(item, support) for item, support in alone if support.confirmed]
        if good:
            return self._sentence(words, [([item], support) for item, support in good], True)
        together = self._grounds.support(words, cited) if len(cited) > 1 else Support(0.0)
        if together.confirmed:
            return self._sentence(words, [(cited, together)], True)
        others = [
            ([item], self._grounds.support(words, [item]))
            for item in self._evidence
            if item not in cited
        ]
        best = max(
            (pair for pair in others if pair[1].confirmed),
            key=lambda pair: pair[1].probability,
            default=None,
        )
        if best:
            return self._sentence(words, [best], True)
        if self._strict:
            return None
        return self._sentence(words, [([item], support) for item, support in alone], False)

    def _sentence(
        self,
        words: str,
        borne: Sequence[tuple[Sequence[Evidence], Support]],
        confirmed: bool,
    ) -> Sentence:
        citations = []
        for items, support in borne:
            for place in support.places[: None if len(items) > 1 else 1]:
                item = items[place.item]
                offset = item.hit.passage.start
                quote = quote_of(item.hit.article, offset + place.start, offset + place.end)
                citations.append(self._numbering.cite(item, quote))
        return Sentence(
            text=words,
            citations=tuple(dict.fromkeys(citations)),
            support="confirmed" if confirmed else "unconfirmed" if borne else "uncited",
        )

    def _may_be_prompt(self, words: str) -> bool:
        """Whether a sentence that goes on holds words of the prompt, or ends as some begin."""
        said = tuple(_WORD.findall(words.lower()))
        if self._told and len(said) < _BEGUN:
            return True
        if self._told & _runs(words):
            return True
        return any(
            said[-length:] in self._begun
            for length in range(_BEGUN, _COPIED)
            if length <= len(said)
        )


def check_text(
    raw: str, evidence: Sequence[Evidence], grounds: Grounds, *, strict: bool = False
) -> CitedText:
    """A model's whole text with every marker resolved and every sentence weighed.

    A sentence is confirmed when a passage that it cites, or else any other passage, bears it out;
    unconfirmed when it cites but none does; uncited when it neither cites nor is borne out.
    `strict` leaves out what is not confirmed.
    """
    checking = Checking(evidence, grounds, strict=strict)
    checking.feed(raw)
    return checking.finish()[1]


def marked(sentence: Sentence) -> str:
    """A sentence followed by the markers of its citations: "It rained.[1][2]"."""
    return sentence.text + _markers(sentence)


def _markers(sentence: Sentence) -> str:
    return "".join(f"[{citation.number}]" for citation in sentence.citations)


def _runs(text: str) -> frozenset[tuple[str, ...]]:
    """Every run of so many words of a text."""
    words = _WORD.findall(text.lower())
    return frozenset(
        tuple(words[start : start + _COPIED]) for start in range(len(words) - _COPIED + 1)
    )


def _parse(raw: str) -> tuple[str, list[tuple[int, int]]]:
    """A text without markers, and each number cited with its place in that text."""
    clean, markers = raw, list[tuple[int, int]]()
    while match := _MARKER.search(clean):  # again and again: taking one out may close another
        start, end = match.span()
        clean = clean[:start] + clean[end:]
        markers = [(n, p if p <= start else max(start, p - (end - start))) for n, p in markers]
        markers += [(int(number[:9]), start) for number in _NUMBERS.findall(match.group())]
    return clean, markers
