"""The library's view without a browser: filters, timeline, reading, forms, adding, removing."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from html.parser import HTMLParser
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from library_kit import article, body, open_library

from assistant.web import adding, details, filters, listing, reading, removal, timeline, uploads
from assistant.web.filters import Chosen
from assistant.web.library import LibraryView
from assistant.web.listing import PAGE, View
from assistant.web.reading import Form, Mark, Reader
from assistant.web.room import Room
from index.catalogue import Entry, Listed, Outlet
from index.errors import AddressUnusable, AssistantError, InvalidOption
from index.library import Library
from index.types import Appearance, Article, FilterCount

HOSTILE = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "' onmouseover='alert(1)",
    "javascript:alert(1)",
    "</p></dialog><iframe src=//evil.example>",
    "&lt;script&gt; ${alert(1)} {{alert(1)}} <!-- -->",
    "\x00\ud800\u202egnp.exe",
]
texts = st.one_of(st.sampled_from(HOSTILE), st.text(min_size=1, max_size=40)).filter(str.strip)
TAGS = frozenset(
    re.findall(
        r"\w+",
        "a bdi button details dialog div fieldset form g h2 h3 header input label legend li mark "
        "ol option p rect section select span summary sup svg textarea time ul",
    )
)
VOID = {"input", "rect"}


class Page(HTMLParser):
    """The elements and the text of a piece of HTML, as a browser would find them."""

    def __init__(self, markup: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.open: list[str] = []
        self.words: list[str] = []
        self.marked: dict[str, str] = {}
        self.feed(markup)
        self.close()
        assert not self.open

    def handle_starttag(self, tag: str, attrs: Sequence[tuple[str, str | None]]) -> None:
        attributes = {name: value or "" for name, value in attrs}
        assert tag in TAGS
        assert not [name for name in attributes if name.startswith("on")]
        assert attributes.get("href", "http://").startswith(("http://", "https://"))
        self.elements.append((tag, attributes))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] == "mark":
            numbers = next(a["data-n"] for t, a in reversed(self.elements) if t == "mark")
            for number in numbers.split():
                self.marked[number] = self.marked.get(number, "") + data
        if "sup" not in self.open:
            self.words.append(data)

    @property
    def text(self) -> str:
        return "".join(self.words)

    def all(self, name: str) -> list[dict[str, str]]:
        """The attributes of the elements that have one of that name."""
        return [attributes for _, attributes in self.elements if name in attributes]


def squeezed(text: str) -> str:
    return "".join(text.split())


# Filters

DAYS = Chosen(since=date(2025, 6, 2), until=date(2025, 6, 8))


def test_chips_name_what_is_chosen_and_each_takes_its_part_away() -> None:
    chosen = filters.with_source(filters.with_source(DAYS, "Harbour Post"), 'The "Wire"')
    page = Page(filters.chips(chosen))
    assert page.text.replace("×", "|") == '2-8 June 2025|Harbour Post|The "Wire"|'
    dropped = [chip["data-drop"] for chip in page.all("data-drop")]
    assert filters.without(chosen, dropped[0]).sources == ("Harbour Post", 'The "Wire"')
    assert filters.without(chosen, dropped[2]).sources == ("Harbour Post",)
    for what in dropped:
        chosen = filters.without(chosen, what)
    assert not chosen
    assert filters.chips(chosen) == ""


def test_a_choice_is_the_options_of_a_question(tmp_path: Path) -> None:
    with open_library(tmp_path) as library:
        library.add([article(1), article(5, source="Vale Post")])
        chosen = filters.with_source(
            filters.within(Chosen(), None, date(2025, 3, 1)), "Harbour Post"
        )
        assert [one.id for one in library.list(**filters.options(chosen))] == [article(1).id]
        assert len(library.list(**filters.options(Chosen()))) == 2


def test_days_are_put_in_order_and_an_outlet_is_chosen_once() -> None:
    assert filters.within(Chosen(), date(2025, 6, 8), date(2025, 6, 2)) == DAYS
    once = filters.with_source(DAYS, "Wire")
    assert filters.with_source(once, "Wire") == once
    assert filters.with_source(once, " ") == once
    assert filters.without(once, "source:Nobody") == once
    assert bool(Chosen(until=date(2025, 1, 1)))


# The timeline


def at(*days: date | None, source: str = "Wire") -> list[Article]:
    return [
        Article(title=f"Report {n}", text=f"{body(n)} {source}", source=source, published=day)
        for n, day in enumerate(days)
    ]


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    with open_library(tmp_path / "library") as one:
        yield one


@pytest.mark.parametrize(
    ("days", "span", "bars"),
    [
        ([date(2025, 6, 2)], "2 June 2025", 1),
        ([date(2025, 6, 2), date(2025, 6, 2), date(2025, 6, 20)], "2 June 2025", 19),
        ([date(2024, 12, 30), date(2025, 11, 5)], "30 December 2024 to 5 January 2025", 45),
        ([date(2022, 2, 28), date(2025, 6, 1)], "February 2022", 41),
        ([date(2015, 2, 28), date(2025, 6, 1)], "1 January to 31 March 2015", 42),
        ([date(1971, 2, 28), date(2025, 6, 1)], "1971", 55),
        ([date(1605, 2, 28), date(2025, 6, 1)], "1600 to 1609", 43),
        ([date(1, 1, 1), date(9999, 12, 31)], "1 January 1 to 31 December 99", 100),
        ([date(9999, 12, 30), date(9999, 12, 31)], "30 December 9999", 2),
        ([date(9999, 9, 1), date(9999, 12, 31)], "30 August to 5 September 9999", 18),
    ],
)
def test_the_bars_are_as_long_as_the_library_wants(
    library: Library, days: list[date], span: str, bars: int
) -> None:
    library.add(at(*days, None))
    found = timeline.periods(library)
    assert sum(one.articles for one in found) == len(days)
    assert all(b.since == a.until + timedelta(1) for a, b in pairwise(found))
    assert found[0].since <= min(days)
    assert found[-1].until >= max(days)
    if days[0].year > 1:
        assert timeline.named(found[0].since, found[0].until) == span
        assert len(found) == bars
    assert len(found) <= 100
    shown = Page(timeline.plot(found, Chosen(), FilterCount(articles=1, undated=0), 1))
    assert len(shown.all("data-since")) == len(found)
    assert "1 without a date" in shown.text


def test_a_bar_says_what_it_holds_and_lights_when_it_is_chosen(library: Library) -> None:
    library.add(at(*[date(2025, 6, day) for day in (1, 2, 2, 8, 9)]))
    found = timeline.periods(library)
    shown = Page(timeline.plot(found, DAYS, FilterCount(articles=3, undated=0), 0))
    bars = shown.all("data-since")
    assert bars[1]["aria-label"] == "2 June 2025: 2 articles"
    assert [bar["data-since"] for bar in bars if bar["aria-pressed"] == "true"] == [
        f"2025-06-0{day}" for day in range(2, 9)
    ]
    assert [bar["tabindex"] for bar in bars] == ["0"] + ["-1"] * 8
    assert "2-8 June 2025: 3 articles" in shown.text
    small = Page(timeline.spark(found, DAYS))
    assert small.all("role")[0]["aria-label"] == "5 articles from 1 June 2025 to 9 June 2025"


def test_outlets_change_the_counts_and_not_the_bars(library: Library) -> None:
    library.add(at(date(2025, 6, 1), date(2025, 6, 9)))
    library.add(at(date(2025, 6, 4), source="Vale Post"))
    assert [one.articles for one in timeline.periods(library, ("vale post",))] == [
        *[0] * 3, 1, *[0] * 5,
    ]  # fmt: skip


def test_a_library_without_dates_has_no_plot(library: Library) -> None:
    assert timeline.periods(library) == ()
    none = FilterCount(articles=0, undated=0)
    assert timeline.plot((), Chosen(), none, 0) == ""
    assert timeline.spark((), Chosen()) == ""
    library.add(at(None))
    assert "1 article without a date" in timeline.plot((), Chosen(), none, 1)


def test_a_plot_of_thousands_is_drawn_at_once(library: Library) -> None:
    first = date(2004, 2, 1)
    library.add([article(n, published=first + timedelta(n % 500)) for n in range(2_225)])
    timeline.periods(library)
    spent = []
    for _ in range(5):
        began = time.thread_time()
        bars = timeline.periods(library)
        timeline.plot(bars, Chosen(), FilterCount(articles=1, undated=0), 0)
        timeline.spark(bars, Chosen())
        spent.append(time.thread_time() - began)
    assert min(spent) < 0.05


# The reading view


def test_marks_may_overlap_and_cross_paragraphs() -> None:
    text = "The ferry burned.\n\nTwelve people were hurt. The captain blamed the galley."
    words = ["ferry burned.\n\nTwelve people", "people were hurt.", "The captain"]
    marks = [
        Mark(number=n, start=text.index(one), end=text.index(one) + len(one))
        for n, one in enumerate(words, 1)
    ]
    page = Page(reading.article(Article(title="t", text=text), marks, lit=2))
    for mark in marks:
        quoted = squeezed(page.marked[str(mark.number)])
        assert quoted == squeezed(text[mark.start : mark.end])
    (dialog,) = page.all("data-lit")
    assert dialog["data-lit"] == "2"
    assert reading.marks_in(dialog["data-marks"]) == tuple(marks)


@given(
    st.text(alphabet="ab.!? \n“”<&", max_size=400),
    st.lists(st.tuples(st.integers(-5, 420), st.integers(-5, 420)), max_size=6),
)
def test_no_word_is_lost_or_wrongly_marked(text: str, slices: list[tuple[int, int]]) -> None:
    marks = [Mark(number=n, start=start, end=end) for n, (start, end) in enumerate(slices)]
    shown = Page(reading._text(text, marks))
    assert squeezed(shown.text) == squeezed(text)
    for mark in marks:
        inside = 0 <= mark.start < mark.end <= len(text)
        expected = squeezed(text[mark.start : mark.end]) if inside else ""
        assert squeezed(shown.marked.get(str(mark.number), "")) == expected


def test_a_text_without_paragraphs_is_set_in_several() -> None:
    text = " ".join(f"Sentence number {n} stands here in one long line." for n in range(200))
    lengths = [end - start for start, end in reading.paragraphs(text)]
    assert len(lengths) > 5
    assert max(lengths) < 1_600
    endless = "word " * 2_000
    assert len(list(reading.paragraphs(endless))) == 1  # nowhere to break it


def test_the_reading_view_says_all_that_is_known() -> None:
    known = Article(
        title="Ferry burns", text="It burned.", source="Wire", published=date(2025, 6, 3),
        author="Elin Dahl", section="World", url="https://a.example/1?a=1&b=2",
    )  # fmt: skip
    places = [
        Appearance(source="Vale Post", url="https://b.example/", published=date(2025, 6, 4)),
        Appearance(path="/home/someone/secret/ferry.txt"),
        *[Appearance(source=f"Outlet {n}") for n in range(20)],
    ]
    older = Article(title="Fire at sea", text="Fire.", published=date(2025, 6, 2))
    page = Page(reading.article(known, places=places, versions=[older, known]))
    for words in ("Ferry burns", "Elin Dahl", "World", "Wire · 3 June 2025", "Vale Post, 4 June",
                  "ferry.txt", "and 10 other places", "1. 2 June 2025 Fire at sea"):  # fmt: skip
        assert words in page.text
    assert "someone" not in page.text
    links = [one["href"] for one in page.all("href")]
    assert links == ["https://a.example/1?a=1&b=2", "https://b.example/"]
    assert [one["data-open"] for one in page.all("data-open")] == [older.id]
    assert not page.all("data-details")


def test_the_form_shows_what_is_known_or_what_was_typed() -> None:
    known = Article(title='A "title"', text="t", published=date(2025, 6, 3))
    fields = {one["name"]: one["value"] for one in Page(
        reading.article(known, form=Form())
    ).all("name")}  # fmt: skip
    assert fields["title"] == 'A "title"'
    assert fields["published"] == "3 June 2025"
    assert fields["source"] == ""
    again = Page(reading.article(known, form=Form(typed={"published": "31 June"}, problem="No.")))
    assert {one["name"]: one["value"] for one in again.all("name")}["published"] == "31 June"
    assert "No." in again.text


@given(title=texts, words=texts, outlet=texts, url=texts)
def test_no_text_becomes_markup(title: str, words: str, outlet: str, url: str) -> None:
    one = Article(title=title, text=words, source=outlet, author=words, section=title, url=url)
    entry = Entry(
        id=one.id, title=title, source=outlet, published=None, words=1, places=1, versions=2
    )
    place = Appearance(source=outlet, url=url, path=words)
    chosen = Chosen(sources=(outlet, words))
    form = Form(typed={"title": words, "url": url}, problem=title)
    for markup in (
        reading.article(
            one, [Mark(number=1, start=0, end=1)], places=[place], versions=[one, one], form=form
        ),
        reading.unreadable(AssistantError(words, title)),
        listing.rows(Listed(entries=(entry,), total=70), View(matching=words), chosen),
        listing.outlets([Outlet(name=outlet, articles=1)], chosen),
        listing.removed([title]),
        listing.told(words),
        filters.chips(chosen),
    ):
        Page(markup).text.encode("utf-8")


def test_hostile_text_is_shown_as_it_was_written() -> None:
    page = Page(reading.article(Article(title=HOSTILE[0], text=HOSTILE[1], url=HOSTILE[3])))
    assert HOSTILE[0] in page.text
    assert HOSTILE[1] in page.text
    assert not page.all("href")


def test_static_parts_are_whole() -> None:
    for markup in (
        listing.heading(), listing.tools(), listing.adding(), listing.ways(), listing.shelf(3, ""),
        listing.empty(samples=True), listing.empty(samples=False),
    ):  # fmt: skip
        Page(markup)
    assert "sample" not in listing.empty(samples=False)


# Forms


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("31 June 2025", "“31 June 2025” is no date. Write it like 2 June 2025."),
        ("31 June", "“31 June” is no date."),
        ("02/06/2025", "“02/06/2025” could be two days."),
        ("soon", "“soon” is no date."),
    ],
)
def test_what_is_no_day_is_said_plainly(typed: str, said: str) -> None:
    with pytest.raises(InvalidOption) as caught:
        details.day_typed(typed)
    assert str(caught.value).startswith(said)


@pytest.mark.parametrize("typed", ["2 June 2025", " June 2, 2025 ", "2025-06-02", "25/12/2025"])
def test_a_day_may_be_written_in_many_ways(typed: str) -> None:
    assert details.day_typed(typed)
    assert details.day_typed(" ") is None


def test_only_what_was_changed_is_corrected() -> None:
    known = Article(
        title="T", text="t", source="Wire", published=date(2025, 6, 3), url="http://a.b/"
    )
    form = {"title": " T ", "source": "", "published": "3 June 2025", "author": "Elin  Dahl",
            "section": "", "url": "http://a.b/"}  # fmt: skip
    assert details.corrected_facts(form, known) == {"source": None, "author": "Elin Dahl"}
    assert details.corrected_facts({"published": ""}, known) == {"published": None}
    with pytest.raises(InvalidOption, match="headline"):
        details.corrected_facts({"title": " "}, known)
    with pytest.raises(AddressUnusable):
        details.corrected_facts({"url": "javascript:alert(1)"}, known)


def test_a_pasted_text_may_bring_its_own_headline() -> None:
    made = details.pasted_article({"text": "Ferry burns\n\nIt burned.", "published": "2 June 2025"})
    assert (made.title, made.text, made.published) == (
        "Ferry burns",
        "It burned.",
        date(2025, 6, 2),
    )
    assert details.pasted_article({"text": "a\nb", "title": "T", "source": " "}).text == "a\nb"
    assert details.pasted_article({"text": "One line only"}).text == "One line only"
    with pytest.raises(InvalidOption):
        details.pasted_article({"text": " \n "})


# Adding


def last(states: Iterator[uploads.Adding]) -> uploads.Adding:
    *_, end = states
    assert end.ended
    return end


def test_a_pasted_text_is_added_and_reported(library: Library) -> None:
    form = {"text": f"9/11 in court\n\n{body(1)}", "source": "Wire"}
    state = last(adding.pasted(library, form))
    assert [one.status for one in state.verdicts] == ["added"]
    assert "9/11 in court" in uploads.report(state, "paste")  # which is no path
    assert 'data-done="paste"' in uploads.report(state, "paste")
    assert library.list()[0].source == "Wire"
    refused = last(adding.pasted(library, {"text": "x", "published": "31 June 2025"}))
    assert "“31 June 2025” is no date" in uploads.report(refused, "paste")
    assert "data-done" not in uploads.report(refused, "paste")
    assert len(library) == 1


FEED = """<?xml version="1.0"?><rss version="2.0"><channel><title>Harbour Post</title>
<item><title>Fire</title><link>{0}/page</link><guid>1</guid></item></channel></rss>"""


class Site(BaseHTTPRequestHandler):
    """A page, a feed that lists it, and nothing else."""

    def do_GET(self) -> None:
        host = f"http://{self.headers['Host']}"
        title = "Ferry burns off Lindal"
        story = (
            f"<html><head><title>{title}</title></head><body><article><h1>{title}</h1>"
            f"<p>{body(3, sentences=20)}</p></article></body></html>"
        )
        pages = {"/page": ("text/html", story), "/feed": ("application/rss+xml", FEED.format(host))}
        kind, text = pages.get(self.path, ("text/plain", ""))
        self.send_response(200 if text else 404)
        self.send_header("Content-Type", kind)
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, *_: object) -> None:
        """Nothing: the test's output stays readable."""


