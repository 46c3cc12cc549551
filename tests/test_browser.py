"""The page in a real Chromium: asking, sources, uploads, hostile articles, narrow screens, a11y."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, Request, expect

from index.library import Library

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]

ROOT = Path(__file__).resolve().parents[1]
TERRITORY = "cede significant new portions of territory currently under Russian control"
ARMY = "strict limitations on the size and capabilities of Ukraine's armed forces"
ANSWERED = 60_000  # milliseconds: the first question may wait for the models to load


def environment(library: Path) -> dict[str, str]:
    cache = library.with_name("cache")
    return {**os.environ, "ASSISTANT_LIBRARY": str(library), "ASSISTANT_CACHE": str(cache)}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def start(library: Path, *options: str) -> tuple[subprocess.Popen[str], str]:
    """The page as a process of its own, and its address once it is served."""
    command = [sys.executable, "-m", "ui", "--no-browser", "--port", str(free_port()), *options]
    process = subprocess.Popen(
        command,
        cwd=ROOT,
        env=environment(library),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert process.stdout
    said = process.stdout.readline()
    found = re.search(r"http://127\.0\.0\.1:\d+/", said)
    if not found:
        process.kill()
        pytest.fail(said + process.communicate()[0])
    return process, found[0]


def end(process: subprocess.Popen[str], ended_by: signal.Signals) -> str:
    """End the page as a user would; gives what it wrote after its first line."""
    process.send_signal(ended_by)
    written = process.communicate(timeout=30)[0]
    assert process.returncode == 0, written
    return written


@contextmanager
def served(
    library: Path, *options: str, ended_by: signal.Signals = signal.SIGTERM
) -> Iterator[str]:
    """The address of a page that runs meanwhile, and must end quietly."""
    process, address = start(library, *options)
    try:
        yield address
    except BaseException:
        process.kill()
        raise
    assert end(process, ended_by) == ""


def shell_add(library: Path, *paths: Path) -> None:
    command = [sys.executable, "-m", "assistant", "add", *map(str, paths)]
    subprocess.run(command, cwd=ROOT, env=environment(library), check=True, capture_output=True)


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory, shared_data: Path) -> Path:
    """A library that holds the report on the Istanbul talks."""
    path = tmp_path_factory.mktemp("browser") / "library"
    with Library(path) as fresh:
        fresh.add(shared_data / "real" / "istanbul-talks.txt")
    return path


@pytest.fixture(scope="module")
def address(library: Path, chromium: Browser) -> Iterator[str]:
    with served(library) as url:
        yield url


@pytest.fixture(scope="module")
def empty_address(tmp_path_factory: pytest.TempPathFactory, chromium: Browser) -> Iterator[str]:
    with served(tmp_path_factory.mktemp("empty") / "library", ended_by=signal.SIGINT) as url:
        yield url


@dataclass
class Visit:
    """One reader's page, and all that it asked of the network, said and popped up."""

    page: Page
    requests: list[Request] = field(default_factory=list)
    troubles: list[str] = field(default_factory=list)
    leaving: bool = False

    def __post_init__(self) -> None:
        self.page.on("request", lambda request: self.requests.append(request))
        self.page.on("dialog", lambda dialog: (self.troubles.append("dialog"), dialog.dismiss()))
        self.page.on("pageerror", lambda error: self._trouble(str(error)))
        self.page.on(
            "console",
            lambda said: self._trouble(said.text) if said.type == "error" else None,
        )

    def reload(self) -> None:
        """Load the page anew."""
        self.leave(self.page.url)
        expect(self.page.locator(".log")).to_be_visible()
        self.leaving = False

    def leave(self, address: str) -> None:
        """Go elsewhere; what Gradio says of the streams that this breaks off is no trouble."""
        self.check()
        self.leaving = True
        self.page.goto(address)

    def _trouble(self, error: str) -> None:
        broken_off = "AbortError" in error or (self.leaving and "Connection errored" in error)
        if not broken_off:
            self.troubles.append(error)

    def open(self, address: str) -> Page:
        self.page.goto(address)
        expect(self.page.locator(".welcome")).to_be_visible(timeout=ANSWERED)
        return self.page

    def ask(self, question: str) -> None:
        turns = self.page.locator(".turn").count()
        box = self.page.get_by_label("Your question")
        box.fill(question)
        box.press("Enter")
        turn = self.page.locator(".turn").nth(turns)
        expect(turn.locator(".outcome, .problem")).to_be_visible(timeout=ANSWERED)
        expect(self.page.get_by_role("button", name="Ask", exact=True)).to_be_visible()

    def check(self) -> None:
        foreign = [one.url for one in self.requests if "://127.0.0.1:" not in one.url]
        assert [url for url in foreign if not url.startswith(("data:", "blob:"))] == []
        assert self.troubles == []


