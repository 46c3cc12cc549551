"""The library's view in a real Chromium: its list, timeline, reading view, adding and removing."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect
from test_browser import ANSWERED, Visit, axe, served, upload, visiting

from index.library import Library
from index.types import Article

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]

TOWNS = ("Lindal", "Quillam", "Torvik", "Ostervale")
WIDE: Any = {"width": 1440, "height": 900}
NARROW: Any = {"width": 360, "height": 740}


def report(number: int) -> Article:
    """One of sixty reports of June and July 2025."""
    town = TOWNS[number % 4]
    return Article(
        title=f"Council of {town} meets for the {number}th time",
        text=f"The council of {town} met in hall {number}.\n\nIt voted on item {number} there.",
        source=("Harbour Post", "Vale Post", "Meridian Wire")[number % 3],
        published=date(2025, 6 + number // 30, 1 + number % 30),
    )


HOSTILE = Article(
    title='<script>alert(1)</script><img src="http://evil.example/t.png" onerror="alert(2)">',
    text='Gorm said <img src=x onerror="alert(3)">\n\n[click](javascript:alert(4)) {{alert(5)}} '
    '</p></dialog><iframe src="http://evil.example/"></iframe> and left.',
    source='<b onmouseover="alert(6)">Gorm Gazette</b>',
    url="http://evil.example/\" onclick='alert(7)'",
    author="</p><script>alert(8)</script>",
    published=date(2025, 1, 1),
)


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A library of sixty reports, one story in two versions, and a hostile article."""
    path = tmp_path_factory.mktemp("shelf") / "library"
    address = "https://a.example/2025/lighthouse"
    lighthouse = "The lighthouse of Cape Onderby was sold to a choir for one crown, the town said."
    versions = [
        Article(title="Lighthouse of Onderby sold", text=text, url=address, published=day)
        for text, day in (
            (lighthouse, date(2025, 8, 1)),
            (f"{lighthouse} Singing begins in May.", date(2025, 8, 2)),
        )
    ]
    with Library(path) as fresh:
        fresh.add([*(report(number) for number in range(60)), *versions, HOSTILE])
    return path


@pytest.fixture(scope="module")
def address(library: Path, chromium: Browser) -> Iterator[str]:
    with served(library) as url:
        yield url


@pytest.fixture
def visit(chromium: Browser) -> Iterator[Visit]:
    with visiting(chromium, viewport=WIDE, reduced_motion="reduce") as one:
        yield one


def enter(visit: Visit, address: str) -> Page:
    """The library's view, opened as a reader would."""
    page = visit.open(address)
    menu = page.get_by_role("button", name="Menu")
    if menu.is_visible():  # the left column is a drawer
        menu.click()
    page.locator("#count").get_by_role("button", name="Library").click()
    expect(page.get_by_role("heading", name="Library", exact=True)).to_be_focused()
    expect(page.locator("#rows li").first).to_be_visible()
    return page


def first(page: Page) -> str:
    return page.locator("#rows [data-open]").first.inner_text()


def tally(page: Page, words: str) -> None:
    expect(page.locator("#rows .tally")).to_have_text(words)


def test_the_view_takes_the_place_of_the_conversation_and_gives_it_back(
    visit: Visit, address: str
) -> None:
    page = visit.open(address)
    link = page.locator("#count").get_by_role("button", name="Library")
    expect(link).to_contain_text("62 articles")
    expect(page.locator("#library")).to_be_hidden()
    link.press("Enter")
    expect(page.locator("#library-name")).to_be_focused()
    expect(link).to_have_attribute("aria-current", "page")
    for part in ("#talk", "#composer", "#sources"):
        expect(page.locator(part)).to_be_hidden()
    page.get_by_role("button", name="Back to the conversation").click()
    expect(page.get_by_label("Your question")).to_be_focused()
    expect(page.locator("#library")).to_be_hidden()
    assert link.get_attribute("aria-current") is None


def test_the_list_is_searched_sorted_and_shown_further(visit: Visit, address: str) -> None:
    page = enter(visit, address)
    tally(page, "62 articles")
    expect(page.locator("#rows li")).to_have_count(50)
    page.locator("[data-more]").click()
    expect(page.locator("#rows li")).to_have_count(62)
    assert first(page) == "Lighthouse of Onderby sold"
    page.get_by_label("Order").select_option("oldest")
    expect(page.locator("#rows [data-open]").first).to_contain_text("<script>alert(1)</script>")
    box = page.get_by_label("Search headlines, outlets and text")
    box.press_sequentially("quillam vale", delay=20)
    tally(page, "5 articles found")
    box.fill("hall 17")
    tally(page, "1 article found")
    box.fill("nowhere at all")
    tally(page, "No article fits.")
    box.fill("")
    tally(page, "62 articles")