@pytest.fixture
def site() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Site) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_addresses_of_the_own_network_are_refused(library: Library, site: str) -> None:
    for feeds in (False, True):
        state = last(adding.fetched(library, f"{site}/page", feeds=feeds))
        (verdict,) = state.verdicts
        assert verdict.status == "skipped"
        assert "not on the public net" in verdict.reason
        assert f"{site.removeprefix('http://')}/page" in uploads.report(state)
    assert len(library) == 0


def test_pages_and_feeds_are_fetched_where_it_is_allowed(library: Library, site: str) -> None:
    lines = f"{site}/page\n {site}/none\n{site}/page"
    state = last(adding.fetched(library, lines, allow_private=True))
    assert [one.status for one in state.verdicts] == ["added", "skipped"]
    assert "404" in state.verdicts[1].reason
    feed = last(adding.fetched(library, f"{site}/feed", feeds=True, allow_private=True))
    assert [one.status for one in feed.verdicts] == ["duplicate"]
    again = last(adding.fetched(library, f"{site}/feed", feeds=True, allow_private=True))
    assert again.verdicts[0].reason == "nothing new in the feed"
    assert len(library) == 1


def test_no_address_is_said_to_be_missing(library: Library) -> None:
    assert "There is no address" in uploads.report(last(adding.fetched(library, " \n ")))
    (odd,) = last(adding.fetched(library, "ftp://a.example/x")).verdicts
    assert odd.status == "skipped"