@contextmanager
def visiting(chromium: Browser, **options: Any) -> Iterator[Visit]:
    context = chromium.new_context(**options)
    visit = Visit(context.new_page())
    visit.page.set_default_timeout(30_000)
    try:
        yield visit
        visit.check()
    finally:
        context.close()


@pytest.fixture
def visit(chromium: Browser) -> Iterator[Visit]:
    with visiting(chromium, viewport={"width": 1440, "height": 900}) as one:
        yield one


def quoted(page: Page, number: int) -> str:
    """The words that are marked for a number, over all segments of the mark."""
    words: str = page.eval_on_selector_all(
        f'#sources .current mark[data-n~="{number}"]',
        "marks => marks.map(mark => [...mark.childNodes].filter(node => node.nodeName !== 'SUP')"
        ".map(node => node.textContent).join('')).join('')",
    )
    return words


def axe(page: Page) -> list[str]:
    """What axe-core holds against the page as serious or worse."""
    page.add_script_tag(content=files("axe_core_python").joinpath("axe.min.js").read_text("utf-8"))
    found = page.evaluate("axe.run()")["violations"]
    return [
        f"{one['id']}: {node['html'][:200]} {node['failureSummary']}"
        for one in found
        for node in one["nodes"]
        if one["impact"] in {"serious", "critical"}
    ]


def test_both_demands_are_answered_each_with_its_quote(
    visit: Visit, address: str, library: Path, shared_data: Path
) -> None:
    page = visit.open(address)
    visit.ask("what did Russia demand")
    answer = page.locator(".answer")
    expect(answer).to_contain_text("territory")
    expect(answer).to_contain_text("armed forces")
    expect(page.locator(".outcome")).to_contain_text("Answered from 1 article")
    expect(page.locator("#model")).to_contain_text("built-in reader")
    text = (shared_data / "real" / "istanbul-talks.txt").read_text("utf-8")
    markers = page.locator(".answer a.marker")
    quotes = []
    for place in range(markers.count()):
        marker = markers.nth(place)
        quote = quoted(page, int(marker.inner_text()))
        assert quote in text
        title = marker.get_attribute("title") or ""
        assert title.rstrip("…") in " ".join(quote.split())
        quotes.append(quote)
    assert any(TERRITORY in quote for quote in quotes)
    assert any(ARMY in quote for quote in quotes)
    assert visit.requests


def test_a_marker_lights_its_card_by_mouse_and_by_keyboard(visit: Visit, address: str) -> None:
    page = visit.open(address)
    visit.ask("what did Russia demand")
    expect(page.locator("#sources .lit")).to_have_count(0)
    marker = page.locator(".answer a.marker").first
    marker.click()
    card = page.locator("#sources .card").first
    expect(card).to_have_class("card lit")
    expect(card).to_be_focused()
    expect(page.locator("#sources mark.lit").first).to_be_in_viewport()
    back = card.locator("a.number").first
    back.press("Enter")
    expect(marker).to_be_focused()
    page.locator("#talk a.marker").nth(1).focus()  # a second marker, come to by the keyboard
    page.keyboard.press("Shift+Tab")
    expect(marker).to_be_focused()
    expect(page.locator('#sources mark[data-n="1"]').first).to_have_class("lit")
    expect(page.locator('#sources mark[data-n="2"].lit')).to_have_count(0)
    marker.press("Enter")
    expect(card).to_be_focused()
    visit.ask("who mediated the meeting")
    expect(page.locator(".answer").last).to_contain_text("Fidan")
    expect(page.locator("#sources .cards.current .about")).to_contain_text("mediated")
    marker.click()
    expect(page.locator("#sources .cards.current .about")).to_contain_text("demand")
    assert page.url.startswith(f"{address}?c=")  # nothing but the conversation is named there


