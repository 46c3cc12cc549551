"""The library's view as HTML: its heading, the ways of adding, its list, and what was removed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from assistant.web.filters import Chosen
from assistant.web.markup import DOT, byline, count, escape
from index.catalogue import Entry, Listed, Order, Outlet

PAGE = 50  # entries shown at first, and more each time that more are asked for
_ORDERS: dict[Order, str] = {
    "newest": "Newest first",
    "oldest": "Oldest first",
    "added": "Last added first",
    "title": "By headline",
    "outlet": "By outlet",
}
_MANY_OUTLETS = 12  # from which on a box to search them is of use


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """How the list is looked at: what is searched for, in which order, and how far it goes."""

    matching: str = ""
    order: Order = "newest"
    limit: int = PAGE


def shelf(articles: int, spark: str = "") -> str:
    """The library's line beside the conversation: how much it holds, its timeline, the way in."""
    picture = f'<div class="sparkline" data-view="library">{spark}</div>' if spark else ""
    return (
        '<h2><button type="button" data-view="library">Library '
        f"<span>{count(articles, 'article')}</span></button></h2>{picture}"
    )


def ways() -> str:
    """The way from beside the conversation to what else can be added than files."""
    return (
        '<button type="button" class="quiet" data-adding>Paste a text, or add from the web</button>'
    )


def heading() -> str:
    """The head of the view: its name, the way back and the way to add."""
    return (
        '<header class="top"><h2 id="library-name" tabindex="-1">Library</h2>'
        '<button type="button" class="quiet" data-view="talk">Back to the conversation</button>'
        '<button type="button" class="main" data-adding aria-expanded="false" '
        'aria-controls="adding">Add articles</button></header>'
    )


def tools() -> str:
    """The search, the order, and the days from and to; the confirmation of a removal."""
    orders = "".join(f'<option value="{name}">{words}</option>' for name, words in _ORDERS.items())
    return (
        '<form class="tools" role="search" aria-label="Search the library">'
        '<label class="search"><span>Search headlines, outlets and text</span>'
        '<input type="search" name="matching" autocomplete="off" spellcheck="false" '
        'maxlength="200"></label>'
        f'<label><span>Order</span><select name="order">{orders}</select></label>'
        '<label><span>From</span><input type="date" name="since"></label>'
        '<label><span>To</span><input type="date" name="until"></label></form>'
        '<dialog id="confirm" class="confirm" aria-labelledby="confirm-words">'
        '<p id="confirm-words"></p><p class="actions"><button type="button" class="main" '
        'data-confirm>Remove</button><button type="button" data-keep>Keep</button></p></dialog>'
    )


def outlets(found: Sequence[Outlet], chosen: Chosen) -> str:
    """The outlets to choose from, each with its number of articles, the chosen ones ticked."""
    if not found:
        return ""
    names = {one.name.casefold() for one in found}
    gone = [Outlet(name=n, articles=0) for n in chosen.sources if n.casefold() not in names]
    picked = {name.casefold() for name in chosen.sources}
    boxes = "".join(_outlet(one, one.name.casefold() in picked) for one in (*gone, *found))
    search = (
        '<label class="find"><span>Find an outlet</span><input type="search" '
        'autocomplete="off" data-find></label>'
        if len(found) >= _MANY_OUTLETS
        else ""
    )
    told = f"{len(picked)} chosen of {len(found):,}" if picked else f"{len(found):,}"
    return (
        f'<details class="outlets"><summary>Outlets <span>{told}</span></summary>{search}'
        f'<ul aria-label="Outlets">{boxes}</ul></details>'
    )


def _outlet(one: Outlet, ticked: bool) -> str:
    state = " checked" if ticked else ""
    return (
        f'<li><label><input type="checkbox" data-source="{escape(one.name)}"{state}>'
        f'<span class="name" dir="auto">{escape(one.name)}</span>'
        f'<span class="articles">{one.articles:,}</span></label></li>'
    )


def rows(listed: Listed, view: View, chosen: Chosen, *, samples: bool = False) -> str:
    """The list: how many articles there are, and a row for each of the first ones.

    `samples` says whether the bundled samples answer while the library is empty.
    """
    limited = bool(view.matching.strip() or chosen)
    if not listed.total and not limited:
        return empty(samples=samples)
    if not listed.total:
        return (
            f'<div class="listing"{_days(chosen)}>'
            '<p class="tally" role="status">No article fits.</p>'
            '<p class="hint">Search for fewer words, or take a filter away.</p></div>'
        )
    shown = "".join(_row(entry) for entry in listed.entries)
    left = listed.total - len(listed.entries)
    more = (
        f'<button type="button" class="more" data-more>Show {min(PAGE, left):,} more '
        f"<span>of {left:,}</span></button>"
        if left > 0
        else ""
    )
    told = count(listed.total, "article")
    return (
        f'<div class="listing"{_days(chosen)}><div class="line"><label class="all">'
        '<input type="checkbox" data-all><span>Choose all shown</span></label>'
        f'<p class="tally" role="status">{told}{" found" if limited else ""}</p>'
        '<button type="button" class="quiet" data-remove-chosen hidden>Remove</button></div>'
        f'<ul class="rows" aria-label="Articles">{shown}</ul>{more}</div>'
    )


