"""The reading view: a whole article in a dialog, what is known of it, and words marked in it."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count as counting
from itertools import pairwise
from pathlib import PurePath
from typing import TYPE_CHECKING

from assistant.harmless import web_address
from assistant.rendering import day_line
from assistant.web.heard import part
from assistant.web.markup import DOT, byline, count, escape
from index.catalogue import elsewhere
from index.errors import ArticleNotFound, AssistantError
from index.types import Appearance, Article

if TYPE_CHECKING:
    from assistant.web.room import Room

# A blank line, or the end of a line that ends a sentence: lines of a fixed width do not break it.
_PARAGRAPH_END = re.compile(r"(?<=[.!?\"'”’)])\s*\n\s*|\s*\n\s*\n\s*")
_SENTENCE_END = re.compile(r"(?<=[.!?؟。！？])[\"'”’)]*\s+")
_MARK = re.compile(r"\b(\d{1,4}):(\d{1,9})-(\d{1,9})\b")
_LONG = 1_600  # characters of a paragraph, from which on it is set in several
_ABOUT = 700  # which are as long as this at least
_FIELDS = {
    "title": "Headline",
    "source": "Outlet",
    "published": "Date",
    "author": "Author",
    "section": "Section",
    "url": "Address",
}
_MOST_PLACES = 12  # of those an article appeared in that are named


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """A slice of an article's text that is marked with a number."""

    number: int
    start: int
    end: int


def marks_in(words: str) -> tuple[Mark, ...]:
    """The marks that the dialog was opened with, as it carries them: "1:20-45 2:60-81"."""
    found = _MARK.findall(words[:20_000])
    return tuple(Mark(number=int(n), start=int(a), end=int(b)) for n, a, b in found)


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """The form of an article's details while it is open: what was typed, and what is wrong."""

    typed: Mapping[str, str] = field(default_factory=dict)
    problem: str = ""


def article(
    shown: Article,
    marks: Sequence[Mark] = (),
    *,
    lit: int | None = None,
    places: Sequence[Appearance] = (),
    versions: Sequence[Article] = (),
    form: Form | None = None,
    editable: bool = True,
    opening: int = 0,
    said: str = "",
) -> str:
    """An article as a dialog in HTML, with `marks`, which may overlap, in its text.

    `lit` is the number of the mark that the reader came for. `places` are others where the text
    appeared, `versions` those of its story; `form` opens the form of its details. `opening` tells
    one opening of the same article from the next. `said` is what was just done.
    """
    told = f'<p class="done" role="status">{escape(said)}</p>' if said else ""
    tools = _tools(shown.id, form is not None) if editable else ""
    return (
        f'<dialog open class="reading" aria-labelledby="reading-title" data-opening="{opening}" '
        f'data-id="{escape(shown.id)}" data-lit="{"" if lit is None else lit}" '
        f'data-marks="{" ".join(f"{one.number}:{one.start}-{one.end}" for one in marks)}">'
        f'<header class="bar"><p class="by">{byline(shown.source, shown.published)}</p>{tools}'
        '<button type="button" class="close" data-close>Close</button></header>'
        f'<div class="sheet" tabindex="-1" role="document">{told}'
        f"{_form(shown, form) if form and editable else ''}"
        f'<h2 id="reading-title" dir="auto">{escape(shown.title)}</h2>'
        f"{_about(shown)}{_text(shown.text, marks)}"
        f"{_versions(shown, versions)}{_places(places)}</div></dialog>"
    )


def unreadable(error: AssistantError) -> str:
    """What the dialog shows instead of an article that cannot be had."""
    words = "This article is not in the library any more."
    told = words if isinstance(error, ArticleNotFound) else str(error)
    return (
        '<dialog open class="reading" aria-label="Article"><header class="bar"><p class="by"></p>'
        '<button type="button" class="close" data-close>Close</button></header>'
        '<div class="sheet" tabindex="-1" role="document"><p class="done" role="status">'
        f"{escape(told)}</p></div></dialog>"
    )


def _tools(article_id: str, editing: bool) -> str:
    shown = "true" if editing else "false"
    return (
        f'<button type="button" data-edit="{escape(article_id)}" aria-expanded="{shown}">'
        "Edit details</button>"
        f'<button type="button" data-remove="{escape(article_id)}">Remove</button>'
    )


def _about(shown: Article) -> str:
    """Author and section, and the way to the original."""
    told = [
        f'<span dir="auto">{escape(one)}</span>' for one in (shown.author, shown.section) if one
    ]
    if address := web_address(shown.url):
        told.append(
            f'<a href="{escape(address)}" target="_blank" rel="noopener noreferrer">'
            "Read the original</a>"
        )
    return f'<p class="about">{DOT.join(told)}</p>' if told else ""


def _text(text: str, marks: Sequence[Mark]) -> str:
    inside = [one for one in marks if 0 <= one.start < one.end <= len(text)]
    edges = sorted({edge for one in inside for edge in (one.start, one.end)})
    shown = "".join(
        f'<p dir="auto">{_marked(text, start, end, inside, edges)}</p>'
        for start, end in paragraphs(text)
    )
    return f'<div class="text">{shown}</div>'


