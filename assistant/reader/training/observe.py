"""Labelled questions with all that the reader sees of them, to fit its decisions on."""

from __future__ import annotations

import random
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from assistant.evaluation.matching import holds_any
from assistant.evaluation.questions import Question as Labelled
from assistant.evaluation.questions import load_questions
from assistant.question import standalone_question
from assistant.reader.extractive import DEPTH, STEP, WHOLE, reading_order, settles
from assistant.reader.features import Sentence, sentences_of, stem_weights
from assistant.reader.spans import PassageScores, SpanReader, leaning
from assistant.reader.terms import Question, analyse
from assistant.reader.training.data import news_articles
from index.decoding import clean_text
from index.library import Library
from index.types import Hit, TermCounts, content_id


@dataclass(frozen=True, slots=True, kw_only=True)
class Observed:
    """A question with all that the reader saw of it, and where an accepted answer stands."""

    group: str
    labelled: Labelled
    asked: Question
    terms: TermCounts
    hits: tuple[Hit, ...]
    scores: tuple[PassageScores, ...]
    sentences: tuple[Sentence, ...]
    holds: tuple[bool, ...]  # of each sentence


def as_read(observed: Observed) -> Observed:
    """What is seen when reading stops where a passage settles the question, as the reader does."""
    read = 0
    while read < len(observed.scores):
        read = min(len(observed.scores), read + STEP)
        if settles(observed.scores[:read]):
            break
    kept = [place for place, s in enumerate(observed.sentences) if s.hit < read]
    return replace(
        observed,
        hits=observed.hits[:read],
        scores=observed.scores[:read],
        sentences=tuple(observed.sentences[place] for place in kept),
        holds=tuple(observed.holds[place] for place in kept),
    )


def observed_set(
    pair: str, foreign: Path | None, network: SpanReader, *, most: int
) -> Iterator[Observed]:
    """The questions of QUESTIONS=PLACE asked, some of them where there are more than `most`.

    Behind them come 60 of the foreign ones.
    """
    name, _, place = pair.partition("=")
    asked = load_questions(name)
    group = Path(name).stem
    with tempfile.TemporaryDirectory() as scratch:
        ready = bool(place) and (Path(place) / "library.sqlite").is_file()
        with Library(place if ready else scratch) as library:
            if not ready:
                library.add(Path(place) if place else list(asked.articles))
            held = _held_out(Path(name)) if Path(name).is_dir() else set()
            chosen = [q for q in asked.questions if not held or q.article in held]
            if len(chosen) > most:
                chosen = random.Random(0).sample(chosen, most)
            for question in chosen:
                yield _observe(group, question, library, network)
            for question in _foreign(foreign, 60) if foreign else ():
                yield _observe("foreign", question, library, network)


def _held_out(place: Path) -> set[str]:
    """The ids of the stories that did not train."""
    stories = news_articles(place, held_out=True)
    return {content_id(clean_text(story["text"])) for story in stories}


def _foreign(file: Path, count: int) -> list[Labelled]:
    known = load_questions(file).questions
    return [
        replace(question, type="unanswerable", answers=())
        for question in random.Random(0).sample(known, count)
    ]


def _observe(group: str, labelled: Labelled, library: Library, network: SpanReader) -> Observed:
    """Search and read for one question, every passage that may be read."""
    standalone = standalone_question(labelled.question, labelled.history)
    hits = tuple(reading_order(library.search(standalone.text, top_k=40, whole=WHOLE))[:DEPTH])
    before = standalone.before
    asked = analyse(labelled.question, before=before)
    terms = library.term_counts(asked.words)
    scores = network.read(
        leaning(labelled.question, before),
        [(hit.article.title, hit.passage.text) for hit in hits],
    )
    sentences = sentences_of(asked, stem_weights(asked, terms), hits, scores)
    return Observed(
        group=group,
        labelled=labelled,
        asked=asked,
        terms=terms,
        hits=hits,
        scores=tuple(scores),
        sentences=tuple(sentences),
        holds=tuple(holds_any([sentence.text], labelled.answers) for sentence in sentences),
    )