def test_the_timeline_and_the_outlets_limit_the_list_and_show_chips(
    visit: Visit, address: str
) -> None:
    page = enter(visit, address)
    chips, bars = page.locator("#chosen .filter"), page.locator("#plot .bar")
    june = page.locator('#plot .bar[aria-label^="2-8 June 2025"]')
    june.click()
    expect(chips).to_have_text(["2-8 June 2025×"])
    tally(page, "7 articles found")
    expect(page.get_by_label("From", exact=True)).to_have_value("2025-06-02")
    expect(june).to_have_attribute("aria-pressed", "true")
    expect(page.locator("#plot .now")).to_have_text("2-8 June 2025: 7 articles")
    page.keyboard.press("ArrowRight")
    expect(page.locator('#plot .bar[aria-label^="9-15 June 2025"]')).to_be_focused()
    page.keyboard.press("Shift+Enter")
    expect(chips).to_have_text(["2-15 June 2025×"])
    tally(page, "14 articles found")
    page.locator("#outlets summary").click()
    page.get_by_role("checkbox", name="Vale Post").check()
    expect(chips).to_have_text(["2-15 June 2025×", "Vale Post×"])
    tally(page, "5 articles found")
    expect(
        page.get_by_role("checkbox", name="Vale Post")
    ).to_be_visible()  # the list of outlets stays unfolded
    chips.first.press("Enter")
    expect(chips).to_have_text(["Vale Post×"])
    expect(chips.first).to_be_focused()
    chips.first.click()
    expect(chips).to_have_count(0)
    expect(page.get_by_role("checkbox", name="Vale Post")).not_to_be_checked()
    tally(page, "62 articles")
    begin, end = bars.nth(22).bounding_box(), bars.nth(24).bounding_box()
    assert begin
    assert end
    page.mouse.move(begin["x"] + 4, begin["y"] + 50)
    page.mouse.down()
    page.mouse.move(end["x"] + 4, end["y"] + 50, steps=4)
    expect(page.locator("#plot .swept")).to_have_count(3)
    page.mouse.up()
    expect(chips).to_have_text(["2-22 June 2025×"])
    page.get_by_label("To", exact=True).fill("2025-06-04")
    expect(chips).to_have_text(["2-4 June 2025×"])
    tally(page, "3 articles found")


def test_an_article_is_read_edited_removed_and_brought_back(
    visit: Visit, address: str, library: Path
) -> None:
    page = enter(visit, address)
    opener = page.locator("#rows [data-open]").first
    opener.press("Enter")
    sheet = page.get_by_role("dialog")
    expect(sheet).to_contain_text("Singing begins in May.")
    expect(page.locator(".reading .sheet")).to_be_focused()
    sheet.get_by_role("button", name="1 August 2025").click()
    expect(sheet.locator(".text")).not_to_contain_text("Singing")
    sheet.get_by_role("button", name="2 August 2025").click()
    expect(sheet.locator(".text")).to_contain_text("Singing")
    # As it is opened from an answer, with the quoted words marked
    page.locator("dialog.reading").evaluate(
        "dialog => Object.assign(dialog.dataset, { marks: '1:4-14 7:4-30', lit: '7' })"
    )
    sheet.get_by_role("button", name="Edit details").click()
    sheet.get_by_role("button", name="Cancel").click()
    expect(sheet.locator("mark.lit")).to_have_text(["17lighthouse", " of Cape Onderby"])
    expect(sheet.locator("mark.lit").first).to_be_in_viewport()
    page.keyboard.press("Escape")
    expect(sheet).to_have_count(0)
    expect(opener).to_be_focused()

    opener.click()
    sheet.get_by_role("button", name="Edit details").click()
    expect(sheet.get_by_label("Headline")).to_be_focused()
    sheet.get_by_label("Date").fill("31 June 2025")
    sheet.get_by_label("Outlet").fill("Onderby Echo")
    sheet.get_by_label("Outlet").press("Enter")
    expect(sheet.get_by_role("alert")).to_contain_text("“31 June 2025” is no date")
    expect(sheet.get_by_label("Outlet")).to_have_value("Onderby Echo")
    sheet.get_by_label("Date").fill("3 August 2025")
    sheet.get_by_role("button", name="Save").click()
    expect(sheet.get_by_role("status")).to_have_text("Saved.")
    expect(sheet.locator(".bar .by")).to_have_text("Onderby Echo · 3 August 2025")
    row = page.locator("#rows li").first
    expect(row).to_contain_text("Onderby Echo · 3 August 2025")
    with Library(library) as now:
        before = now.list(sources=["Onderby Echo"])

    sheet.get_by_role("button", name="Remove").click()
    expect(page.locator("#confirm")).to_contain_text("Remove “Lighthouse of Onderby sold”?")
    page.get_by_role("button", name="Keep").click()
    expect(sheet).to_be_visible()
    sheet.get_by_role("button", name="Remove").click()
    page.locator("#confirm").get_by_role("button", name="Remove").click()
    expect(page.get_by_role("button", name="Undo")).to_be_focused()
    expect(sheet).to_have_count(0)
    expect(page.locator("#rows")).not_to_contain_text("3 August")
    page.keyboard.press("Enter")
    expect(page.locator("#undone")).to_contain_text("is back")
    expect(row).to_contain_text("Onderby Echo · 3 August 2025")
    with Library(library) as now:
        assert now.list(sources=["Onderby Echo"]) == before