def test_what_the_articles_do_not_tell_is_said_with_the_nearest(visit: Visit, address: str) -> None:
    page = visit.open(address)
    visit.ask("what did China demand")
    expect(page.locator(".turn")).to_contain_text("The articles do not say")
    expect(page.locator(".aside cite").first).to_be_visible()
    expect(page.locator("#sources .card")).to_have_count(0)


def test_a_new_conversation_is_empty_and_a_reload_goes_on(visit: Visit, address: str) -> None:
    page = visit.open(address)
    visit.ask("how long did the talks last")
    expect(page.locator(".answer")).to_contain_text("90 minutes")
    page.get_by_role("button", name="New conversation").click()
    expect(page.locator(".turn")).to_have_count(0)
    expect(page.locator(".card")).to_have_count(0)
    visit.ask("when did the war begin")
    expect(page.locator(".answer")).to_contain_text("2022")
    visit.reload()
    expect(page.locator(".answer")).to_contain_text("2022")
    visit.ask("who mediated the meeting")
    expect(page.locator(".answer").nth(1)).to_contain_text("Fidan")
    page.get_by_role("button", name="New conversation").click()
    expect(page.locator(".welcome")).to_be_visible()
    expect(page).to_have_url(address)
    visit.reload()
    expect(page.locator(".welcome")).to_be_visible()


def test_a_mistake_is_one_plain_line(visit: Visit, address: str) -> None:
    page = visit.open(address)
    page.get_by_label("Your question").press("Enter")
    page.wait_for_timeout(300)
    expect(page.locator(".turn")).to_have_count(0)
    visit.ask("why " * 20_000)
    expect(page.locator(".problem")).to_contain_text("Ask in a few sentences")
    visit.ask("?")
    expect(page.locator(".problem").nth(1)).to_contain_text("The question is empty")
    expect(page.locator(".toast-body")).to_have_count(0)
    assert "Traceback" not in page.content()


def upload(page: Page, *paths: Path) -> None:
    page.locator("#drop input[type=file]").set_input_files([str(path) for path in paths])


def test_each_uploaded_file_gets_its_verdict_and_is_asked_about(
    visit: Visit, address: str, library: Path, tmp_path: Path
) -> None:
    page = visit.open(address)
    bridge = tmp_path / "Quillam bridge.txt"
    bridge.write_text(
        "The Quillam bridge was closed on Friday after engineers found a crack in its third pier. "
        "Repairing the Quillam bridge will cost nine million crowns, the council said."
    )
    museum = tmp_path / "museum (1).md"
    museum.write_text(
        "---\ntitle: Museum buys a lost map\nsource: Vale Post\ndate: 2024-05-03\n---\n\n"
        "The Ostervale museum bought a map drawn in 1642 by Hendrika Maas at an auction on Friday."
    )
    picture = tmp_path / "empty.txt"
    picture.write_bytes(b"")
    upload(page, bridge, museum, picture)
    rows = page.locator("#report .verdicts li")
    expect(rows).to_have_count(3, timeout=ANSWERED)
    expect(page.locator("#report .tally")).to_contain_text("2 added, 1 skipped", timeout=ANSWERED)
    for row, name, said in ((0, bridge, "added"), (1, museum, "added"), (2, picture, "skipped")):
        expect(rows.nth(row)).to_contain_text(name.name)
        expect(rows.nth(row)).to_contain_text(said)
    assert sorted(path.name for path in (library / "uploads").iterdir()) == [
        "Quillam bridge.txt",
        "museum (1).md",
    ]
    visit.ask("how much will repairing the Quillam bridge cost")
    expect(page.locator(".answer")).to_contain_text("nine million crowns")
    visit.ask("what did the Ostervale museum buy")
    expect(page.locator(".answer").nth(1)).to_contain_text("a map drawn in 1642")
    expect(page.locator(".cards.current .by")).to_contain_text("Vale Post · 3 May 2024")
    upload(page, museum)
    expect(page.locator("#report .tally")).to_contain_text("1 already here", timeout=ANSWERED)