def _days(chosen: Chosen) -> str:
    """The chosen days as attributes, for the boxes that show them."""
    since, until = (day.isoformat() if day else "" for day in (chosen.since, chosen.until))
    return f' data-since="{since}" data-until="{until}"'


def _row(entry: Entry) -> str:
    told = [count(entry.words, "word")]
    if entry.versions > 1:
        told.append(count(entry.versions, "version"))
    if entry.places:
        told.append(f"also in {count(entry.places, 'place')}")
    title = escape(entry.title)
    return (
        f'<li data-id="{escape(entry.id)}"><input type="checkbox" data-choose '
        f'aria-label="Choose {title}"><button type="button" data-open="{escape(entry.id)}" '
        f'dir="auto">{title}</button>'
        f'<p class="by">{byline(entry.source, entry.published)}{DOT}{DOT.join(told)}</p></li>'
    )


def empty(*, samples: bool) -> str:
    """What an empty library says of itself: add your own, or try the samples where they answer."""
    attempt = '<button type="button" data-view="talk">Try the samples first</button>'
    note = (
        '<p class="hint">As long as the library is empty, ten bundled sample articles answer '
        "your questions. They are left out as soon as you add one.</p>"
    )
    return (
        '<div class="empty"><h3>There are no articles yet.</h3>'
        "<p>Give it articles of your own: files from this computer, a text that you paste, or the "
        "address of a page or a feed. They stay on this computer, in the library’s folder.</p>"
        '<p class="actions"><button type="button" class="main" data-adding>Add articles</button>'
        f"{attempt if samples else ''}</p>{note if samples else ''}</div>"
    )


def adding() -> str:
    """The ways of adding: files, a pasted text, addresses."""
    return (
        '<section id="adding" class="ways" aria-label="Add articles" hidden>'
        '<div class="way"><h3>Files</h3><p class="hint">Text, web pages, PDF, Word, mail, exports '
        "and archives. Choose many at once, or drop them anywhere here.</p>"
        '<button type="button" data-files>Choose files</button></div>'
        '<form class="way" data-way="addresses"><h3>From the web</h3>'
        "<label><span>Addresses, one a line</span>"
        '<textarea name="addresses" rows="2" required spellcheck="false" '
        'placeholder="https://"></textarea></label>'
        '<fieldset><legend>These are</legend><label><input type="radio" name="kind" value="page" '
        'checked><span>pages</span></label><label><input type="radio" name="kind" value="feed">'
        '<span>RSS or Atom feeds</span></label></fieldset><button type="submit">Fetch</button>'
        '</form><form class="way paste" data-way="paste" novalidate><h3>A text</h3>'
        '<label class="text"><span>Text</span><textarea name="text" rows="5" dir="auto">'
        "</textarea></label>"
        f"{_line('title', 'Headline', 'The first line, if left out')}"
        f"{_line('source', 'Outlet', '')}{_line('published', 'Date', '2 June 2025')}"
        '<button type="submit">Add this text</button></form></section>'
    )


def _line(name: str, words: str, hint: str) -> str:
    placeholder = f' placeholder="{escape(hint)}"' if hint else ""
    return (
        f'<label class="{name}"><span>{words}</span><input type="text" name="{name}" dir="auto" '
        f'autocomplete="off"{placeholder}></label>'
    )


def removed(titles: Sequence[str]) -> str:
    """What was just removed, and the way to undo it."""
    what = f"“{titles[0]}”" if len(titles) == 1 else count(len(titles), "article")
    return (
        f'<div class="undo"><p role="status">Removed <span dir="auto">{escape(what)}</span>.</p>'
        f'<button type="button" data-undo>Undo</button>{_DISMISS}</div>'
    )


def told(words: str) -> str:
    """A short word on what was done, or why it was not."""
    return f'<div class="undo"><p role="status">{escape(words)}</p>{_DISMISS}</div>'


_DISMISS = '<button type="button" data-dismiss aria-label="Dismiss">×</button>'