def test_several_are_removed_and_brought_back(visit: Visit, address: str) -> None:
    page = enter(visit, address)
    page.get_by_label("Search headlines, outlets and text").fill("torvik")
    tally(page, "15 articles found")
    page.get_by_label("Choose all shown").check()
    page.locator("#rows li").nth(3).get_by_role("checkbox").uncheck()
    page.get_by_role("button", name="Remove 14").click()
    expect(page.locator("#confirm")).to_contain_text("Remove 14 articles?")
    page.locator("#confirm").get_by_role("button", name="Remove").click()
    tally(page, "1 article found")
    expect(page.locator("#count")).to_contain_text("48 articles")
    expect(page.locator("#rows [data-remove-chosen]")).to_be_hidden()
    page.get_by_role("button", name="Undo").click()
    tally(page, "15 articles found")
    expect(page.locator("#count")).to_contain_text("62 articles")
    expect(page.locator("#rows li :checked")).to_have_count(0)


DROP = """(view) => {
    const dropped = new DataTransfer();
    const text = "Swans were counted on the lake of Torvik on Sunday.";
    dropped.items.add(new File([text], "dropped.txt", { type: "text/plain" }));
    for (const name of ["dragover", "drop"]) {
        const options = { dataTransfer: dropped, bubbles: true, cancelable: true };
        view.dispatchEvent(new DragEvent(name, options));
    }
}"""


def test_ten_files_a_text_and_an_address_are_added_while_questions_are_answered(
    visit: Visit, address: str, library: Path, tmp_path: Path
) -> None:
    page = enter(visit, address)
    page.get_by_role("button", name="Add articles", exact=True).first.click()
    expect(page.get_by_role("button", name="Choose files")).to_be_focused()
    paths = [tmp_path / f"note {number}.txt" for number in range(8)]
    for number, path in enumerate(paths):
        path.write_text(f"Note {number}\n\nThe keeper of lock {number} rang its bell at noon.")
    bad = [tmp_path / "empty.txt", tmp_path / "picture.xyz"]
    bad[0].write_bytes(b"")
    bad[1].write_bytes(b"no kind of file that is read")
    upload(page, *paths, *bad)
    visit_again = page.get_by_role("button", name="Back to the conversation")
    visit_again.click()
    visit.ask("where did the council of Torvik meet")
    expect(page.locator(".answer")).to_contain_text("hall")
    expect(page.locator("#report .tally")).to_have_text("2 skipped, 8 added", timeout=ANSWERED)
    page.locator("#count").get_by_role("button", name="Library").click()
    rows = page.locator("#added .verdicts li")
    expect(rows).to_have_count(10)
    for name, why in (
        ("empty.txt", "file is empty"),
        ("picture.xyz", "not a kind of file read here"),
    ):
        expect(rows.filter(has_text=name)).to_contain_text(why)
    expect(page.locator("#count")).to_contain_text("70 articles")

    text = page.get_by_label("Text", exact=True)
    text.fill("Mill of Quillam restored\n\nThe mill of Quillam grinds again after forty years.")
    page.locator("#adding").get_by_label("Date").fill("soon")
    page.get_by_role("button", name="Add this text").click()
    expect(page.locator("#added .tally")).to_contain_text("“soon” is no date")
    expect(text).not_to_be_empty()
    page.locator("#adding").get_by_label("Date").fill("4 September 2025")
    page.get_by_role("button", name="Add this text").click()
    expect(page.locator("#added .tally")).to_have_text("1 added")
    expect(text).to_be_empty()
    assert first(page) == "Mill of Quillam restored"

    page.get_by_label("Addresses, one a line").fill(f"{address}\n{address}feed")
    page.get_by_role("button", name="Fetch").click()
    expect(page.locator("#added .tally")).to_have_text("2 skipped", timeout=ANSWERED)
    expect(rows.first).to_contain_text("not on the public net")
    page.locator("#library").evaluate(DROP)
    expect(page.locator("#added .tally")).to_have_text("1 added", timeout=ANSWERED)
    expect(rows.first).to_contain_text("dropped.txt")
    with Library(library) as other:  # another process: the page notices without being asked
        other.add(Article(title="Told by another", text="Ravens nest in the tower of Torvik."))
    expect(page.locator("#count")).to_contain_text("73 articles", timeout=12_000)
    expect(page.locator("#rows")).to_contain_text("73 articles")


