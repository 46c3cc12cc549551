"""The bundled samples: complete front matter, nothing copied, and the questions they answer."""

from __future__ import annotations

import json
import re
from collections import Counter
from dataclasses import dataclass
from datetime import date
from itertools import combinations
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import yaml

from index.types import content_id

SAMPLES = Path(__file__).parent.parent / "assistant" / "samples"
QUESTIONS = Path(__file__).parent / "data" / "sample-questions.jsonl"
REQUIRED = {"title", "date", "source", "url", "section"}
ALLOWED = REQUIRED | {"author"}
RUN = 8  # words in a row that two texts written apart do not share
VERSIONS = frozenset({"lindal-bridge-closed.md", "lindal-bridge-replaced.md"})
REPORTS = frozenset({"ferry-fire-harbour-post.md", "ferry-fire-meridian-wire.md"})
REAL_OUTLETS = (
    "ABC News|AFP|Agence France-Presse|Al Jazeera|Anadolu|ANSA|Associated Press|BBC|Bloomberg|"
    "CBS News|CNN|Daily Mail|Deutsche Welle|Der Spiegel|Die Zeit|dpa|El País|Euronews|"
    "Financial Times|Fox News|Guardian|Haaretz|Interfax|Kyiv Independent|Kyodo|Le Monde|"
    "Los Angeles Times|NBC|New York Times|NPR|Politico|RIA Novosti|Reuters|Sky News|TASS|"
    "The Economist|The Independent|The Times|UPI|Ukrinform|Wall Street Journal|Washington Post|"
    "Xinhua|Yonhap"
)


@dataclass(frozen=True)
class Sample:
    """A sample file: its front matter and the text below it."""

    name: str
    meta: dict[str, Any]
    text: str


def read_sample(path: Path) -> Sample:
    opening, head, text = path.read_text(encoding="utf-8").split("---\n", 2)
    assert opening == "", path.name
    return Sample(path.name, yaml.safe_load(head), text.strip())


def read_questions() -> list[dict[str, Any]]:
    return [json.loads(line) for line in QUESTIONS.read_text(encoding="utf-8").splitlines()]


def runs(text: str) -> set[tuple[str, ...]]:
    words = re.findall(r"\w+", re.sub(r"['’]", "", text.lower()))
    return set(zip(*(words[start:] for start in range(RUN)), strict=False))


ALL = {path.name: read_sample(path) for path in sorted(SAMPLES.glob("*.md"))}
ASKED = read_questions()
each_sample = pytest.mark.parametrize("sample", ALL.values(), ids=list(ALL))
each_question = pytest.mark.parametrize("asked", ASKED, ids=[asked["id"] for asked in ASKED])


def test_there_are_at_least_ten() -> None:
    assert len(ALL) >= 10


@each_sample
def test_front_matter_is_complete(sample: Sample) -> None:
    assert sample.meta.keys() >= REQUIRED
    assert sample.meta.keys() <= ALLOWED
    assert type(sample.meta["date"]) is date
    assert all(sample.meta[key] for key in sample.meta)
    address = urlsplit(sample.meta["url"])
    assert address.scheme == "https"
    assert address.netloc.endswith(".example"), "an invented outlet must not have a real address"


@each_sample
def test_text_is_as_long_as_a_short_news_report(sample: Sample) -> None:
    assert 150 <= len(sample.text.split()) <= 500


@each_sample
def test_a_paragraph_is_one_line(sample: Sample) -> None:
    """A sentence broken over two lines would put the line break into its quote."""
    assert all(re.search(r"[.?!][\"”]?$", line) for line in sample.text.split("\n") if line)


@each_sample
def test_no_real_outlet_is_named(sample: Sample) -> None:
    everything = " ".join([*map(str, sample.meta.values()), sample.text])
    assert re.findall(rf"\b(?:{REAL_OUTLETS})\b", everything) == []


def test_ids_titles_and_texts_are_unique() -> None:
    assert len({content_id(sample.text) for sample in ALL.values()}) == len(ALL)
    assert len({sample.meta["title"] for sample in ALL.values()}) == len(ALL)


@pytest.mark.parametrize(
    "pair",
    [pair for pair in combinations(ALL, 2) if frozenset(pair) != VERSIONS],
    ids=" and ".join,
)
def test_no_two_samples_share_a_run_of_words(pair: tuple[str, str]) -> None:
    one, other = (ALL[name].text for name in pair)
    assert runs(one) & runs(other) == set()


def test_the_istanbul_sample_is_in_words_of_its_own(shared_data: Path) -> None:
    real = (shared_data / "real" / "istanbul-talks.txt").read_text(encoding="utf-8")
    assert len(runs(real)) > 200
    for sample in ALL.values():
        assert runs(sample.text) & runs(real) == set(), sample.name


def test_one_event_is_reported_by_two_outlets_on_one_day_with_different_figures() -> None:
    one, other = (ALL[name] for name in sorted(REPORTS))
    assert one.meta["date"] == other.meta["date"]
    assert one.meta["source"] != other.meta["source"]
    assert "All 214 people on board" in one.text
    assert "214" not in other.text
    assert "198 passengers and crew" in other.text
    assert "198" not in one.text


def test_only_the_running_story_has_two_versions_at_one_address() -> None:
    counts = Counter(sample.meta["url"] for sample in ALL.values())
    first, later = (ALL[name] for name in sorted(VERSIONS))
    assert [url for url, count in counts.items() if count > 1] == [first.meta["url"]]
    assert first.meta["url"] == later.meta["url"]
    assert first.meta["source"] == later.meta["source"]
    assert first.meta["date"] < later.meta["date"]


def test_questions_are_enough_and_of_every_kind() -> None:
    kinds = Counter(asked["type"] for asked in ASKED)
    assert kinds.keys() == {"answerable", "list", "followup", "unanswerable"}
    assert kinds["unanswerable"] >= 10
    assert kinds.total() - kinds["unanswerable"] >= 25
    assert len({asked["id"] for asked in ASKED}) == len(ASKED)
    assert {asked["article"] for asked in ASKED} == set(ALL), "every sample is asked about"


@each_question
def test_a_question_has_its_answer_in_its_article(asked: dict[str, Any]) -> None:
    keys = {"id", "type", "question", "history", "answers", "article", "evidence"}
    assert asked.keys() == keys
    assert bool(asked["history"]) == (asked["type"] == "followup")
    if asked["type"] == "unanswerable":
        assert asked["answers"] == []
        assert asked["evidence"] == ""
        return
    assert asked["answers"]
    assert asked["evidence"] in ALL[asked["article"]].text
    assert all(answer in asked["evidence"] for answer in asked["answers"])