def test_a_file_dropped_on_the_page_is_added(visit: Visit, address: str) -> None:
    page = visit.open(address)
    page.evaluate(
        """() => {
            const dropped = new DataTransfer();
            const text = "The lighthouse of Cape Onderby was sold to a choir for one crown.";
            dropped.items.add(new File([text], "lighthouse.txt", { type: "text/plain" }));
            const zone = document.querySelector("#drop button");
            for (const name of ["dragenter", "dragover", "drop"]) {
                const event = new DragEvent(name, { dataTransfer: dropped, bubbles: true });
                zone.dispatchEvent(event);
            }
        }"""
    )
    expect(page.locator("#report .tally")).to_contain_text("1 added", timeout=ANSWERED)
    visit.ask("who bought the lighthouse of Cape Onderby")
    expect(page.locator(".answer")).to_contain_text("choir")


@pytest.mark.slow
def test_an_article_added_by_another_process_is_found_by_the_next_question(
    visit: Visit, address: str, library: Path, tmp_path: Path
) -> None:
    page = visit.open(address)
    question = "what did Mirela Oduya discover in the cellar"
    visit.ask(question)
    expect(page.locator(".turn")).to_contain_text("The articles do not say")
    found = tmp_path / "cellar.txt"
    found.write_text(
        "Mirela Oduya discovered a Roman mosaic in the cellar of her bakery in Torvik."
    )
    shell_add(library, found)
    visit.ask(question)
    expect(page.locator(".answer").nth(1)).to_contain_text("Roman mosaic")


def test_a_hostile_article_stays_text(visit: Visit, address: str, tmp_path: Path) -> None:
    title = '<script>alert(1)</script><img src="http://evil.example/t.png" onerror="alert(2)">'
    hostile = tmp_path / "hostile.md"
    hostile.write_text(
        f"---\ntitle: '{title}'\nsource: '<b onmouseover=alert(3)>Gorm Gazette</b>'\n"
        "url: 'javascript:alert(4)'\n---\n\n"
        'Baron Gorm demanded <img src=x onerror="alert(5)"> ![pixel](http://evil.example/p.png) '
        "[click](javascript:alert(6)) ${alert(7)} {{alert(8)}} the return of his golden trumpet.\n"
    )
    page = visit.open(address)
    upload(page, hostile)
    expect(page.locator("#report .tally")).to_contain_text("1 added", timeout=ANSWERED)
    visit.ask('what did Baron Gorm demand <img src="http://evil.example/q.png" onerror="alert(9)">')
    expect(page.locator(".answer")).to_contain_text("golden trumpet")
    expect(page.locator(".card h3")).to_contain_text("<script>alert(1)</script>")
    page.locator(".answer a.marker").first.click()
    page.locator(".card .by").first.hover()
    assert page.locator("#room img, #room script, #room b, #room iframe").count() == 0
    assert page.locator('#room a[href^="javascript"], #room a[href*="evil"]').count() == 0
    assert page.locator("#room .open a").count() == 0  # to the original, which has no web address


def test_an_empty_library_answers_from_the_samples_and_says_so(
    visit: Visit, empty_address: str
) -> None:
    page = visit.open(empty_address)
    expect(page.locator(".welcome")).to_contain_text("bundled samples")
    page.locator(".chip", has_text="what did Russia demand").click()
    expect(page.locator(".outcome")).to_contain_text("Answered from", timeout=ANSWERED)
    expect(page.locator(".notice").first).to_contain_text("sample")
    expect(page.locator(".card mark").first).to_be_visible()