def test_a_hostile_article_is_text_in_the_list_and_in_the_reading_view(
    visit: Visit, address: str
) -> None:
    page = enter(visit, address)
    page.get_by_label("Order").select_option("oldest")
    row = page.locator("#rows li").first
    expect(row).to_contain_text('onerror="alert(2)">')
    expect(row).to_contain_text('<b onmouseover="alert(6)">Gorm Gazette</b>')
    row.locator("[data-open]").click()
    sheet = page.get_by_role("dialog")
    for words in ("alert(3)", "javascript:alert(4)", "{{alert(5)}}", "<iframe", "alert(8)"):
        expect(sheet).to_contain_text(words)
    sheet.get_by_role("button", name="Edit details").click()
    expect(sheet.get_by_label("Headline")).to_have_value(HOSTILE.title)
    page.keyboard.press("Escape")
    row.get_by_role("checkbox").check()
    page.locator("#outlets summary").click()
    page.get_by_role("checkbox", name="Gorm Gazette").check()
    expect(page.locator("#chosen .filter")).to_contain_text("onmouseover")
    odd = "img, script, iframe, b, [onerror], [onmouseover], [onclick]"
    assert page.locator("#room").locator(odd).count() == 0
    assert page.locator("#reader").locator(odd).count() == 0
    assert page.locator('a[href^="javascript"]').count() == 0


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_narrow_library_is_a_view_of_its_own_that_axe_accepts(
    chromium: Browser, address: str, scheme: Any
) -> None:
    narrow: Any = {"viewport": NARROW, "color_scheme": scheme, "reduced_motion": "reduce"}
    with visiting(chromium, has_touch=True, **narrow) as visit:
        page = enter(visit, address)
        expect(page.locator("#shelf")).to_be_hidden()
        page.locator("#plot .bar").nth(22).tap()
        expect(page.locator("#chosen .filter")).to_have_count(1)
        page.get_by_role("button", name="Add articles", exact=True).first.tap()
        expect(page.locator("#adding")).to_be_visible()
        page.locator("#outlets summary").tap()
        assert page.evaluate("document.documentElement.scrollWidth") <= 360
        assert axe(page) == []
        page.locator("#rows [data-open]").first.tap()
        sheet = page.get_by_role("dialog")
        box = sheet.bounding_box()
        assert box
        assert (box["x"], box["width"]) == (0, 360)
        sheet.get_by_role("button", name="Edit details").tap()
        expect(sheet.get_by_label("Headline")).to_be_focused()
        assert axe(page) == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_wide_library_is_accepted_by_axe(chromium: Browser, address: str, scheme: Any) -> None:
    with visiting(chromium, viewport=WIDE, color_scheme=scheme) as visit:
        page = enter(visit, address)
        page.locator("#plot .bar").nth(22).click()
        expect(page.locator("#chosen .filter")).to_have_count(1)
        assert axe(page) == []
        page.locator("#rows [data-open]").first.click()
        expect(page.get_by_role("dialog")).to_be_visible()
        assert axe(page) == []


@pytest.mark.slow
def test_an_empty_library_explains_itself(visit: Visit, chromium: Browser, tmp_path: Path) -> None:
    with served(tmp_path / "library") as address:
        page = visit.open(address)
        page.locator("#count").get_by_role("button", name="Library").click()
        empty = page.locator("#rows .empty")
        expect(empty).to_contain_text("There are no articles yet.")
        assert axe(page) == []
        empty.get_by_role("button", name="Try the samples first").click()
        expect(page.locator(".chip").first).to_be_visible()
        page.get_by_role("button", name="Paste a text, or add from the web").click()
        expect(page.locator("#adding")).to_be_visible()
        expect(page.get_by_role("button", name="Choose files")).to_be_focused()
        visit.check()
