"""Measures one archive: how soon it is searched and read, and what adding to it costs."""

from __future__ import annotations

import cProfile
import random
import shutil
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np

from bench.adding import parts_of
from bench.archive import OUTLETS, Varied, Writer
from bench.figures import quantile
from bench.quality import Found, asked, quality
from bench.seed import Seed
from index.embedding import Embedder, Vectors, embedder_for
from index.library import Library

FILTERS = ("plain", "month", "year", "outlet")
_ADDED = 400  # articles that are added to a copy, once for the time and once for the profile
_ELSEWHERE = 10_000_000  # numbers of articles that no archive has
_CHECKED = 30  # questions whose neighbours are compared with the exact ones
_FILTERED = 30  # questions that are searched with each kind of filter
_READ = 20  # questions that are answered to the end
_NEAREST = 10


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
        for kind in FILTERS:
            some = wanted if kind == "plain" else wanted[:_FILTERED]
            # The first time the pages that a filter leads to may come from the disk.
            told[f"{kind}_first"] = _latencies(library, some, kind, watch)
            told[kind] = _latencies(library, some, kind, watch)
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
        "cpu_ms_a_passage": plain["cpu"] / plain["passages"] * 1000,
        "shares": {label: round(share, 4) for label, share in shares.items()},
        "memory_most": most,
    }


def _added(
    library: Library, writer: Writer, first: int, profile: cProfile.Profile | None
) -> dict[str, float]:
    articles = [writer.article(first + place) for place in range(_ADDED)]
    before = library.stats().passages
    began, used = time.perf_counter(), time.process_time()
    if profile:
        profile.enable()
    library.add(articles)
    if profile:
        profile.disable()
    seconds, cpu = time.perf_counter() - began, time.process_time() - used
    return {"seconds": seconds, "cpu": cpu, "passages": library.stats().passages - before}


def _memory(name: str) -> float:
    """A line of /proc/self/status in MB, 0 where there is none."""
    file = Path("/proc/self/status")
    lines_ = file.read_text().splitlines() if file.is_file() else []
    return next((int(one.split()[1]) / 1024 for one in lines_ if one.startswith(f"{name}:")), 0.0)