# Removing: the uploaded file goes with its article, and comes back with it


def test_an_uploaded_file_goes_and_comes_back_with_its_article(
    library: Library, tmp_path: Path
) -> None:
    own = tmp_path / "own.txt"
    own.write_text(f"Of my own\n\n{body(1)}")
    library.add(own)
    dropped = tmp_path / "dropped.txt"
    dropped.write_text(f"Dropped\n\n{body(2)}")
    last(uploads.add(library, [dropped]))
    kept = library.path / "uploads" / "dropped.txt"
    stamp = kept.stat().st_mtime_ns
    removed = removal.take_out(library, [one.id for one in library])
    assert set(removed.titles) == {"Of my own", "Dropped"}
    assert not kept.exists()
    assert own.exists()
    removal.put_back(library, removed)
    assert kept.read_text().startswith("Dropped")
    assert kept.stat().st_mtime_ns == stamp
    assert len(library) == 2
    assert library.check() == ()


def test_an_export_stays_until_its_last_article_goes(library: Library, tmp_path: Path) -> None:
    export = tmp_path / "two.jsonl"
    lines = [f'{{"title": "T{n}", "text": "{body(n)}"}}' for n in (1, 2)]
    export.write_text("\n".join(lines))
    last(uploads.add(library, [export]))
    kept = library.path / "uploads" / "two.jsonl"
    first, second = library.list()
    removal.take_out(library, [first.id])
    assert kept.exists()
    removal.take_out(library, [second.id])
    assert not kept.exists()


