"""Tying an answer's sentences to exact words: pure functions, whatever a model has written.

A model cites passages by number. Here those markers are parsed, checked against the passages that
it was given, turned into exact quotes and numbered anew in order of appearance.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from assistant.evidence import cite, quote_of
from assistant.types import Citation, Evidence, Quote, Sentence, Support
from index.search import STOP_WORDS
from index.sentences import sentence_spans

_MARKER = re.compile(r"[ \t]*\[\s*\d+(?:\s*[,;]\s*\d+)*\s*\]")
# What may still become a marker, also when one is put inside another: "[[2]1]".
_OPEN_MARKER = re.compile(r"[ \t]*(?:\[[\s\d,;\[\]]*)?\Z")
_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)?")
_MIN_OVERLAP = 0.5  # share of a sentence's telling words that its quote's passage must hold


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


def without_markers(pieces: Iterator[str]) -> Iterator[str]:
    """A stream of text without its citation markers, which are never shown half.

    The pieces together are the same however the text was cut.
    """
    held = ""
    for piece in pieces:
        held += piece
        keep = _OPEN_MARKER.search(held)
        end = keep.start() if keep else len(held)
        shown, _ = _parse(held[:end])
        if shown:
            yield shown
        held = held[end:]
    rest, _ = _parse(held)
    if rest:
        yield rest


def check_text(raw: str, evidence: Sequence[Evidence], *, strict: bool = False) -> CitedText:
    """A model's text with every marker resolved and every sentence checked.

    A sentence is confirmed when a passage that it cites, or else any other passage, bears it out;
    unconfirmed when it cites but none does; uncited when it neither cites nor is borne out.
    `strict` leaves out what is not confirmed.
    """
    clean, markers = _parse(raw.strip())
    known = {item.number: item for item in evidence}
    numbering = Numbering()
    sentences: list[Sentence] = []
    text, end = "", 0
    for span in sentence_spans(clean):
        gap, end = clean[end : span.start], span.end
        words = clean[span.start : span.end]
        numbers = [number for number, place in markers if span.start < place <= span.end + 1]
        cited = [known[number] for number in dict.fromkeys(numbers) if number in known]
        support, items = _bearing(words, cited, evidence)
        if strict and support != "confirmed":
            continue
        citations = dict.fromkeys(numbering.cite(item, best_quote(words, item)) for item in items)
        sentences.append(Sentence(text=words, citations=tuple(citations), support=support))
        text += (gap if text else "") + marked(sentences[-1])
    invented = sum(number not in known for number, _ in markers)
    return CitedText(text, tuple(sentences), numbering.citations, invented)


def marked(sentence: Sentence) -> str:
    """A sentence followed by the markers of its citations: "It rained.[1][2]"."""
    return sentence.text + "".join(f"[{citation.number}]" for citation in sentence.citations)


def is_borne_out(sentence: str, passage: str) -> bool:
    """Whether a passage holds every figure and name of a sentence and most of its telling words."""
    if not _figures(sentence) <= _figures(passage):
        return False
    held = {_stem(word) for word in _WORD.findall(passage)}
    if any(_stem(name) not in held for name in _names(sentence)):
        return False
    telling = [word for word in _WORD.findall(sentence) if word.lower() not in STOP_WORDS]
    if not telling:
        return False
    return sum(_stem(word) in held for word in telling) / len(telling) >= _MIN_OVERLAP


def best_quote(sentence: str, evidence: Evidence) -> Quote:
    """The sentence of a passage that shares most telling words with the given one."""
    hit = evidence.hit
    wanted = {_stem(word) for word in _WORD.findall(sentence) if word.lower() not in STOP_WORDS}
    wanted |= _figures(sentence)

    def shared(span_text: str) -> float:
        held = {_stem(word) for word in _WORD.findall(span_text)} | _figures(span_text)
        return len(wanted & held) - 0.01 * len(held)  # of equals the shorter

    spans = sentence_spans(hit.passage.text)
    best = max(spans, key=lambda span: shared(hit.passage.text[span.start : span.end]))
    offset = hit.passage.start
    return quote_of(hit.article, offset + best.start, offset + best.end)


def _parse(raw: str) -> tuple[str, list[tuple[int, int]]]:
    """A text without markers, and each number cited with its place in that text."""
    clean, markers = raw, list[tuple[int, int]]()
    while match := _MARKER.search(clean):  # again and again: taking one out may close another
        start, end = match.span()
        clean = clean[:start] + clean[end:]
        markers = [(n, p if p <= start else max(start, p - (end - start))) for n, p in markers]
        markers += [(int(number[:9]), start) for number in _NUMBERS.findall(match.group())]
    return clean, markers


_NUMBERS = re.compile(r"\d+")


def _bearing(
    sentence: str, cited: Sequence[Evidence], evidence: Sequence[Evidence]
) -> tuple[Support, Sequence[Evidence]]:
    """How a sentence is supported, and by what: the passages it cites come first."""
    alone = [item for item in cited if is_borne_out(sentence, _context(item))]
    if alone:
        return "confirmed", alone
    if is_borne_out(sentence, "\n".join(_context(item) for item in cited)):
        return "confirmed", cited  # a sentence that puts two passages together
    other = next((item for item in evidence if is_borne_out(sentence, _context(item))), None)
    if other is not None:
        return "confirmed", [other]
    return ("unconfirmed", cited) if cited else ("uncited", ())


def _context(item: Evidence) -> str:
    """All that a passage's reader knows of it: an answer may name its outlet and day."""
    article = item.hit.article
    day = f"{article.published.day} {article.published:%B %Y}" if article.published else ""
    return "\n".join((article.title, article.source or "", day, item.hit.passage.text))


def _figures(text: str) -> set[str]:
    return {figure.replace(",", "") for figure in _NUMBER.findall(text)}


def _names(sentence: str) -> list[str]:
    """Capitalized words that are not merely the first of the sentence."""
    words = _WORD.findall(sentence)
    return [word for word in words[1:] if word[0].isupper() and word.lower() not in STOP_WORDS]


def _stem(word: str) -> str:
    """A word without the endings that grammar adds; crude, and the same on both sides."""
    word = word.lower().replace("’", "'").removesuffix("'s")
    for ending in ("ing", "ies", "ied", "ed", "es", "s", "ly"):
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            return word[: -len(ending)]
    return word
