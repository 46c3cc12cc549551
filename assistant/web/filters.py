"""What a reader has limited the articles to, by days and outlets, and the chips that show it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

from assistant.rendering import days_line
from assistant.web.markup import escape, shorten
from index.filters import FilterOptions

_LONGEST_NAME = 40  # characters of an outlet on its chip


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """The days, inclusive, and outlets that a reader has chosen; without any, all articles."""

    since: date | None = None
    until: date | None = None
    sources: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return self.since is not None or self.until is not None or bool(self.sources)


def options(chosen: Chosen) -> FilterOptions:
    """The choice as the options of a search, a list or a question."""
    return {"since": chosen.since, "until": chosen.until, "sources": chosen.sources}


def within(chosen: Chosen, since: date | None, until: date | None) -> Chosen:
    """The choice limited to other days, whichever of the two comes first."""
    if since and until and until < since:
        since, until = until, since
    return replace(chosen, since=since, until=until)


def with_source(chosen: Chosen, name: str) -> Chosen:
    """The choice with one more outlet."""
    if not name.strip() or name in chosen.sources:
        return chosen
    return replace(chosen, sources=(*chosen.sources, name))


def without(chosen: Chosen, what: str) -> Chosen:
    """The choice without one of its chips, as that names itself: "days" or "source:NAME"."""
    if what == "days":
        return replace(chosen, since=None, until=None)
    name = what.removeprefix("source:")
    return replace(chosen, sources=tuple(one for one in chosen.sources if one != name))


def chips(chosen: Chosen) -> str:
    """The choice as HTML: a button for each part that takes it away; "" when nothing is chosen."""
    shown = []
    if chosen.since or chosen.until:
        shown.append(_chip("days", days_line(chosen.since, chosen.until)))
    shown += [_chip(f"source:{name}", name) for name in chosen.sources]
    if not shown:
        return ""
    return f'<ul class="filters" aria-label="Only these articles">{"".join(shown)}</ul>'


def _chip(what: str, words: str) -> str:
    return (
        f'<li><button type="button" class="filter" data-drop="{escape(what)}" '
        f'aria-label="Remove the filter {escape(words)}" title="Remove this filter">'
        f'<span dir="auto">{escape(shorten(words, _LONGEST_NAME))}</span>'
        '<span class="cross" aria-hidden="true">×</span></button></li>'
    )
