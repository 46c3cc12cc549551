"""What a run of the benchmarks is shown as: a table in Markdown, and JSON that others can read."""

from __future__ import annotations

import platform
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path
from statistics import median
from typing import Any

from bench.drawing import bars
from bench.rounds import Plan, Run, of, ratios

_PACKAGES = ("llama-index-core", "chromadb", "sentence-transformers", "torch", "onnxruntime")
_FLAGS = ("avx2", "avx512f", "avx512_vnni", "avx512_bf16", "amx_tile", "amx_bf16", "amx_int8")

# Label, part, figure, how it is written, and the name of its ratio.
_ROWS: tuple[tuple[str, str, str, str, str], ...] = (
    ("import of `Assistant`", "importing", "seconds", "{:.2f} s", "import"),
    ("cold process to its first answer¹", "cold", "seconds", "{:.1f} s", "cold"),
    ("adding: articles a second", "adding", "articles_a_second", "{:.1f}", "adding_articles"),
    ("adding: passages or nodes a second", "adding", "texts_a_second", "{:.0f}", ""),
    ("adding: word pieces embedded a second²", "adding", "pieces_a_second", "{:,.0f}", "adding"),
    (
        "adding: the same in a second of CPU",
        "adding",
        "pieces_a_cpu_second",
        "{:,.0f}",
        "adding_cpu",
    ),
    ("adding: share of the word pieces that is embedded", "adding", "kept", "{:.0%}", ""),
    ("adding: most memory", "adding", "megabytes", "{:,.0f} MB", "adding_memory"),
    ("retrieval, median", "retrieving", "p50", "{:.1f} ms", "retrieval_p50"),
    ("retrieval, 95% within", "retrieving", "p95", "{:.1f} ms", "retrieval_p95"),
    ("the article first", "retrieving", "hit_1", "{:.1%}", "hit_1"),
    ("the article among the first 5", "retrieving", "hit_5", "{:.1%}", "hit_5"),
    ("the article among the first 10", "retrieving", "hit_10", "{:.1%}", ""),
    ("an accepted answer in the first 5 texts", "retrieving", "answer_5", "{:.1%}", "answer_5"),
    ("words in the first 5 texts", "retrieving", "words_5", "{:,.0f}", ""),
    ("question to answer, median", "answering", "total_p50", "{:.0f} ms", ""),
    ("question to answer, 95% within", "answering", "total_p95", "{:.0f} ms", ""),
    ("of it retrieval, median", "answering", "retrieval_p50", "{:.0f} ms", ""),
    ("of it reading, median", "answering", "answering_p50", "{:.0f} ms", ""),
    ("one who asks: answers a second", "many", "alone_a_second", "{:.1f}", ""),
    ("32 who ask at once: answers a second", "many", "together_a_second", "{:.1f}", "many_share"),
    ("32 who ask at once: 95% within", "many", "together_p95", "{:.0f} ms", ""),
)
NOTES = (
    "¹ The project answers with quotes, the quickstart only searches: it has no language model.\n"
    "² Counted are those that the model read; it cuts each of the quickstart's nodes at 256."
)


def table(runs: Sequence[Run]) -> str:
    """Medians over the rounds, side by side; the ratio is above 1 where the project is better."""
    found = ratios(runs)
    lines = ["| | project | quickstart | ratio |", "|---|---:|---:|---:|"]
    for label, part, figure, form, name in _ROWS:
        ours, theirs = (_middle(runs, side, part, figure) for side in ("project", "quickstart"))
        ratio = f"{found[name]:.2f}" if name else ""
        if name == "many_share":
            ratio = f"{found[name]:.0%} of one's"
        lines.append(f"| {label} | {_shown(ours, form)} | {_shown(theirs, form)} | {ratio} |")
    return "\n".join(lines)


def record(plan: Plan, runs: Sequence[Run]) -> dict[str, Any]:
    """A whole benchmark for JSON."""
    return {
        "machine": machine(),
        "articles": sum(1 for _ in plan.articles.rglob("*.txt")),
        "rounds": plan.rounds,
        "small": plan.small,
        "ratios": ratios(runs),
        "runs": [asdict(run) for run in runs],
    }


def machine() -> dict[str, Any]:
    """What the figures depend on, beside the code."""
    return {
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.machine()}",
        "cores": _cores(),
        "cpu_flags": _cpu_flags(),
        "versions": {name: version(name) for name in _PACKAGES},
    }


def plot(found: Mapping[str, float]) -> str:
    """The ratios as bars."""
    return bars("Times as good as the quickstart", found)


def _middle(runs: Sequence[Run], side: str, part: str, figure: str) -> float | None:
    if figure == "kept":
        parts = [of(runs, side, part, name) for name in ("embedded", "pieces")]
        return median(one / all_ for one, all_ in zip(*parts, strict=True)) if parts[0] else None
    values = of(runs, side, part, figure)
    return median(values) if values else None


def _shown(value: float | None, form: str) -> str:
    if value is None:
        return ""
    return form.format(value * 1000 if form.endswith(" ms") else value)


def _cores() -> int:
    import os

    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _cpu_flags() -> list[str]:
    file = Path("/proc/cpuinfo")
    words = set(file.read_text().split()) if file.is_file() else set()
    return [flag for flag in _FLAGS if flag in words]
