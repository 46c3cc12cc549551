"""What grows with the archive: `make bench-scale` measures 1,000 to a million passages.

`python -m bench.scale --sizes 1k 10k` does the small ones. Archives are kept in `.bench/archives`
and used again. Each size is measured in a process of its own.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from bench.archive import make, sizes
from bench.drawing import lines
from bench.growth import FILTERS, adding_at, measure_size
from bench.report import machine
from bench.rounds import ROOT, environment
from bench.seed import load_seed
from index.embedding import embedder_for

_SIZES = ("1k", "10k", "100k", "1M")
_DATA = ROOT.parent / "shared" / "data"


def table(found: Sequence[Mapping[str, Any]]) -> str:
    """A column for each size."""
    rows: list[tuple[str, Callable[[Mapping[str, Any]], str]]] = [
        ("disk", lambda one: f"{one['megabytes']:,.0f} MB"),
        ("memory: most, of a process that searches", lambda o: f"{o['memory']['most']:,.0f} MB"),
        ("memory: most, of one that adds", lambda o: f"{o['adding']['memory_most']:,.0f} MB"),
        ("adding, beside embedding", lambda o: f"{o['adding']['ms_a_passage']:.2f} ms a passage"),
        ("first search of a process", lambda one: f"{one['first_search']:.2f} s"),
    ]
    for kind in FILTERS:
        rows.append(
            (
                f"retrieval, {kind}: median (95%)",
                lambda o, k=kind: _ms(o[k]["total_p50"], o[k]["total_p95"]),
            )
        )
    rows += [
        (
            f"{kind}, first time: median (95%)",
            lambda o, k=kind: _ms(o[f"{k}_first"]["total_p50"], o[f"{k}_first"]["total_p95"]),
        )
        for kind in FILTERS
    ]
    for part in ("dense", "lexical", "fuse"):
        rows.append(
            (
                f"of it {part}, plain: median (95%)",
                lambda o, p=part: _ms(o["plain"][f"{p}_p50"], o["plain"][f"{p}_p95"]),
            )
        )
    rows += [
        ("recall@10 of dense against exact", lambda one: f"{one['recall']:.3f}"),
        ("an accepted answer in the first 5 passages", lambda one: f"{one['answer_5']:.1%}"),
        ("reading, median", lambda one: f"{one['reading']['answering_p50'] * 1000:.0f} ms"),
        ("question to answer, median", lambda one: f"{one['reading']['total_p50'] * 1000:.0f} ms"),
    ]
    head = "| passages | " + " | ".join(f"{one['passages']:,}" for one in found) + " |"
    body = [f"| {name} | " + " | ".join(show(one) for one in found) + " |" for name, show in rows]
    return "\n".join([head, "|---" + "|---:" * len(found) + "|", *body])


def adding_table(found: Sequence[Mapping[str, Any]]) -> str:
    """Where the time of adding goes, in shares of it, a column for each size."""
    head = "| adding: where the time goes | "
    head += " | ".join(f"{one['passages']:,}" for one in found) + " |"
    body = [
        f"| {label} | " + " | ".join(f"{o['adding']['shares'][label]:.0%}" for o in found) + " |"
        for label in found[0]["adding"]["shares"]
    ]
    return "\n".join([head, "|---" + "|---:" * len(found) + "|", *body])


def plots(found: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """The plots by their names."""
    at = [float(one["passages"]) for one in found]

    def line(value: Callable[[Mapping[str, Any]], float]) -> list[tuple[float, float]]:
        return list(zip(at, map(value, found), strict=True))

    latency = {
        kind: line(lambda one, k=kind: one[k]["total_p50"] * 1000)  # type: ignore[misc]
        for kind in FILTERS
    }
    latency["reading"] = line(lambda one: one["reading"]["answering_p50"] * 1000)
    memory = {
        "searching": line(lambda one: one["memory"]["most"]),
        "adding": line(lambda one: one["adding"]["memory_most"]),
    }
    disk = {
        "all": line(lambda one: one["megabytes"]),
        "library.sqlite": line(lambda one: one["sqlite_megabytes"]),
    }
    adding = {"beside embedding": line(lambda one: one["adding"]["ms_a_passage"])}
    return {
        "latency": lines("Retrieval and reading, median", "passages", "milliseconds", latency),
        "memory": lines("Memory, at most", "passages", "MB", memory),
        "disk": lines("Disk", "passages", "MB", disk),
        "adding": lines("Adding", "passages", "milliseconds a passage", adding),
    }


def _ms(middle: float, most: float) -> str:
    return f"{middle * 1000:.0f} ({most * 1000:.0f}) ms"


def main() -> None:
    """Make what is missing, measure each size, print and write."""
    parser = argparse.ArgumentParser(prog="make bench-scale", description=__doc__)
    parser.add_argument("--sizes", nargs="+", default=list(_SIZES), help="1k 10k 100k 1M")
    parser.add_argument("--articles", type=Path, default=_DATA / "bbc", help="a folder of .txt")
    parser.add_argument("--questions", type=Path, default=_DATA / "bbc-questions.jsonl")
    parser.add_argument("--archives", type=Path, default=ROOT / ".bench" / "archives")
    parser.add_argument("--out", type=Path, default=ROOT / ".bench", help="(default: .bench)")
    parser.add_argument("--one", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--adding", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.one and given.adding:
        seed = load_seed(given.articles, given.archives, embedder_for(None))
        print(json.dumps(adding_at(given.one, seed)))
        return
    if given.one:
        print(json.dumps(measure_size(given.one, given.questions)))
        return
    seed = load_seed(given.articles, given.archives, embedder_for(None))
    given.out.mkdir(parents=True, exist_ok=True)
    found: list[dict[str, Any]] = []
    for passages in sizes(given.sizes):
        place = make(given.archives, seed, passages)
        passed = ["--archives", given.archives, "--articles", given.articles]
        one = _apart("--one", place, "--questions", given.questions)
        one["adding"] = _apart("--one", place, "--adding", *passed)
        one["made"] = json.loads((place / "made.json").read_text())
        found.append(one)
        whole = {"machine": machine(), "sizes": found}
        (given.out / "scale.json").write_text(json.dumps(whole, indent=1) + "\n", "utf-8")
    text = f"{table(found)}\n\n{adding_table(found)}\n"
    (given.out / "scale.md").write_text(text, "utf-8")
    for name, drawing in plots(found).items():
        (given.out / f"scale-{name}.svg").write_text(drawing, "utf-8")
    print(f"{text}\nWritten to {given.out}: scale.json, scale.md, scale-*.svg")


def _apart(*options: object) -> dict[str, Any]:
    """What a process of its own measured."""
    command = [sys.executable, "-m", "bench.scale", *map(str, options)]
    done = subprocess.run(
        command, stdout=subprocess.PIPE, text=True, check=True, cwd=ROOT, env=environment()
    )
    told: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return told


if __name__ == "__main__":
    main()
