"""`python -m bench`: the project beside the quickstart, by turns, as a table, JSON and a plot."""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from pathlib import Path

from bench.adding import shares
from bench.figures import read_floors, under_floor
from bench.report import NOTES, plot, record, table
from bench.rounds import ROOT, Plan, measure, ratios

_DATA = ROOT.parent / "shared" / "data"


def main() -> int:
    """Measure, print and write; 1 when a ratio is under its floor and floors were asked for."""
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--small", action="store_true", help="some 120 articles, two rounds")
    parser.add_argument("--rounds", type=int, help="(default: 3, small 2)")
    parser.add_argument("--articles", type=Path, default=_DATA / "bbc", help="a folder of .txt")
    parser.add_argument("--questions", type=Path, default=_DATA / "bbc-questions.jsonl")
    parser.add_argument("--out", type=Path, default=ROOT / ".bench", help="(default: .bench)")
    parser.add_argument("--floors", action="store_true", help="fail where a ratio is under its own")
    parser.add_argument("--profile", action="store_true", help="say where adding's time goes")
    given = parser.parse_args()
    if given.profile:
        print(shares(given.articles))
        return 0
    plan = Plan(
        articles=given.articles,
        questions=given.questions,
        rounds=given.rounds or (2 if given.small else 3),
        small=given.small,
    )
    given.out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        runs = measure(plan, Path(folder), lambda line: print(line, file=sys.stderr, flush=True))
    found = ratios(runs)
    (given.out / "bench.json").write_text(json.dumps(record(plan, runs), indent=1) + "\n", "utf-8")
    (given.out / "bench.md").write_text(f"{table(runs)}\n\n{NOTES}\n", "utf-8")
    (given.out / "bench.svg").write_text(plot(found), "utf-8")
    print(f"{table(runs)}\n\n{NOTES}\n\nWritten to {given.out}: bench.json, bench.md, bench.svg")
    low = under_floor(found, read_floors()) if given.floors else ()
    for line in low:
        print(f"Under its floor: {line}", file=sys.stderr)
    return 1 if low else 0


if __name__ == "__main__":
    sys.exit(main())
