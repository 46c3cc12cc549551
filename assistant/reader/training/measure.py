"""Measures spans on SQuAD files, each question with its own paragraph, as SQuAD's evaluation does.

`python -m assistant.reader.training.measure FILE...`; figures of the weights that are shipped, or
of others named by `--weights`.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from assistant.evaluation.matching import best_f1, exact_match
from assistant.evaluation.questions import load_questions
from assistant.reader.spans import WEIGHTS, SpanReader


def main() -> None:
    """Print exact match and F1 for each file."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("files", nargs="+", type=Path)
    parser.add_argument("--weights", type=Path, default=WEIGHTS)
    parser.add_argument("--every", type=int, default=1, help="take every so many-th question")
    options = parser.parse_args()
    reader = SpanReader(options.weights)
    for file in options.files:
        match, f1, of = spans_measured(file, reader, every=options.every)
        print(f"{file.name}: F1 {f1:.3f} EM {match:.3f} of {of} answerable")


def spans_measured(file: Path, reader: SpanReader, *, every: int = 1) -> tuple[float, float, int]:
    """Exact match and F1 of the likeliest spans, and how many answerable questions there are."""
    asked = load_questions(file)
    articles = {article.id: article for article in asked.articles}
    answerable = [question for question in asked.questions if question.answers][::every]
    told: list[str] = []
    for question in answerable:
        article = articles[question.article]
        (read,) = reader.read(question.question, [(article.title, article.text)])
        spans = read.best_spans(1)
        told.append(article.text[spans[0].start : spans[0].end] if spans else "")
    pairs = list(zip(told, answerable, strict=True))
    match = sum(exact_match(text, question.answers) for text, question in pairs) / len(pairs)
    f1 = sum(best_f1(text, question.answers) for text, question in pairs) / len(pairs)
    return match, f1, len(pairs)


if __name__ == "__main__":
    main()
