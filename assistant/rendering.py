"""An answer as text for a terminal and as HTML for a notebook."""

from __future__ import annotations

import textwrap
from datetime import date, timedelta
from html import escape
from urllib.parse import urlsplit

from assistant.types import Answer, Citation, Conflict, Support
from index.types import Article

_WIDTH = 88
_DOUBTS: dict[Support, str] = {
    "unconfirmed": "Not confirmed by the articles",
    "uncited": "Without a source in the articles",
}


def as_text(answer: Answer) -> str:
    """The answer, its sources as numbered quotes, and the lines that its reader should see."""
    blocks = [textwrap.fill(plain(answer.text), _WIDTH)]
    for citation in answer.citations:
        quote = textwrap.fill(
            f'"{plain(citation.quote)}"', _WIDTH, initial_indent="    ", subsequent_indent="    "
        )
        also = f"\n    Also in: {plain(', '.join(citation.also_in))}" if citation.also_in else ""
        blocks.append(f"[{citation.number}] {plain(source_line(citation))}{also}\n{quote}")
    if answer.nearest:
        lines = [f"  - {plain(source_line(article))}" for article in answer.nearest]
        blocks.append("\n".join(["Nearest articles:", *lines]))
    blocks += [plain(_conflict(conflict)) for conflict in answer.conflicts]
    blocks.append("\n".join(plain(line) for line in footer(answer)))
    return "\n\n".join(blocks)


def _conflict(conflict: Conflict) -> str:
    """What reports say differently, a line for each with its outlet, its day and its words."""
    lines = [
        textwrap.fill(
            f"- {claim.value} · {claim.citation.source} · {day_line(claim.citation.published)}: "
            f'"{claim.citation.quote}"',
            _WIDTH,
            initial_indent="  ",
            subsequent_indent="    ",
        )
        for claim in conflict.claims
    ]
    return "\n".join(["Reports differ:", *lines])


def as_html(answer: Answer) -> str:
    """The answer as HTML: each citation a card with the quote marked; everything escaped."""
    cards = "".join(_card(citation) for citation in answer.citations)
    nearest = "".join(f"<li>{escape(source_line(article))}</li>" for article in answer.nearest)
    differ = "".join(_differing(conflict) for conflict in answer.conflicts)
    notes = "".join(f"<p><small>{escape(line)}</small></p>" for line in footer(answer))
    listed = f"<p>Nearest articles:</p><ul>{nearest}</ul>" if nearest else ""
    return f"<div><p>{escape(answer.text)}</p>{cards}{listed}{differ}{notes}</div>"


def _differing(conflict: Conflict) -> str:
    claims = "".join(
        f"<li>{escape(claim.value)} · {escape(source_line(claim.citation))}"
        f"<blockquote>{escape(claim.citation.quote)}</blockquote></li>"
        for claim in conflict.claims
    )
    return f"<p>Reports differ:</p><ul>{claims}</ul>"


def days_line(since: date | None, until: date | None) -> str:
    """A range of days in words: "2 June 2025", "1-7 June 2025", "since 2 June 2025"."""
    if since is None:
        return f"until {day_line(until)}" if until else ""
    if until is None:
        return f"since {day_line(since)}"
    if since == until:
        return day_line(since)
    if since.day == 1 and (until + timedelta(days=1)).day == 1 and _one_month(since, until):
        return f"{since:%B} {since.year}"
    if _one_month(since, until):
        return f"{since.day}-{day_line(until)}"
    year = "" if since.year == until.year else f" {since.year}"
    return f"{since.day} {since:%B}{year} to {day_line(until)}"


def _one_month(one: date, other: date) -> bool:
    return (one.year, one.month) == (other.year, other.month)


def day_line(day: date | None) -> str:
    """A day in words: "2 June 2025"; "date unknown" where there is none."""
    return f"{day.day} {day:%B %Y}" if day else "date unknown"


def source_line(item: Citation | Article) -> str:
    """Headline, outlet and date in one line; what is unknown is called so."""
    told = (item.title, item.source or "outlet unknown", day_line(item.published))
    return " · ".join(part for part in told if part)


def outcome_line(answer: Answer) -> str:
    """How the answer stands, in a few words."""
    count = len({citation.article_id for citation in answer.citations})
    articles = _counted(count, "article")
    if count > 1:
        articles += f", {_counted(independent_sources(answer), 'independent source')}"
    if answer.outcome == "not_in_articles":
        return "Not in the articles"
    if answer.outcome == "partial":
        return f"Partly confirmed by {articles}" if count else "Not confirmed by the articles"
    return f"Answered from {articles}"


def independent_sources(answer: Answer) -> int:
    """How many sources stand behind an answer that are not copies of one another.

    Of near copies only one is ever cited; articles of one outlet are one source, and an article
    whose outlet is unknown is one of its own.
    """
    return len({(one.source or one.article_id).casefold() for one in answer.citations})


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}" + ("" if count == 1 else "s")


def footer(answer: Answer) -> list[str]:
    """Outcome, model, and everything that the asker should know of how the answer came about."""
    told = [outcome_line(answer)]
    if answer.filters.newest:
        told.append("newest first")
    if answer.as_of:
        told.append(f"as of {day_line(answer.as_of)}")
    if answer.filters:
        told.append(str(answer.filters))
    lines = [" · ".join([*told, answer.model])]
    for sentence in answer.sentences:
        if sentence.support in _DOUBTS:  # a sentence may run over lines of its own
            lines.append(f'{_DOUBTS[sentence.support]}: "{" ".join(sentence.text.split())}"')
    if answer.fallback_reason:
        lines.append(f"{answer.fallback_reason} The {answer.model} answered instead.")
    if not answer.complete:
        lines.append("The answer was cut off before its end.")
    return [*lines, *answer.notices]


def plain(text: str) -> str:
    """Text without control characters: an article must not steer the terminal that shows it."""
    return "".join(c if c.isprintable() or c == "\n" else " " for c in text)


def _card(citation: Citation) -> str:
    title = escape(source_line(citation))
    if citation.url and urlsplit(citation.url).scheme in {"http", "https"}:
        title = f'<a href="{escape(citation.url)}" rel="noreferrer">{title}</a>'
    quote = f"<blockquote><mark>{escape(citation.quote)}</mark></blockquote>"
    return f"<p>[{citation.number}] {title}</p>{quote}"
