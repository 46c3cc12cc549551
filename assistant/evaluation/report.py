"""An evaluation as one HTML file that needs nothing else: figures, plots, every question."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from importlib.resources import files
from itertools import groupby

from assistant.evaluation.plots import declining_plot, latency_plot, reliability_plot
from assistant.evaluation.results import GOOD, Evaluation, Result, Verdict
from assistant.evaluation.summary import Measured, as_interval, as_value, summarise
from assistant.rendering import plain

# What needs looking at comes first.
_HEADINGS: dict[Verdict, str] = {
    "wrong": "Answered wrongly",
    "invented": "Answered, though the articles do not tell",
    "declined": "Declined, though the articles tell",
    "partly": "Lists answered in part",
    "right": "Answered rightly",
    "refused": "Rightly refused",
}


def html_report(evaluation: Evaluation) -> str:
    """The whole report; all that comes from questions and articles is escaped."""
    results = evaluation.results
    summary = summarise(results)
    groups = {
        verdict: [result for result in results if result.verdict == verdict]
        for verdict in _HEADINGS
    }
    links = "".join(
        f'<a href="#{verdict}">{escape(_HEADINGS[verdict])} ({len(found):,})</a>'
        for verdict, found in groups.items()
        if found
    )
    plots = reliability_plot(results) + declining_plot(results, summary) + latency_plot(results)
    style = files("assistant.evaluation").joinpath("report.css").read_text("utf-8")
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{_safe(_title(evaluation))}</title><style>{style}</style></head><body>\n"
        f"<header><h1>{_safe(_title(evaluation))}</h1>{_facts(evaluation)}</header>\n"
        f'<main>\n<div class="plots">{plots}</div>\n'
        f'{_table(summary)}\n<nav aria-label="Questions">{links}</nav>\n'
        + "".join(_section(verdict, found) for verdict, found in groups.items() if found)
        + "</main></body></html>\n"
    )


def _title(evaluation: Evaluation) -> str:
    good = sum(result.verdict in GOOD for result in evaluation.results)
    return f"{good:,} of {len(evaluation.results):,} questions answered or refused rightly"


def _facts(evaluation: Evaluation) -> str:
    lines = [
        f"{_safe(evaluation.model)} · {_safe(evaluation.embedding)} · "
        f"{evaluation.library_articles:,} articles · version {_safe(evaluation.version)}",
        f"Questions of {_safe(evaluation.questions_path)}, "
        f"SHA-256 <code>{_safe(evaluation.questions_sha256)}</code>",
    ]
    told = "".join(f'<p class="facts">{line}</p>' for line in lines)
    if evaluation.complete:
        return told
    asked, wanted = len(evaluation.results), evaluation.wanted
    return f'{told}<p class="partial">Ended early: {asked:,} of {wanted:,} questions asked.</p>'


def _table(summary: Sequence[Measured]) -> str:
    rows = []
    for group, measured in groupby(summary, key=lambda found: found.measure.group):
        rows.append(f'<tr><th colspan="4" scope="rowgroup">{group.capitalize()}</th></tr>')
        rows += [
            f"<tr><td>{escape(found.measure.label)}</td><td>{as_value(found)}</td>"
            f'<td class="interval">{as_interval(found)}</td><td>of {found.of:,}</td></tr>'
            for found in measured
        ]
    return (
        '<h2>Measures</h2><p class="gap">Shares with their 95% intervals (Wilson).</p>'
        f'<div class="table"><table>{"".join(rows)}</table></div>'
    )


def _section(verdict: Verdict, results: Sequence[Result]) -> str:
    """One kind of verdict; those that are as they should be are folded away."""
    opened = "" if verdict in GOOD else " open"
    return (
        f'<details id="{verdict}"{opened}><summary><h2>{escape(_HEADINGS[verdict])} '
        f"({len(results):,})</h2></summary>\n{''.join(map(_question, results))}</details>\n"
    )


def _question(result: Result) -> str:
    good = " good" if result.verdict in GOOD else ""
    quotes = "".join(
        f"<blockquote>{_safe(quote)}<cite>{_safe(title)}</cite></blockquote>"
        for quote, title in zip(result.quotes, result.titles, strict=True)
    )
    searched = ""
    if result.standalone_question not in {"", result.question}:
        searched = f'<p class="meta">Searched: {_safe(result.standalone_question)}</p>'
    rank = f" · article at {result.retrieved.rank or 'none'}" if result.retrieved else ""
    return (
        f"<article><h3>{_safe(result.question)}</h3>{searched}"
        f"<p>{_safe(result.text)}</p>{quotes}"
        f'<p><span class="verdict{good}">{result.verdict}</span> · {_expected(result)}</p>'
        f'<p class="meta">{_safe(result.id)} · {result.type} · confidence '
        f"{result.confidence:.2f}{rank} · {result.seconds.total:.2f} s</p></article>\n"
    )


def _expected(result: Result) -> str:
    if not result.expected:
        return "expected: that the articles do not tell"
    joint = " and " if result.type == "list" else " or "
    return f"expected: {joint.join(_safe(answer) for answer in result.expected)}"


def _safe(text: str) -> str:
    return escape(plain(text))