def paragraphs(text: str) -> Iterator[tuple[int, int]]:
    """Where each paragraph of a text begins and ends; one that is very long is set in several."""
    start = 0
    for gap in (*_PARAGRAPH_END.finditer(text), None):
        end = gap.start() if gap else len(text)
        if text[start:end].strip():
            yield from _parted(text, start, end)
        start = gap.end() if gap else end


def _parted(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    if end - start > _LONG:
        for gap in _SENTENCE_END.finditer(text, start, end):
            if gap.start() - start >= _ABOUT and end - gap.end() >= _ABOUT // 2:
                yield start, gap.start()
                start = gap.end()
    yield start, end


def _marked(text: str, start: int, end: int, marks: Sequence[Mark], edges: Sequence[int]) -> str:
    """A slice of the text, cut where a mark begins or ends: marks may overlap."""
    within = edges[bisect_right(edges, start) : bisect_left(edges, end)]
    pieces = []
    for low, high in pairwise((start, *within, end)):
        words = escape(text[low:high])
        covering = [one for one in marks if one.start <= low and high <= one.end]
        if covering:
            labels = "".join(f"<sup>{one.number}</sup>" for one in covering if one.start == low)
            numbers = " ".join(dict.fromkeys(str(one.number) for one in covering))
            words = f'<mark data-n="{numbers}">{labels}{words}</mark>'
        pieces.append(words)
    return "".join(pieces)


def _versions(shown: Article, versions: Sequence[Article]) -> str:
    if len(versions) < 2:
        return ""
    told = "".join(
        f"<li>{_version(one, place, current=one.id == shown.id)}</li>"
        for place, one in enumerate(versions, 1)
    )
    return f'<section class="further"><h3>Versions of this story</h3><ol>{told}</ol></section>'


def _version(one: Article, place: int, *, current: bool) -> str:
    words = f"{place}. {day_line(one.published)}"
    title = f'<span dir="auto">{escape(one.title)}</span>'
    if current:
        return f'<span class="current" aria-current="true">{words} {title}</span>'
    return f'<button type="button" data-open="{escape(one.id)}">{words} {title}</button>'


def _places(places: Sequence[Appearance]) -> str:
    if not places:
        return ""
    more = len(places) - _MOST_PLACES
    told = [f"<li>{_place(one)}</li>" for one in places[:_MOST_PLACES]]
    told += [f"<li>and {count(more, 'other place')}</li>"] if more > 0 else []
    return f'<section class="further"><h3>Also found in</h3><ul>{"".join(told)}</ul></section>'


def _place(one: Appearance) -> str:
    """An outlet with its day, linked where it has an address; of a file, its name alone."""
    named = one.source or (PurePath(one.path).name if one.path else "") or one.url or "elsewhere"
    words = f'<span dir="auto">{escape(named)}</span>'
    if address := web_address(one.url):
        words = f'<a href="{escape(address)}" target="_blank" rel="noopener noreferrer">{words}</a>'
    return f"{words}, {day_line(one.published)}" if one.published else words


def _form(shown: Article, form: Form) -> str:
    known = {
        "title": shown.title,
        "source": shown.source or "",
        "published": day_line(shown.published) if shown.published else "",
        "author": shown.author or "",
        "section": shown.section or "",
        "url": shown.url or "",
    }
    fields = "".join(
        f'<label class="{name}"><span>{label}</span><input name="{name}" type="text" dir="auto" '
        f'autocomplete="off" value="{escape(form.typed.get(name, known[name]))}"'
        f"{_HINTS.get(name, '')}></label>"
        for name, label in _FIELDS.items()
    )
    problem = f'<p class="problem" role="alert">{escape(form.problem)}</p>' if form.problem else ""
    return (
        f'<form class="details" data-details="{escape(shown.id)}" aria-label="Details of the '
        f'article" novalidate>{fields}{problem}<p class="actions"><button type="submit" '
        'class="main">Save</button><button type="button" data-cancel>Cancel</button></p></form>'
    )


_HINTS = {"published": ' placeholder="2 June 2025"'}


class Reader:
    """The reading view of a page: one dialog, which any part of it may show an article in."""

    def __init__(self, room: Room) -> None:
        self.room = room
        self._opening = counting(1)

    def show(
        self,
        article_id: str,
        marks: Sequence[Mark] = (),
        lit: int | None = None,
        *,
        form: Form | None = None,
        said: str = "",
    ) -> str:
        """What the dialog `board` is to show: an article, by its id, with its marks."""
        try:
            library = self.room.assistant.holding(article_id)
            found = library.get(article_id)
            versions = library.versions(article_id)
        except AssistantError as error:
            return unreadable(error)
        return article(
            found,
            marks,
            lit=lit,
            places=elsewhere(library, found),
            versions=versions,
            form=form,
            editable=library is self.room.assistant.library,
            said=said,
            opening=next(self._opening),
        )

    def place(self) -> None:
        """Put the dialog on the page, where it is not seen until it has an article."""
        self.board = part("reader", script="reading")
