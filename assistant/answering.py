"""From evidence to an answer: by a language model, every sentence checked, or by the reader."""

from __future__ import annotations

import json
import re
import secrets
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from assistant.citing import Checking, CitedText, Grounds, Numbering, marked
from assistant.evidence import quote_of
from assistant.llms import LanguageModel
from assistant.reader.reading import Reading
from assistant.templates import fill
from assistant.types import Evidence, Outcome, Sentence
from index.errors import LLMUnavailable

SILENT = "NOT_IN_ARTICLES"  # what a model replies when the passages do not answer
_MOST = 8_000  # characters of a reply that are read: ten times as many as was asked for
_ANSWER_FIELDS = ("answer", "text", "response", "content", "reply", "output")
DECLINED = "The articles do not say."


@dataclass(frozen=True, slots=True)
class Reply:
    """What answered: the checked text and its outcome; `complete` is False for a cut stream."""

    checked: CitedText
    outcome: Outcome
    complete: bool = True
    short: str = ""  # the words within it that answer, when the reader wrote it


def declined() -> Reply:
    """The reply that the articles do not tell."""
    return Reply(CitedText(DECLINED, (), (), 0), "not_in_articles")


def reply_from_reading(reading: Reading) -> Reply:
    """The findings of the reader as an answer: sentences that are their own quotes."""
    if not reading.answered or not reading.findings:
        return declined()
    numbering = Numbering()
    sentences: list[Sentence] = []
    for finding in reading.findings:
        item = reading.evidence[finding.evidence]
        quote = quote_of(item.hit.article, finding.start, finding.end)
        sentences.append(
            Sentence(
                text=" ".join(quote.text.split()),
                citations=(numbering.cite(item, quote),),
                support="confirmed",
            )
        )
    text = " ".join(marked(sentence) for sentence in sentences)
    checked = CitedText(text, tuple(sentences), numbering.citations, 0)
    return Reply(checked, "answered", short=reading.short)


def prompt(
    question: str,
    evidence: Sequence[Evidence],
    today: date,
    differing: Sequence[tuple[str, Evidence]] = (),
) -> tuple[str, str]:
    """The system and the user message for a question; the fence differs at each call.

    An article that tries to close the fence would have to guess 64 random bits. `differing` are
    claims that cannot all be right, each with the evidence that makes it.
    """
    passages = "\n\n".join(_passage(item) for item in evidence)
    fence = f"=== passages {secrets.token_hex(8)} ==="
    user = fill(
        "answer-user",
        today=today.isoformat(),
        fence=fence,
        passages=passages,
        differing=_differing(differing),
        question=question,
    )
    return fill("answer-system", silent=SILENT), user


def _passage(item: Evidence) -> str:
    article = item.hit.article
    return fill(
        "passage",
        number=item.number,
        title=article.title,
        source=article.source or "outlet unknown",
        published=article.published or "date unknown",
        text=item.hit.passage.text,
    )


def _differing(claims: Sequence[tuple[str, Evidence]]) -> str:
    """The claims as a paragraph of their own, or nothing."""
    if not claims:
        return ""
    told = "; ".join(
        f'"{words}" ({item.hit.article.source}, {item.hit.article.published or "date unknown"}, '
        f"[{item.number}])"
        for words, item in claims
    )
    return fill("differing", claims=told) + "\n\n"


def fitting(
    evidence: Sequence[Evidence], room: int, spent: Callable[[Sequence[Evidence]], int]
) -> tuple[Evidence, ...]:
    """The evidence that a model has room for: the lowest-ranked is left out first.

    `spent` tells how many characters a prompt with some evidence has. One passage stays.
    """
    kept = tuple(evidence)
    while len(kept) > 1 and spent(kept) > room:
        kept = kept[:-1]
    return kept


def reply_from_model(
    model: LanguageModel,
    question: str,
    reading: Reading,
    grounds: Grounds,
    *,
    today: date,
    strict: bool,
) -> Iterator[str | Reply]:
    """Stream a model's answer: pieces of checked text, and at the end the whole reply.

    A sentence's markers follow it as soon as it has been weighed; under `strict` it is shown only
    then. Raises LLMUnavailable when nothing usable came; a stream that breaks off later ends with
    an incomplete reply.
    """
    claims = [(claim.words, reading.evidence[claim.evidence]) for claim in reading.differing]

    def told(evidence: Sequence[Evidence]) -> tuple[str, str]:
        return prompt(question, evidence, today, [c for c in claims if c[1] in evidence])

    evidence = fitting(
        reading.evidence, model.room, lambda some: sum(len(part) for part in told(some))
    )
    system, user = told(evidence)
    checking = Checking(evidence, grounds, strict=strict, prompt=system)
    raw, complete = "", True
    pieces = model.stream(system, user)
    try:
        for piece in pieces:
            raw += piece
            if len(raw) > _MOST:  # it would go on for ever
                complete = False
                break
            if not _undecided(raw) and (shown := checking.feed(raw.replace(SILENT, ""))):
                yield shown
    except LLMUnavailable:
        if not raw.strip():
            raise
        complete = False
    finally:
        close = getattr(pieces, "close", None)
        if close is not None:
            close()
    yield from _ended(model.name, raw, checking, complete=complete)


def _ended(model: str, raw: str, checking: Checking, *, complete: bool) -> Iterator[str | Reply]:
    """What is left to show when a model has stopped, and its reply; `raw` is not empty."""
    if raw.strip().startswith(SILENT):
        yield declined()
        return
    words = _words_of_json(raw)
    if words is None:
        raise LLMUnavailable(
            f"The language model {model} sent JSON instead of an answer.", "Try another model."
        )
    if shown := checking.feed(words.replace(SILENT, "")):
        yield shown
    last, checked = checking.finish()
    if last:
        yield last
    if not checked.sentences or (SILENT in raw and not checked.confirmed):
        yield declined()
        return
    whole = checked.confirmed == len(checked.sentences)
    yield Reply(checked, "answered" if whole else "partial", complete)


def _undecided(raw: str) -> bool:
    """Whether a reply may still be the word for "not in the articles", or be JSON."""
    start = raw.lstrip()
    return SILENT.startswith(start) or start.startswith((SILENT, "{", "```", "[{"))


def _words_of_json(raw: str) -> str | None:
    """A reply that is JSON as words: its one text field; itself where it is none, None if empty."""
    text = re.sub(r"^```\w*\s*|\s*```$", "", raw.strip())
    if not text.startswith(("{", "[{")):
        return raw
    try:
        value = json.loads(text)
    except ValueError:
        return raw
    fields = value if isinstance(value, dict) else {}
    told = [fields[name] for name in _ANSWER_FIELDS if isinstance(fields.get(name), str)]
    return told[0] if told else None
