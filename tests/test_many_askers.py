"""Many readers and programs at once, for a minute, while articles are added."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from test_browser import served, shell_add

from index.library import Library
from index.types import Article

pytestmark = [pytest.mark.slow, pytest.mark.timeout(400)]

ASKERS = 32
LASTS = 60.0  # seconds
TOWNS = 40


def town(number: int) -> str:
    """A name that no other town's begins with."""
    return "".join(chr(ord("a") + int(digit)) for digit in f"{number:03d}").capitalize() + "wick"


def captain(number: int) -> str:
    return f"Elin {town(number)}son"


def report(number: int) -> Article:
    place = town(number)
    return Article(
        title=f"Ferry of {place} burns",
        text=(
            f"The ferry of {place} caught fire on Tuesday. {captain(number)}, its captain, blamed "
            f"the galley. Nobody in {place} was hurt, the coastguard said on Wednesday."
        ),
        source="The Harbour Post",
    )


def test_many_at_once_get_each_their_own_answer_while_articles_are_added(tmp_path: Path) -> None:
    folder = tmp_path / "library"
    with Library(folder) as library:
        library.add([report(number) for number in range(TOWNS)])
    took: list[float] = []
    with served(folder) as address:
        ends = time.monotonic() + LASTS
        adding = threading.Thread(target=_add_more, args=(folder, tmp_path, ends))
        adding.start()
        with ThreadPoolExecutor(ASKERS) as pool:
            ways = [_by_page if number % 2 else _by_v1 for number in range(ASKERS)]
            asked = [
                pool.submit(_keep_asking, way(address), number, ends, took)
                for number, way in enumerate(ways)
            ]
            counts = [one.result() for one in asked]  # raises what any of them met
        adding.join()
    took.sort()
    print(
        f"\n{ASKERS} askers, {sum(counts)} answers in {LASTS:.0f} s: median "
        f"{took[len(took) // 2]:.2f} s, p95 {took[int(len(took) * 0.95)]:.2f} s"
    )
    assert min(counts) >= 1  # everybody's turn comes


def _keep_asking(ask: Callable[[str], str], number: int, ends: float, took: list[float]) -> int:
    count = 0
    while time.monotonic() < ends:
        which = (number + 7 * count) % TOWNS
        began = time.monotonic()
        answer = ask(f"who is the captain of the ferry of {town(which)}")
        took.append(time.monotonic() - began)
        assert captain(which) in answer
        count += 1
    return count


def _by_page(address: str) -> Callable[[str], str]:
    from gradio_client import Client

    client = Client(address, verbose=False)

    def ask(question: str) -> str:
        answer: dict[str, Any] = client.predict(question, api_name="/ask")
        return str(answer["text"])

    return ask


def _by_v1(address: str) -> Callable[[str], str]:
    from openai import OpenAI

    client = OpenAI(base_url=f"{address}v1", api_key="none", max_retries=0, timeout=120)

    def ask(question: str) -> str:
        reply = client.chat.completions.create(
            model="article-assistant", messages=[{"role": "user", "content": question}]
        )
        return str(reply.choices[0].message.content)

    return ask


def _add_more(library: Path, folder: Path, ends: float) -> None:
    number = 1000
    while time.monotonic() < ends:
        path = folder / f"more-{number}.txt"
        path.write_text(f"Report {number}\n\n{report(number).text} It is the {number}th.")
        shell_add(library, path)
        number += 1