# The events of the view


def event(**data: Any) -> Any:
    return SimpleNamespace(_data=data)


@pytest.fixture
def view(library: Library) -> LibraryView:
    room = Room(SimpleNamespace(library=library, holding=lambda _: library), samples=False)  # type: ignore[arg-type]
    return LibraryView(room, Reader(room))


def test_the_list_is_searched_sorted_and_paged(view: LibraryView, library: Library) -> None:
    library.add([article(n) for n in range(60)])
    parts = view.parts(Chosen(), View())
    assert len(Page(parts.rows).all("data-id")) == PAGE
    assert "Show 10 more" in Page(parts.rows).text
    longer, rows = view.more(Chosen(), View())
    assert len(Page(rows).all("data-id")) == 60
    assert "more" not in Page(rows).text
    one, rows = view.searched(Chosen(), longer, event(matching=article(7).title, order="title"))
    assert one == View(matching=article(7).title, order="title")
    assert "1 article found" in Page(rows).text
    assert view.searched(Chosen(), one, event(order="'; DROP"))[0] == View(order="title")
    _, rows = view.searched(Chosen(), one, event(matching="nowhere"))
    assert "No article fits" in rows


def test_what_is_chosen_follows_each_press(view: LibraryView) -> None:
    chosen = view.picked(Chosen(), event(since="2025-06-02", until="2025-06-08"))
    assert chosen == DAYS
    chosen = view.picked(chosen, event(source="Wire", on=True))
    assert chosen.sources == ("Wire",)
    assert view.picked(chosen, event(drop="days")) == Chosen(sources=("Wire",))
    assert view.picked(chosen, event(source="Wire", on=False)) == DAYS
    odd: Any
    for odd in (event(since="2025-13-40"), SimpleNamespace(_data=None)):
        assert view.picked(DAYS, odd) in {DAYS, Chosen()}


