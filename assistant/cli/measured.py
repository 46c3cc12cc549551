"""An evaluation, and the comparison of two, as tables for a person."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from itertools import groupby
from typing import TYPE_CHECKING, Any

from assistant.cli.output import clean, console, counted, note, one_line, say
from assistant.evaluation.chronology import TimeResult, measures
from assistant.evaluation.comparing import Comparison, Difference
from assistant.evaluation.groundedness import Judged, grounding_measures
from assistant.evaluation.results import Evaluation, Result
from assistant.evaluation.statistics import Share
from assistant.evaluation.summary import as_interval, as_value, summarise

if TYPE_CHECKING:
    from rich.table import Table

_SHOWN = 20  # changed questions; a run of thousands must not bury its table
_Row = tuple[str, ...]


def print_evaluation(evaluation: Evaluation) -> None:
    """Print what a run came to: the measures in groups, with counts and intervals."""
    table = _table("", "", "95%", "of")
    summary = summarise(evaluation.results)
    for group, measured in groupby(summary, key=lambda found: found.measure.group):
        rows = [
            (found.measure.label, as_value(found), as_interval(found), f"{found.of:,}")
            for found in measured
        ]
        _add_group(table, group, rows)
    console().print(table)
    say(
        f"\n{counted(len(evaluation.results), 'question')} of "
        f"{one_line(evaluation.questions_path)} · "
        f"{counted(evaluation.library_articles, 'article')} · {one_line(evaluation.model)}"
    )
    _note_fallbacks(evaluation.results)


def time_dict(results: Sequence[TimeResult]) -> dict[str, Any]:
    """`{"measures": {kind: {value, hits, of, low, high}}, "results": [...]}`."""
    return {
        "measures": _shares_dict(measures(results)),
        "results": [asdict(result) for result in results],
    }


def print_time(results: Sequence[TimeResult]) -> None:
    """Print what questions about time came to, and each one that went wrong."""
    _print_shares(measures(results))
    for result in results:
        if not result.right:
            asked = result.question
            say(f"{asked.id}  {asked.kind}  {one_line(asked.question)}: {one_line(result.got)}")


def grounding_dict(judged: Sequence[Judged]) -> dict[str, Any]:
    """`{"measures": {name: {value, hits, of, low, high}}, "results": [...]}`."""
    return {
        "measures": _shares_dict(grounding_measures(judged)),
        "results": [
            {
                "id": one.triple.id,
                "kind": one.triple.kind,
                "supported": one.triple.supported,
                "probability": one.support.probability,
                "missing": one.support.missing,
                "right": one.right,
            }
            for one in judged
        ],
    }


def print_grounding(judged: Sequence[Judged]) -> None:
    """Print what the check of sentences came to, and each one that went wrong."""
    _print_shares(grounding_measures(judged))
    for one in judged:
        if not one.right:
            verdict = "flagged" if one.flagged else "passed"
            say(f"{one.triple.id}  {one.triple.kind}  {verdict}: {one_line(one.triple.sentence)}")


def _shares_dict(shares: Sequence[Share]) -> dict[str, Any]:
    return {
        share.name: {
            "value": share.value,
            "hits": share.hits,
            "of": share.of,
            **asdict(share.interval),
        }
        for share in shares
    }


def _print_shares(shares: Sequence[Share]) -> None:
    table = _table("", "", "95%", "of")
    for share in shares:
        low, high = share.interval.low, share.interval.high
        table.add_row(share.label, f"{share.value:.2f}", f"{low:.2f}-{high:.2f}", f"{share.of:,}")
    console().print(table)


def print_comparison(comparison: Comparison) -> None:
    """Print how two runs differ: each measure, then each question whose verdict changed."""
    table = _table("", "A", "B", "B - A", "95%", "")
    by_group = groupby(comparison.differences, key=lambda found: found.measure.group)
    for group, differences in by_group:
        _add_group(table, group, [_difference_row(found) for found in differences])
    console().print(table)
    say(
        f"\n{counted(comparison.common, 'common question')}; "
        f"{counted(len(comparison.changes), 'verdict')} changed"
    )
    turns = Counter((change.before, change.after) for change in comparison.changes)
    for (before, after), count in turns.most_common():
        say(f"  {before} → {after}: {count:,}")
    for change in comparison.changes[:_SHOWN]:
        say(f"{change.before} → {change.after}  {one_line(change.id)}  {one_line(change.question)}")
    if len(comparison.changes) > _SHOWN:
        note(f"… and {len(comparison.changes) - _SHOWN:,} more (see --json)")
    for name, ids in (("A", comparison.only_before), ("B", comparison.only_after)):
        if ids:
            shown = ", ".join(one_line(each) for each in ids[:_SHOWN])
            more = ", …" if len(ids) > _SHOWN else ""
            note(f"only in {name}: {counted(len(ids), 'question')}: {shown}{more}")


def _difference_row(found: Difference) -> _Row:
    verdict = ""
    if found.clear:
        gain = (found.after - found.before) * found.measure.better
        verdict = "better" if gain > 0 else "worse"
    percent = found.measure.unit == "share"
    return (
        found.measure.label,
        _number(found.before, percent=percent),
        _number(found.after, percent=percent),
        _number(found.after - found.before, percent=percent, sign="+"),
        f"{_number(found.low, percent=percent, sign='+')} to "
        f"{_number(found.high, percent=percent, sign='+')}",
        verdict,
    )


def _number(value: float, *, percent: bool, sign: str = "-") -> str:
    return f"{100 * value:{sign}.1f}%" if percent else f"{value:{sign}.3g}"


def _table(*headings: str) -> Table:
    from rich.table import Table

    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim")
    for place, heading in enumerate(headings):
        table.add_column(heading, justify="right" if place else "left", no_wrap=place > 0)
    return table


def _add_group(table: Table, name: str, rows: Sequence[_Row]) -> None:
    from rich.text import Text

    if table.row_count:
        table.add_row()
    table.add_row(Text(name, "bold"))
    for label, *cells in rows:
        table.add_row(Text(f"  {label}"), *(Text(clean(cell)) for cell in cells))


def _note_fallbacks(results: Sequence[Result]) -> None:
    """Say when another one answered than was asked for: its figures are not the model's."""
    fallen = [result for result in results if result.fallback_reason]
    if fallen:
        first = one_line(fallen[0].fallback_reason or "")
        note(f"{counted(len(fallen), 'answer')} came from {fallen[0].model} instead: {first}")
