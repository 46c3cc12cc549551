"""What grows with the archive: `make bench-scale` measures 1,000 to a million passages.

`python -m bench.scale --sizes 1k 10k` does the small ones. Archives are kept in `.bench/archives`
and used again. Each size is measured in a process of its own.
"""

from __future__ import annotations

import argparse
import cProfile
import json
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np

from bench.adding import parts_of
from bench.archive import OUTLETS, Varied, Writer, make, sizes
from bench.drawing import lines
from bench.figures import quantile
from bench.quality import Found, asked, quality
from bench.report import machine
from bench.rounds import ROOT, environment
from bench.seed import Seed, load_seed
from index.embedding import Embedder, Vectors, embedder_for
from index.library import Library

_SIZES = ("1k", "10k", "100k", "1M")
_DATA = ROOT.parent / "shared" / "data"
_ADDED = 400  # articles that are added to a copy, once for the time and once for the profile
_ELSEWHERE = 10_000_000  # numbers of articles that no archive has
_CHECKED = 30  # questions whose neighbours are compared with the exact ones
_READ = 20  # questions that are answered to the end
_NEAREST = 10
_FILTERS = ("plain", "month", "year", "outlet")


class Known:
    """The vectors of questions, made before: searching is then measured without encoding."""

    def __init__(self, model: Embedder, questions: Sequence[str]) -> None:
        self.name, self.fingerprint = model.name, model.fingerprint
        self._vectors = {one: model.embed([one], query=True)[0] for one in questions}

    def embed(self, texts: Sequence[str], *, query: bool = False) -> Vectors:
        """Unit vectors of questions that are known."""
        return np.stack([self._vectors[text] for text in texts])


@dataclass(slots=True)
class Stopwatch:
    """Times parts of a search from the outside, until its block ends; keeps what each gave last."""

    seconds: dict[str, float] = field(default_factory=dict)
    last: dict[str, Any] = field(default_factory=dict)
    _undo: ExitStack = field(default_factory=ExitStack)

    def __enter__(self) -> Stopwatch:
        return self

    def __exit__(self, *_: object) -> None:
        self._undo.close()

    def wrap(self, place: object, name: str, label: str) -> None:
        """Time a function or method wherever it is called from now on."""
        inner: Callable[..., Any] = getattr(place, name)

        def timed(*args: Any, **options: Any) -> Any:
            began = time.perf_counter()
            self.last[label] = inner(*args, **options)
            self.seconds[label] = self.seconds.get(label, 0.0) + time.perf_counter() - began
            return self.last[label]

        self._undo.enter_context(patch.object(place, name, timed))

    def taken(self) -> dict[str, float]:
        """The seconds of each part since the last call."""
        seconds, self.seconds = self.seconds, {}
        return seconds


def measure_size(place: Path, questions_file: Path) -> dict[str, Any]:
    """Everything about one archive but what adding costs; meant for a process of its own."""
    from index import search

    questions = asked(questions_file)
    wanted = [question.question for question in questions]
    with Library(place) as library, Stopwatch() as watch:
        known = Known(library.embedder, wanted)
        stats = library.stats()
        before = _memory("VmRSS")
        library._embedder = known
        watch.wrap(search, "lexical_ranking", "lexical")
        watch.wrap(search, "fuse", "fuse")
        watch.wrap(library._vectors, "search", "dense")
        began = time.perf_counter()
        library.search(wanted[0], top_k=_NEAREST, whole=2)
        first = time.perf_counter() - began
        for question in wanted[1:6]:
            library.search(question, top_k=_NEAREST, whole=2)
        watch.taken()
        told: dict[str, Any] = {
            "passages": stats.passages,
            "articles": stats.articles,
            "megabytes": stats.bytes / 1e6,
            "sqlite_megabytes": sum(f.stat().st_size for f in place.glob("*.sqlite*")) / 1e6,
            "first_search": first,
        }
        for kind in _FILTERS:
            told[kind] = _latencies(library, wanted, kind, watch)
        told["recall"] = _recall(library, wanted[:_CHECKED], known, watch)
        hits = [library.search(question, top_k=_NEAREST) for question in wanted]
        found = [[Found(hit.article, hit.passage.text) for hit in several] for several in hits]
        told["answer_5"] = quality(questions, found)["answer_5"]
        told["memory"] = {"before": before, "after": _memory("VmRSS"), "most": _memory("VmHWM")}
    told["reading"] = _reading(place, wanted[:_READ])
    return told


def _latencies(
    library: Library, wanted: Sequence[str], kind: str, watch: Stopwatch
) -> dict[str, float]:
    """The spread of a search and of its parts, with filters of a kind; seconds."""
    chance = random.Random(kind)
    parts: dict[str, list[float]] = {}
    found = []
    for question in wanted:
        only = _filter(kind, chance)
        watch.taken()
        began = time.perf_counter()
        hits = library.search(question, top_k=_NEAREST, whole=2, **only)
        parts.setdefault("total", []).append(time.perf_counter() - began)
        found.append(len(hits))
        for label, seconds in watch.taken().items():
            parts.setdefault(label, []).append(seconds)
    return {
        f"{label}_{name}": quantile(seconds, share)
        for label, seconds in parts.items()
        for name, share in (("p50", 0.5), ("p95", 0.95))
    }