def test_nothing_is_sent_again_while_the_library_is_as_it_was(
    view: LibraryView, library: Library
) -> None:
    library.add(article(1))
    *_, rows, state = view.opened(Chosen(), View())
    assert all(isinstance(one, dict) for one in view.looked(Chosen(), View(), state))
    library.edit(article(1).id, source="Elsewhere")
    *_, again, _ = view.looked(Chosen(), View(), state)
    assert "Elsewhere" in again
    assert again != rows


def test_an_edit_is_saved_or_says_what_is_wrong(view: LibraryView, library: Library) -> None:
    library.add(article(1))
    known = article(1).id
    assert Page(view.edit(event(id=known, open=True))).all("data-details")
    wrong = Page(view.edit(event(id=known, form={"title": "New", "published": "31 June 2025"})))
    assert "“31 June 2025” is no date" in wrong.text
    assert library.get(known).title == article(1).title
    form = {"title": "New", "published": "1 July 2025"}
    right = Page(view.edit(event(id=known, form=form, marks="1:0-3", lit="1")))
    assert right.marked == {"1": article(1).text[:3]}  # as it was opened, from an answer
    assert "Saved." in right.text
    assert (library.get(known).title, library.get(known).published) == ("New", date(2025, 7, 1))
    assert not right.all("data-details")
    assert "not in the library any more" in view.edit(
        event(id="0123456789abcdef", form={"title": "x"})
    )


