"""What one can do with answers and conversations on the page, in a real browser."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect
from test_browser import ANSWERED, Visit, served, visiting

from index.library import Library

pytestmark = pytest.mark.browser
QUESTION = "what did Russia demand"
WIDE: Any = {"width": 1440, "height": 900}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("talk") / "library"


@pytest.fixture(scope="module")
def here(folder: Path) -> Iterator[str]:
    with served(folder) as address:
        yield address


@pytest.fixture
def page(chromium: Browser, here: str) -> Iterator[Visit]:
    with visiting(
        chromium,
        viewport=WIDE,
        permissions=["clipboard-read", "clipboard-write"],
        reduced_motion="reduce",
    ) as visit:
        visit.open(here)
        yield visit


def tool(page: Page, name: str, turn: int = 0) -> None:
    page.locator(".turn").nth(turn).get_by_role("button", name=name, exact=True).click()


def clipboard(page: Page) -> str:
    text: str = page.evaluate("navigator.clipboard.readText()")
    return text


def test_an_answer_is_copied_as_text_and_with_its_sources(page: Visit) -> None:
    page.ask(QUESTION)
    tool(page.page, "Copy")
    expect(page.page.get_by_role("button", name="Copied")).to_be_visible()
    plain = clipboard(page.page)
    tool(page.page, "Copy with sources")
    whole = clipboard(page.page)
    assert "[1]" in plain
    assert "\n" not in plain
    assert whole.startswith(plain)
    assert "\n1. " in whole
    assert "“" in whole


def test_an_earlier_question_is_edited_and_the_conversation_goes_on_from_there(page: Visit) -> None:
    page.ask(QUESTION)
    page.ask("who mediated the meeting")
    tool(page.page, "Edit question")
    field = page.page.get_by_label("Edit the question")
    expect(field).to_be_focused()
    field.fill("when did the war begin")
    field.press("Enter")
    expect(page.page.locator(".turn")).to_have_count(1)
    expect(page.page.locator(".answer")).to_contain_text("2022", timeout=ANSWERED)
    page.reload()
    expect(page.page.locator(".turn")).to_have_count(1)
    expect(page.page.locator(".question")).to_have_text("when did the war begin")


def test_editing_can_be_left_and_asking_again_answers_again(page: Visit) -> None:
    page.ask(QUESTION)
    tool(page.page, "Edit question")
    page.page.get_by_label("Edit the question").press("Escape")
    expect(page.page.locator(".question")).to_be_visible()
    first = page.page.locator(".answer").inner_text()
    tool(page.page, "Ask again")
    expect(page.page.locator(".turn .outcome")).to_be_visible(timeout=ANSWERED)
    assert page.page.locator(".answer").inner_text() == first


def test_a_judgement_is_kept_with_its_word(page: Visit) -> None:
    page.ask(QUESTION)
    tool(page.page, "Not helpful")
    word = page.page.get_by_label("What was wrong?")
    expect(word).to_be_focused()
    word.fill("the second demand is missing")
    word.press("Enter")
    expect(page.page.get_by_role("button", name="Not helpful")).to_have_attribute(
        "aria-pressed", "true"
    )
    page.reload()
    judged = page.page.get_by_role("button", name="Not helpful")
    expect(judged).to_have_attribute("aria-pressed", "true")
    tool(page.page, "Helpful")
    expect(judged).to_have_attribute("aria-pressed", "false")


def test_conversations_are_found_opened_renamed_and_deleted(page: Visit) -> None:
    page.ask("how long did the talks last")
    item = page.page.locator("#list li[aria-current]")
    expect(item).to_contain_text("how long did the talks last")
    item.locator("summary").click()
    item.get_by_role("button", name="Rename").click()
    title = page.page.get_by_label("New title")
    title.fill("Length of the talks")
    title.press("Enter")
    renamed = page.page.locator("#list li", has_text="Length of the talks")
    expect(renamed).to_be_visible()
    page.page.get_by_role("button", name="New conversation").click()
    expect(page.page.locator(".welcome")).to_be_visible()

    page.page.get_by_label("Search conversations").press_sequentially("90 minutes")
    expect(page.page.locator("#list li")).to_have_count(1)
    renamed.get_by_role("button", name="Length of the talks").first.click()
    expect(page.page.locator(".answer")).to_contain_text("90 minutes")
    expect(page.page.locator("#sources .card")).not_to_have_count(0)

    renamed.locator("summary").click()
    renamed.get_by_role("button", name="Delete", exact=True).click()
    renamed.get_by_role("button", name="Delete for good?").click()
    expect(renamed).to_have_count(0)
    expect(page.page.locator(".welcome")).to_be_visible()


def test_a_conversation_is_saved_as_markdown_and_json(page: Visit) -> None:
    page.ask(QUESTION)
    item = page.page.locator("#list li[aria-current]")

    def saved(name: str) -> str:
        item.locator("summary").click()
        last = item.get_by_role("button", name="Delete", exact=True)
        expect(last).to_be_in_viewport(ratio=1)  # the whole menu, whatever holds the list
        with page.page.expect_download() as coming:
            item.get_by_role("button", name=name).click()
        assert coming.value.suggested_filename.startswith("what-did-Russia-demand.")
        return Path(coming.value.path()).read_text("utf-8")

    assert saved("Save as Markdown").startswith(f"# {QUESTION}\n\n## {QUESTION}\n")
    assert json.loads(saved("Save as JSON"))["turns"][0]["question"] == QUESTION


def test_questions_to_go_on_with_are_asked_when_pressed(page: Visit) -> None:
    page.ask(QUESTION)
    chip = page.page.locator("#next button").first
    expect(chip).to_be_visible(timeout=ANSWERED)
    asked = chip.inner_text()
    chip.click()
    expect(page.page.locator(".question").nth(1)).to_have_text(asked)
    expect(page.page.locator(".turn").nth(1)).to_contain_text("Answered from", timeout=ANSWERED)


def test_the_theme_is_chosen_and_remembered(page: Visit) -> None:
    page.page.get_by_role("button", name="Settings").click()
    page.page.get_by_label("Dark", exact=True).check()
    expect(page.page.locator("body.dark")).to_have_count(1)
    page.reload()
    expect(page.page.locator("body.dark")).to_have_count(1)


def test_who_answers_is_changed_and_tried(page: Visit) -> None:
    page.page.get_by_role("button", name="Settings").click()
    model = page.page.get_by_label("Who answers")
    model.fill("http://127.0.0.1:9/v1#nobody")
    model.press("Enter")
    expect(page.page.locator("#tried .problem")).to_contain_text("nobody", timeout=30_000)
    expect(page.page.locator("#model")).to_contain_text("built-in reader")
    model.fill("none")
    model.press("Enter")
    expect(page.page.locator("#tried")).to_contain_text("The built-in reader answers")


def test_steps_are_folded_and_say_what_was_read(page: Visit) -> None:
    page.ask(QUESTION)
    steps = page.page.locator(".steps")
    expect(steps).to_contain_text("Searched")
    expect(steps.get_by_text("Passages read")).not_to_be_visible()
    steps.locator("summary").click()
    expect(steps.locator("ol li").first).to_be_visible()


@pytest.mark.slow
def test_a_conversation_survives_a_restart(chromium: Browser, tmp_path: Path) -> None:
    library = tmp_path / "library"
    with served(library) as address, visiting(chromium) as visit:
        visit.open(address)
        visit.ask(QUESTION)
        expect(visit.page.locator("#list li[aria-current]")).to_be_visible()
        which, quote = (
            visit.page.url.partition("?")[2],
            visit.page.locator("mark").first.inner_text(),
        )
        visit.leave("about:blank")
    with served(library) as address, visiting(chromium) as visit:
        visit.page.goto(f"{address}?{which}")
        expect(visit.page.locator(".answer a.marker").first).to_be_visible(timeout=ANSWERED)
        assert visit.page.locator("mark").first.inner_text() == quote
        visit.leave(f"{address}?c=nonsense")
        expect(visit.page.locator(".problem")).to_contain_text("not here")


@pytest.mark.slow
def test_each_reader_sees_only_their_own_conversations(chromium: Browser, tmp_path: Path) -> None:
    names = tmp_path / "logins.toml"
    names.write_text('[anna]\npassword = "annas-sentence"\n\n[bert]\npassword = "berts-sentence"\n')
    names.chmod(0o600)

    def signed_in(page: Page, address: str, name: str) -> None:
        page.goto(address)
        page.get_by_label("username").fill(name)
        page.get_by_label("password").fill(f"{name}s-sentence")
        page.get_by_role("button", name="Login").click()
        expect(page.locator(".welcome")).to_be_visible(timeout=ANSWERED)

    with served(tmp_path / "library", "--auth", str(names)) as address:
        with visiting(chromium) as anna:
            signed_in(anna.page, address, "anna")
            anna.ask(QUESTION)
            expect(anna.page.locator("#list li[aria-current]")).to_contain_text(QUESTION)
            hers = anna.page.url
            expect(anna.page.get_by_label("Who answers")).to_have_count(0)
        with visiting(chromium) as bert:
            signed_in(bert.page, address, "bert")
            expect(bert.page.locator("#list")).to_contain_text("What you ask is kept here")
            bert.leave(hers)
            expect(bert.page.locator(".problem")).to_contain_text("not here", timeout=ANSWERED)
            bert.page.get_by_role("link", name="Sign out").click()
            expect(bert.page.get_by_label("password")).to_be_visible()


@pytest.mark.slow
def test_a_day_of_an_answer_s_articles_limits_what_is_asked_next(
    chromium: Browser, tmp_path: Path
) -> None:
    library = tmp_path / "library"
    with Library(library) as filled:
        filled.add(Path(__file__).parent / "data" / "time-articles.jsonl")
    with served(library) as address, visiting(chromium, viewport=WIDE) as visit:
        page = visit.open(address)
        visit.ask("how many patients' records were copied at Wexmoor")
        days = page.locator("#sources .current .moment")
        expect(days).to_have_count(2)
        newest = page.locator("#sources .current .card time").first.get_attribute("datetime")
        assert newest == days.last.get_attribute("data-since")
        days.first.click()
        chip = page.locator("#only .filter")
        expect(chip).to_have_text("2 June 2025×")
        visit.ask("how many patients' records were copied at Wexmoor")
        expect(page.locator(".answer").last).to_contain_text("60,000")
        expect(page.locator(".turn").last).not_to_contain_text("Reports differ")
        expect(page.locator(".outcome").last).to_contain_text("2 June 2025")
        chip.click()
        expect(chip).to_have_count(0)


def test_an_article_opens_whole_with_every_quote_of_the_answer_marked(page: Visit) -> None:
    page.ask(QUESTION)
    marker = page.page.locator(".answer a.marker").first
    quoted = page.page.locator("#sources mark").first.inner_text().removeprefix("1")
    assert quoted in (marker.get_attribute("title") or "")  # what hovering shows
    page.page.get_by_role("button", name="Open article").first.click()
    sheet = page.page.get_by_role("dialog")
    expect(sheet.get_by_role("heading", level=2)).to_contain_text("Istanbul")
    expect(sheet.locator("mark")).to_have_count(2)
    expect(sheet.locator("mark").first).to_be_in_viewport()
    expect(sheet).to_contain_text("Turkey wants to keep the contacts going")  # beyond the passage
    page.page.keyboard.press("Escape")
    expect(sheet).to_have_count(0)
