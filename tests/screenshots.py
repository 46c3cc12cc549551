"""Takes the README's pictures of the page: `python tests/screenshots.py` writes .readme/*.png."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.resources import files
from pathlib import Path

from conftest import CHROMIUM, FLAGS
from playwright.sync_api import Browser, Page, sync_playwright
from test_browser import ANSWERED, ROOT, served

from index.library import Library

QUESTION = "what did Russia demand"
PICTURES = ROOT / ".readme"


def main() -> None:
    """Ask the sample articles in a real browser, and picture answer, library and a phone's page."""
    PICTURES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        library = Path(folder) / "library"
        with Library(library) as filled:
            filled.add(Path(str(files("assistant") / "samples")))
        with served(library) as address, sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
            with page_of(browser, address, 1360, 760) as page:
                ask(page)
                page.locator(".answer a.marker").first.click()
                page.locator("mark.lit").first.wait_for()
                page.screenshot(path=PICTURES / "chat.png")
                page.locator("#count").get_by_role("button", name="Library").click()
                page.locator("#rows li").first.wait_for()
                page.wait_for_timeout(300)
                page.screenshot(path=PICTURES / "library.png")
            with page_of(browser, address, 360, 740) as page:
                ask(page)
                page.locator(".answer a.marker").first.click()
                page.locator("mark.lit").first.wait_for()
                page.wait_for_timeout(300)
                page.screenshot(path=PICTURES / "phone.png")
            browser.close()


@contextmanager
def page_of(browser: Browser, address: str, width: int, height: int) -> Iterator[Page]:
    """The page in a window of that size, once it can be used."""
    page = browser.new_page(
        viewport={"width": width, "height": height},
        device_scale_factor=1.5,
        color_scheme="light",
        reduced_motion="reduce",
    )
    page.goto(address)
    page.locator(".welcome").wait_for(timeout=ANSWERED)
    yield page
    page.close()


def ask(page: Page) -> None:
    """Ask, and wait for the answer and what is offered to go on with."""
    page.get_by_label("Your question").fill(QUESTION)
    page.get_by_label("Your question").press("Enter")
    page.locator(".outcome").wait_for(timeout=ANSWERED)
    page.locator("#next button").first.wait_for(timeout=ANSWERED)


if __name__ == "__main__":
    main()
