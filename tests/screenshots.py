"""Takes the README's picture of the page: `python tests/screenshots.py` writes .readme/chat.png."""

from __future__ import annotations

import tempfile
from pathlib import Path

from conftest import CHROMIUM, FLAGS
from playwright.sync_api import sync_playwright
from test_browser import ANSWERED, ROOT, served

QUESTION = "what did Russia demand"
PICTURE = ROOT / ".readme" / "chat.png"


def main() -> None:
    """Ask the bundled samples in a real browser, light the first source, take the picture."""
    PICTURE.parent.mkdir(exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as folder,
        served(Path(folder) / "library") as address,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        page = browser.new_page(
            viewport={"width": 1360, "height": 640},
            device_scale_factor=1.5,
            color_scheme="light",
            reduced_motion="reduce",
        )
        page.goto(address)
        page.get_by_label("Your question").fill(QUESTION)
        page.get_by_label("Your question").press("Enter")
        page.locator(".outcome").wait_for(timeout=ANSWERED)
        page.locator(".answer a.marker").first.click()
        page.locator("mark.lit").first.wait_for()
        page.screenshot(path=PICTURE)
        browser.close()


if __name__ == "__main__":
    main()
