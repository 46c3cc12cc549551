"""From evidence to an answer: by a language model, every sentence checked, or by the reader."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from assistant.citing import CitedText, Numbering, check_text, marked, without_markers
from assistant.evidence import quote_of
from assistant.llms import LanguageModel
from assistant.reader.reading import Reading
from assistant.templates import fill
from assistant.types import Evidence, Outcome, Sentence
from index.errors import LLMUnavailable

SILENT = "NOT_IN_ARTICLES"  # what a model replies when the passages do not answer
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


def prompt(question: str, evidence: Sequence[Evidence], today: date) -> tuple[str, str]:
    """The system and the user message for a question; the fence differs at each call.

    An article that tries to close the fence would have to guess 64 random bits.
    """
    passages = "\n\n".join(
        fill(
            "passage",
            number=item.number,
            title=item.hit.article.title,
            source=item.hit.article.source or "outlet unknown",
            published=item.hit.article.published or "date unknown",
            text=item.hit.passage.text,
        )
        for item in evidence
    )
    fence = f"=== passages {secrets.token_hex(8)} ==="
    user = fill(
        "answer-user",
        today=today.isoformat(),
        fence=fence,
        passages=passages,
        question=question,
    )
    return fill("answer-system", silent=SILENT), user


def reply_from_model(
    model: LanguageModel,
    question: str,
    evidence: Sequence[Evidence],
    *,
    today: date,
    strict: bool,
) -> Iterator[str | Reply]:
    """Stream a model's answer: pieces of text without markers, and at the end the checked reply.

    Under `strict` no piece is given before the check. Raises LLMUnavailable when nothing usable
    came; a stream that breaks off later ends with an incomplete reply.
    """
    raw, complete = "", True
    pieces = model.stream(*prompt(question, evidence, today))

    def arriving() -> Iterator[str]:
        nonlocal raw
        for piece in pieces:
            raw += piece
            yield piece

    shown = _without_silence(without_markers(arriving()))
    try:
        for piece in shown:
            if not strict:
                yield piece
    except LLMUnavailable:
        if not raw.strip():
            raise
        complete = False
    finally:
        close = getattr(pieces, "close", None)
        if close is not None:
            close()
    if not raw.strip():
        raise LLMUnavailable(
            f"The language model {model.name} sent an empty reply.", "Try another model."
        )
    yield _checked_reply(raw, evidence, strict=strict, complete=complete)


def _checked_reply(
    raw: str, evidence: Sequence[Evidence], *, strict: bool, complete: bool
) -> Reply:
    if SILENT in raw:
        return declined()
    checked = check_text(raw, evidence, strict=strict)
    if not checked.confirmed:
        return (
            declined() if strict or not checked.sentences else Reply(checked, "partial", complete)
        )
    whole = checked.confirmed == len(checked.sentences)
    return Reply(checked, "answered" if whole else "partial", complete)


def _without_silence(pieces: Iterator[str]) -> Iterator[str]:
    """Hold text back while it may still turn out to be the word for "not in the articles"."""
    held, decided = "", False
    for piece in pieces:
        if decided:
            yield piece
            continue
        held += piece
        start = held.lstrip()
        if start.startswith(SILENT) or SILENT.startswith(start):
            continue
        decided = True
        yield held
    if not decided and not held.lstrip().startswith(SILENT) and held:
        yield held