def test_a_removal_can_be_undone_once(view: LibraryView, library: Library) -> None:
    library.add([article(1), article(2)])
    removed, said, board = view.remove(event(ids=[article(1).id, article(2).id, 7]))
    assert "2 articles" in Page(said).text
    assert board == ""
    assert "There are no articles yet" in view.parts(Chosen(), View()).rows
    nothing, said = view.undo(removed)
    assert nothing is None
    assert "2 articles are back" in said
    assert len(library) == 2
    assert view.undo(None) == (None, "")
    known = article(1).id
    assert "Nothing was removed" in view.remove(event(ids=[known, "0123456789abcdef"]))[1]
    assert len(library) == 2


def test_a_library_that_cannot_be_read_says_so(view: LibraryView, library: Library) -> None:
    library.path.mkdir(parents=True)
    library.store.file.write_bytes(b"no library at all, but long enough to be taken for one" * 99)
    parts = view.parts(Chosen(), View())
    assert "problem" in parts.rows
    assert parts.count == ""


def test_the_days_of_an_answer_s_articles_stand_on_a_line() -> None:
    shown = Page(timeline.moments([date(2025, 6, 2), date(2025, 6, 12), date(2025, 6, 2)]))
    buttons = [one for one in shown.elements if one[0] == "button"]
    assert [one[1]["style"] for one in buttons] == ["left:0.00%", "left:100.00%"]
    assert buttons[0][1]["aria-label"] == "Only 2 June 2025: 2 articles of this answer"
    assert timeline.moments([]) == timeline.moments([date(2025, 6, 2)] * 3) == ""
