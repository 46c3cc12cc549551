"""Puts measured tables into the README: `make bench-readme` after `make bench` and `bench-scale`.

A table stands between `<!-- bench -->` and `<!-- /bench -->`; nobody writes it by hand.
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

from bench import scale
from bench.report import NOTES, table
from bench.rounds import ROOT, Run

README = ROOT / "README.md"


def put(text: str, name: str, content: str) -> str:
    """The text with `content` between the comments of that name; raises ValueError without them."""
    pattern = re.compile(rf"(<!-- {name} -->\n).*?(<!-- /{name} -->)", re.S)
    if not pattern.search(text):
        raise ValueError(f"the text has no place <!-- {name} -->")
    return pattern.sub(lambda found: f"{found[1]}{content}\n{found[2]}", text)


def main() -> None:
    """Take what was measured last, as far as it is there."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / ".bench"
    text = README.read_text("utf-8")
    if (file := folder / "bench.json").is_file():
        runs = [Run(**run) for run in json.loads(file.read_text("utf-8"))["runs"]]
        text = put(text, "bench", f"{table(runs)}\n\n{NOTES}")
    if (file := folder / "scale.json").is_file():
        text = put(text, "bench-scale", scale.table(json.loads(file.read_text("utf-8"))["sizes"]))
    README.write_text(text, "utf-8")


if __name__ == "__main__":
    main()