def _filter(kind: str, chance: random.Random) -> Any:
    year, month = chance.randrange(2015, 2025), chance.randrange(1, 13)
    return {
        "plain": {},
        "month": {"since": date(year, month, 1), "until": date(year, month, 28)},
        "year": {"since": date(year, 1, 1), "until": date(year, 12, 31)},
        "outlet": {"sources": [OUTLETS[chance.randrange(len(OUTLETS))]]},
    }[kind]


def _recall(library: Library, wanted: Sequence[str], known: Known, watch: Stopwatch) -> float:
    """The share of the ten truly nearest passages that the search by meaning lists first."""
    queries = known.embed(wanted)
    near = [np.zeros(0)] * len(wanted)
    names = [np.zeros(0, dtype=np.int64)] * len(wanted)
    with library.store.reading() as db:
        cursor = db.execute("SELECT passage, data FROM vectors")
        while rows := cursor.fetchmany(8192):
            numbers = np.array([row[0] for row in rows], dtype=np.int64)
            vectors = np.frombuffer(b"".join(row[1] for row in rows), dtype="<f4")
            cosines = queries @ vectors.reshape(len(rows), -1).T
            for place, row in enumerate(cosines):
                every = np.concatenate([near[place], row])
                best = np.argsort(-every)[:_NEAREST]
                near[place] = every[best]
                names[place] = np.concatenate([names[place], numbers])[best]
    shares = []
    for place, question in enumerate(wanted):
        library.search(question, top_k=_NEAREST)
        listed = {found.passage for found in watch.last["dense"][:_NEAREST]}
        shares.append(len(listed & set(names[place].tolist())) / max(1, len(names[place])))
    return sum(shares) / len(shares)


def _reading(place: Path, wanted: Sequence[str]) -> dict[str, float]:
    """The spread of a whole answer by the built-in reader, and of the reading alone; seconds."""
    from assistant import Assistant

    with Assistant(library=place, llm="none") as assistant:
        assistant.ask(wanted[0])
        timings = [assistant.ask(question).timings for question in wanted]
    return {
        "answering_p50": quantile([one.answering for one in timings], 0.5),
        "total_p50": quantile([one.total for one in timings], 0.5),
        "total_p95": quantile([one.total for one in timings], 0.95),
    }


def adding_at(place: Path, seed: Seed) -> dict[str, Any]:
    """What adding to an archive of this size costs, and by a profile where that goes.

    Measured on a copy. The copy's vector index is opened before, as a running program has it.
    """
    with tempfile.TemporaryDirectory(dir=place.parent) as folder:
        copy = Path(folder) / "copy"
        shutil.copytree(place, copy)
        with Library(copy, on_notice=print) as library:
            library._embedder = Varied(seed, embedder_for(None))
            writer = Writer(seed)
            library.add([writer.article(_ELSEWHERE)])
            profile = cProfile.Profile()
            plain = _added(library, writer, _ELSEWHERE + 1, None)
            profiled = _added(library, writer, _ELSEWHERE + 1 + _ADDED, profile)
            most = _memory("VmHWM")
    shares = parts_of(profile, profiled["seconds"])
    return {
        "ms_a_passage": plain["seconds"] / plain["passages"] * 1000,
        "shares": {label: round(share, 4) for label, share in shares.items()},
        "memory_most": most,
    }


def _added(
    library: Library, writer: Writer, first: int, profile: cProfile.Profile | None
) -> dict[str, float]:
    articles = [writer.article(first + place) for place in range(_ADDED)]
    before = library.stats().passages
    began = time.perf_counter()
    if profile:
        profile.enable()
    library.add(articles)
    if profile:
        profile.disable()
    seconds = time.perf_counter() - began
    return {"seconds": seconds, "passages": library.stats().passages - before}


def _memory(name: str) -> float:
    """A line of /proc/self/status in MB, 0 where there is none."""
    file = Path("/proc/self/status")
    lines_ = file.read_text().splitlines() if file.is_file() else []
    return next((int(one.split()[1]) / 1024 for one in lines_ if one.startswith(f"{name}:")), 0.0)


# --- shown


def table(found: Sequence[Mapping[str, Any]]) -> str:
    """A column for each size."""
    rows: list[tuple[str, Callable[[Mapping[str, Any]], str]]] = [
        ("disk", lambda one: f"{one['megabytes']:,.0f} MB"),
        ("memory: most, of a process that searches", lambda o: f"{o['memory']['most']:,.0f} MB"),
        ("memory: most, of one that adds", lambda o: f"{o['adding']['memory_most']:,.0f} MB"),
        ("adding, beside embedding", lambda o: f"{o['adding']['ms_a_passage']:.2f} ms a passage"),
        ("first search of a process", lambda one: f"{one['first_search']:.2f} s"),
    ]
    for kind in _FILTERS:
        rows.append(
            (
                f"retrieval, {kind}: median (95%)",
                lambda o, k=kind: _ms(o[k]["total_p50"], o[k]["total_p95"]),
            )
        )
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
        for kind in _FILTERS
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