def composer_in_view(page: Page) -> float:
    """The composer's upper edge, once it is seen to lie at the bottom of the viewport."""
    box, size = page.locator("#composer").bounding_box(), page.viewport_size
    assert box
    assert size
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= size["width"]
    assert box["y"] >= size["height"] / 2
    assert box["y"] + box["height"] == pytest.approx(size["height"], abs=1)
    top: float = box["y"]
    return top


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_narrow_page_is_one_column_that_axe_accepts(
    chromium: Browser, address: str, scheme: Any
) -> None:
    with visiting(
        chromium,
        viewport={"width": 360, "height": 740},
        color_scheme=scheme,
        has_touch=True,
        reduced_motion="reduce",
    ) as visit:
        page = visit.open(address)
        assert axe(page) == []
        for question in ("what did Russia demand " + "w" * 200, "what did Russia demand"):
            visit.ask(question)
            composer_in_view(page)
        expect(page.locator("#topbar")).to_be_in_viewport()
        menu = page.get_by_role("button", name="Menu")
        menu.tap()
        expect(page.locator("#drop")).to_be_in_viewport()
        assert axe(page) == []
        page.keyboard.press("Escape")
        expect(menu).to_be_focused()
        expect(page.locator("#drop")).not_to_be_visible()
        composer_in_view(page)
        wide = page.evaluate("document.documentElement.scrollWidth")
        assert wide <= 360
        page.locator(".turn").nth(1).locator("a.marker").first.tap()
        expect(page.locator("#sources mark.lit").first).to_be_in_viewport()
        assert axe(page) == []
        page.get_by_role("button", name="Close").tap()
        expect(page.locator("#sources")).not_to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_wide_page_puts_the_sources_to_the_right_and_axe_accepts_it(
    chromium: Browser, address: str, scheme: Any
) -> None:
    size: Any = {"width": 1440, "height": 900}
    with visiting(chromium, viewport=size, color_scheme=scheme) as visit:
        page = visit.open(address)
        visit.ask("what did Russia demand")
        visit.ask("what did China demand")
        page.locator(".answer a.marker").first.click()
        answer, card = (
            page.locator(".answer").first.bounding_box(),
            page.locator(".card").bounding_box(),
        )
        assert answer
        assert card
        assert answer["x"] + answer["width"] <= card["x"]
        assert page.evaluate("document.documentElement.scrollHeight") <= 900
        assert axe(page) == []


class Talkative(BaseHTTPRequestHandler):
    """A language model that talks on until nobody listens."""

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.end_headers()
        piece = {"role": "assistant", "content": "Russia demanded territory [1]. "}
        reply = {
            "id": "1",
            "object": "chat.completion.chunk",
            "created": 1,
            "model": "talkative",
            "choices": [{"index": 0, "delta": piece, "finish_reason": None}],
        }
        with suppress(OSError):
            for _ in range(1200):
                self.wfile.write(f"data: {json.dumps(reply)}\n\n".encode())
                time.sleep(0.05)

    def log_message(self, *_: object) -> None:
        """Nothing: the test's output stays readable."""


def test_an_answer_can_be_stopped_and_a_model_that_is_gone_is_named(
    visit: Visit, library: Path
) -> None:
    with ThreadingHTTPServer(("127.0.0.1", 0), Talkative) as model:
        threading.Thread(target=model.serve_forever, daemon=True).start()
        name = f"http://127.0.0.1:{model.server_port}/v1#talkative"
        with served(library, "--llm", name) as address:
            page = visit.open(address)
            expect(page.locator("#model")).to_contain_text(name)
            box = page.get_by_label("Your question")
            for number in range(4):  # a question that follows at once on a stop is not lost
                box.fill("what did Russia demand")
                box.press("Enter")
                turn = page.locator(".turn").nth(number)
                expect(turn.locator(".answer")).to_contain_text("territory", timeout=ANSWERED)
                page.get_by_role("button", name="Stop").click()
                expect(turn.locator(".outcome")).to_contain_text("Stopped before the end")
                expect(turn.locator(".answer")).to_contain_text("territory")
            expect(page.get_by_role("button", name="Ask", exact=True)).to_be_visible()
            page.get_by_role("button", name="New conversation").click()
            expect(page.locator(".welcome")).to_be_visible()
            model.shutdown()
            model.server_close()
            visit.ask("what did Russia demand")
            expect(page.locator("#model")).to_contain_text("Answers by built-in reader")
            expect(page.locator("#model")).to_contain_text("cannot be reached")


def refused(*options: str, library: Path) -> str:
    command = [sys.executable, "-m", "ui", "--no-browser", *options]
    began = time.monotonic()
    done = subprocess.run(
        command, cwd=ROOT, env=environment(library), capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 1
    assert done.stdout == ""
    assert time.monotonic() - began < 5  # nothing heavy is loaded first
    (line,) = done.stderr.splitlines()
    return line


def test_a_page_that_cannot_be_served_says_why_in_one_line(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert f"Port {port} of 127.0.0.1" in refused("--port", str(port), library=tmp_path)
    assert "other computers" in refused("--host", "0.0.0.0", library=tmp_path)
