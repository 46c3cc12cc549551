"""Runs the measurements, each in a fresh process, the project and the quickstart by turns."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.figures import median_ratio
from bench.quality import asked

ROOT = Path(__file__).resolve().parents[2]
SIDES = ("project", "quickstart")
_FIRST_QUESTIONS = 24  # of the small benchmark
_LIMIT = 1800  # seconds that one measurement may take


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What is measured, and how often."""

    articles: Path
    questions: Path
    rounds: int
    small: bool

    @property
    def limit(self) -> int | None:
        """How many questions are asked; None for all."""
        return _FIRST_QUESTIONS if self.small else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """What one process measured in one round."""

    side: str
    part: str
    round: int
    values: dict[str, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """A figure of which both have one: how its ratio is named, and which way is better."""

    name: str
    part: str
    value: str
    less_is_better: bool


COMPARED = (
    Compared(name="import", part="importing", value="seconds", less_is_better=True),
    Compared(name="cold", part="cold", value="seconds", less_is_better=True),
    Compared(name="adding", part="adding", value="pieces_a_second", less_is_better=False),
    Compared(name="adding_cpu", part="adding", value="pieces_a_cpu_second", less_is_better=False),
    Compared(
        name="adding_articles", part="adding", value="articles_a_second", less_is_better=False
    ),
    Compared(name="adding_memory", part="adding", value="megabytes", less_is_better=True),
    Compared(name="retrieval_p50", part="retrieving", value="p50", less_is_better=True),
    Compared(name="retrieval_p95", part="retrieving", value="p95", less_is_better=True),
    Compared(name="hit_1", part="retrieving", value="hit_1", less_is_better=False),
    Compared(name="hit_5", part="retrieving", value="hit_5", less_is_better=False),
    Compared(name="answer_5", part="retrieving", value="answer_5", less_is_better=False),
)


def measure(plan: Plan, folder: Path, said: Callable[[str], None]) -> list[Run]:
    """Every run of every round; the stores that are made stay in `folder` until the next round."""
    articles = some_articles(plan, folder / "articles") if plan.small else plan.articles
    first = asked(plan.questions, 1)[0].question
    runs: list[Run] = []

    def note(side: str, part: str, turn: int, values: dict[str, float]) -> None:
        runs.append(Run(side=side, part=part, round=turn, values=values))
        shown = " ".join(f"{name}={value:.3g}" for name, value in values.items())
        said(f"round {turn + 1} · {side} · {part}: {shown}")

    for turn in range(plan.rounds):
        stores = {side: folder / side for side in SIDES}
        order = SIDES if turn % 2 == 0 else SIDES[::-1]
        for side in order:
            note(side, "importing", turn, worker(side, "importing"))
        for side in order:
            shutil.rmtree(stores[side], ignore_errors=True)
            told = ("--articles", articles, "--store", stores[side])
            note(side, "adding", turn, worker(side, "adding", *told))
        for side in order:
            note(side, "cold", turn, cold(side, stores[side], first))
        limit = ("--limit", plan.limit) if plan.limit else ()
        for side in order:
            told = ("--store", stores[side], "--questions", plan.questions, *limit)
            note(side, "retrieving", turn, worker(side, "retrieving", *told))
        told = ("--store", stores["project"], "--questions", plan.questions, *limit)
        for part in ("answering", "many"):
            note("project", part, turn, worker("project", part, *told))
    return runs


def some_articles(plan: Plan, place: Path) -> Path:
    """A folder of those articles that the small benchmark's questions need, and as many others."""
    needed = {question.article for question in asked(plan.questions, plan.limit)}
    files = sorted(path for path in plan.articles.rglob("*.txt"))
    names = {path.relative_to(plan.articles).as_posix(): path for path in files}
    others = [name for name in names if name not in needed][:: max(1, len(names) // 90)]
    for name in sorted(needed & names.keys()) + others:
        target = place / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(names[name], target)
    return place


def worker(side: str, part: str, *options: object) -> dict[str, float]:
    """What a process of its own measured."""
    found = _process([sys.executable, "-m", "bench.worker", side, part, *map(str, options)])
    values: dict[str, float] = json.loads(found.splitlines()[-1])
    return values


def cold(side: str, store: Path, question: str) -> dict[str, float]:
    """Seconds of a whole process: the project answers a question, the quickstart only searches."""
    asking = [sys.executable, "-m", "assistant", "ask", question, "--library", str(store)]
    searching = [sys.executable, "-m", "bench.worker", "quickstart", "finding"]
    searching += ["--store", str(store), "--question", question]
    began = time.perf_counter()
    _process(asking if side == "project" else searching)
    return {"seconds": time.perf_counter() - began}


def ratios(runs: Sequence[Run]) -> dict[str, float]:
    """The ratios that floors are set for: above 1 the project is better."""
    found = {
        one.name: median_ratio(
            of(runs, "project", one.part, one.value),
            of(runs, "quickstart", one.part, one.value),
            less_is_better=one.less_is_better,
        )
        for one in COMPARED
    }
    shares = of(runs, "project", "many", "share")
    return {**found, "many_share": sorted(shares)[len(shares) // 2]}


def of(runs: Sequence[Run], side: str, part: str, value: str) -> list[float]:
    """One figure of each round that has it, in order."""
    mine = (run.values for run in runs if (run.side, run.part) == (side, part))
    return [values[value] for values in mine if value in values]


def environment() -> dict[str, str]:
    """What a measuring process is started with: this checkout, no settings, no look-ups."""
    own = ("ASSISTANT_", "OPENAI_", "ANTHROPIC_", "OLLAMA_")
    env = {name: value for name, value in os.environ.items() if not name.startswith(own)}
    return env | {
        "ASSISTANT_LLM": "none",
        "HF_HUB_OFFLINE": "1",
        "TOKENIZERS_PARALLELISM": "false",
        "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "tests")]),
    }


def _process(command: list[str]) -> str:
    options: dict[str, Any] = {"capture_output": True, "text": True, "timeout": _LIMIT}
    done = subprocess.run(command, env=environment(), cwd=ROOT, check=False, **options)
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)} failed:\n{done.stderr[-2000:]}")
    return done.stdout
