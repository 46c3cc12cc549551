"""Articles and the verdicts on files, as lines for a person and as JSON."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, get_args

from assistant.cli.failures import Failure, tell
from assistant.cli.output import (
    console,
    note,
    one_line,
    print_json,
    say,
    stdout_is_terminal,
)
from index.types import Appearance, Article, Report, VerdictStatus

if TYPE_CHECKING:
    from index.timeline import Bar

_SHOWN = 10  # lines of one kind; a folder of thousands must not bury its summary
_TOLD: tuple[VerdictStatus, ...] = ("skipped", "duplicate", "added", "updated", "removed")
_BAR = 40  # columns of the longest bar
_SHORT_ID = 10  # hex digits: two of 100,000 articles share them with a chance of 0.5%


def article_dict(article: Article) -> dict[str, Any]:
    """What is known about an article, without its text."""
    fields = asdict(article)
    del fields["text"]
    return fields


def print_article(
    article: Article, *, with_text: bool = True, newest: Article | None = None
) -> None:
    """Print one article: its metadata line by line, then its text.

    `newest` is the newest version of its story, which is told where it is another.
    """
    say(one_line(article.title))
    facts = {
        "id": article.id,
        "outlet": article.source,
        "date": article.published and article.published.isoformat(),
        "author": article.author,
        "section": article.section,
        "language": article.language,
        "url": article.url,
        "updates": article.version_of,
        "see also": f"{newest.id}, a newer version" if newest and newest != article else None,
    }
    for name, value in facts.items():
        if value:
            say(f"{name + ':':<10}{one_line(value)}")
    for place in article.appearances:
        say(f"{'found in:':<10}{_place(place)}")
    if with_text:
        say("\n" + article.text.strip())


def _place(place: Appearance) -> str:
    known = (place.path, place.url, place.source, place.published and place.published.isoformat())
    return one_line(" · ".join(part for part in known if part)) or "unknown"


def print_articles(articles: Sequence[Article]) -> None:
    """Print one line an article: a table on a terminal, tab-separated fields elsewhere."""
    rows = [
        (
            article.id[:_SHORT_ID],
            article.published.isoformat() if article.published else "-",
            one_line(article.source or "-"),
            one_line(article.title),
        )
        for article in articles
    ]
    if not stdout_is_terminal():
        for row in rows:
            print("\t".join(row))
        return
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim")
    table.add_column("id", no_wrap=True, style="dim")
    table.add_column("date", no_wrap=True)
    table.add_column("outlet", no_wrap=True, max_width=24, overflow="ellipsis")
    table.add_column("title", no_wrap=True, overflow="ellipsis")
    for row in rows:
        table.add_row(*(Text(field) for field in row))
    console().print(table)


def print_timeline(bars: Sequence[Bar], *, as_json: bool) -> None:
    """Print how many articles there are of each period: a bar and the outlets on a terminal."""
    if as_json:
        print_json([asdict(bar) for bar in bars])
        return
    periods: dict[str, list[Bar]] = {}
    for bar in bars:
        periods.setdefault(bar.period or "undated", []).append(bar)
    totals = {period: sum(bar.articles for bar in several) for period, several in periods.items()}
    most = max(totals.values(), default=1)
    for period, several in periods.items():
        outlets = ", ".join(f"{one_line(bar.source or '-')} {bar.articles:,}" for bar in several)
        if stdout_is_terminal():
            bricks = "█" * max(1, round(_BAR * totals[period] / most))
            say(f"{period:<10}  {totals[period]:>6,}  {bricks:<{_BAR}}  {outlets}")
        else:
            for bar in several:
                print("\t".join((period, one_line(bar.source or "-"), str(bar.articles))))


def versions_dict(story: Sequence[Article]) -> list[dict[str, Any]]:
    """Each version of a story, the oldest first, with the sentences that it dropped and added."""
    from index.versions import changes

    return [
        {**article_dict(article), "dropped": change.dropped, "added": change.added}
        for article, change in zip(story, changes(story), strict=True)
    ]


def print_versions(story: Sequence[Article]) -> None:
    """Print the versions of a story, the oldest first, and what changed in each."""
    from index.versions import changes

    for place, (article, change) in enumerate(zip(story, changes(story), strict=True)):
        when = article.published.isoformat() if article.published else "date unknown"
        newest = " (the newest)" if place == len(story) - 1 else ""
        say(f"{article.id[:_SHORT_ID]}  {when}  {one_line(article.title)}{newest}")
        for sign, sentence in change.steps:
            say(f"  {sign} {one_line(sentence)}")
        if place and not change.steps:
            say("  no sentence was changed")


def report_dict(report: Report) -> dict[str, Any]:
    """`{"counts": {status: number}, "verdicts": [...]}`."""
    counts = Counter(verdict.status for verdict in report.verdicts)
    return {"counts": dict(counts), "verdicts": [asdict(verdict) for verdict in report.verdicts]}


def tell_report(report: Report, *, failure: Failure | None = None, as_json: bool) -> None:
    """Tell what became of each file, and the failure that cut the work short, if one did."""
    if as_json:
        print_json({**report_dict(report), **(failure.to_dict() if failure else {})})
        return
    for status in _TOLD:
        _tell_kind(report, status)
    say(summary(report) + (" before it ended" if failure else _nothing_new(report)))
    if failure is not None:
        tell(failure, as_json=False)


def summary(report: Report) -> str:
    """`12 added, 1 duplicate, 2 skipped`."""
    counts = [(report.count(status), status) for status in get_args(VerdictStatus)]
    return ", ".join(f"{count:,} {status}" for count, status in counts if count) or "nothing to do"


def _tell_kind(report: Report, status: VerdictStatus) -> None:
    """One line for each of the first files of this kind of which there is something to say."""
    met = [verdict for verdict in report.verdicts if verdict.status == status and verdict.reason]
    for verdict in met[:_SHOWN]:
        note(f"{status}: {one_line(verdict.label)}: {one_line(verdict.reason)}")
    if len(met) > _SHOWN:
        note(f"… and {len(met) - _SHOWN:,} more {status} (see --json)")


def _nothing_new(report: Report) -> str:
    statuses = {verdict.status for verdict in report.verdicts}
    return ": nothing has changed" if statuses - {"skipped"} == {"unchanged"} else ""
