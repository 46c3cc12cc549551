"""Makes archives of any size: varied real text, varied real vectors, added by the library itself.

`python -m bench.archive FOLDER 10000 100000` makes `FOLDER/10000` and `FOLDER/100000`, libraries of
that many passages, and leaves alone those that are there.
"""

from __future__ import annotations

import argparse
import json
import math
import random
import re
import time
import zlib
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from datetime import date, timedelta
from pathlib import Path

import numpy as np

from bench.seed import Seed, load_seed
from index.embedding import Embedder, Vectors, embedder_for
from index.library import Library
from index.types import Article

CLOSE, FAR = 0.95, 0.8  # cosines between a varied vector and the real one that it comes from
PASSAGES = 5  # about so many an article
FIRST_DAY, DAYS = date(2015, 1, 1), 3652
SECTIONS = ("business", "entertainment", "politics", "sport", "tech")
# Few outlets write much and many write little, as in any archive.
OUTLETS = tuple(
    f"{town} {kind}"
    for kind in ("Post", "Wire", "Courier", "Gazette", "Herald")
    for town in (
        *("Harbour", "Meridian", "Ostrava", "Lindal", "Northern", "Valley", "Capital"),
        *("Island", "Border", "Evening"),
    )
)
_OUTLET_WEIGHTS = [1 / (rank + 2) for rank in range(len(OUTLETS))]
_SYLLABLES = (
    *("ba", "ke", "di", "lo", "mu", "fa", "re", "si", "to", "nu", "ga"),
    *("vel", "mar", "tor", "lin", "sek", "dah", "rup", "zan", "hol", "bri"),
)
_NAMES = 400_000  # that can be met; those of low numbers often, most never twice
_RENAMED = 0.4  # share of sentences in which a word with a capital is replaced by a made-up name
_STRANGE = 0.2  # share of sentences taken from elsewhere in the section
_KNOWN = 24  # characters at the start of a sentence that are never changed: they tell its origin
_CHUNK = 2_000  # articles a call of `Library.add`: all are held in memory while they are added
_CAPITAL = re.compile(r"(?<=[a-z,] )[A-Z][a-z]{2,}\b")
_BREAK = re.compile(r"(?<=[.!?\"'])\s+|\n+")


class Writer:
    """Writes articles, the same ones for the same numbers."""

    def __init__(self, seed: Seed) -> None:
        self._seed = seed
        self._of: dict[str, list[int]] = {}
        for place, origin in enumerate(seed.origins):
            self._of.setdefault(origin.section, []).append(place)
        self._sections = sorted(self._of)

    def article(self, number: int) -> Article:
        """The article of a number."""
        chance = random.Random(number)
        section = self._sections[chance.randrange(len(self._sections))]
        places = self._of[section]
        cast = [made_up_name(_rank(chance)) for _ in range(4)]
        origins = [self._seed.origins[chance.choice(places)] for _ in range(PASSAGES)]
        paragraphs = []
        for origin in origins:
            told = [self._sentence(chance, line, places, cast) for line in origin.sentences]
            paragraphs.append(" ".join(told))
        day = FIRST_DAY + timedelta(chance.randrange(DAYS))
        outlet = chance.choices(OUTLETS, _OUTLET_WEIGHTS)[0]
        host = outlet.lower().replace(" ", "-")
        return Article(
            title=f"{origins[0].title}, says {cast[0]}",
            text="\n\n".join(paragraphs),
            source=outlet,
            url=f"https://{host}.example/{day:%Y/%m/%d}/{number}",
            published=day,
            author=f"{cast[1]} {cast[2]}",
            section=section,
        )

    def _sentence(
        self, chance: random.Random, line: str, places: Sequence[int], cast: Sequence[str]
    ) -> str:
        if chance.random() < _STRANGE:
            line = chance.choice(self._seed.origins[chance.choice(places)].sentences or (line,))
        if chance.random() < _RENAMED and (found := _CAPITAL.search(line, _KNOWN)):
            line = f"{line[: found.start()]}{chance.choice(cast)}{line[found.end() :]}"
        return line


class Varied:
    """Hands out, in no time, the varied vector of the real passage that most of a text is from.

    It goes by the name of the bundled model: what it makes is searched as any other library is.
    """

    def __init__(self, seed: Seed, model: Embedder) -> None:
        self.name, self.fingerprint = model.name, model.fingerprint
        self._vectors = seed.vectors
        self._origins = {
            line[:_KNOWN]: place
            for place, origin in enumerate(seed.origins)
            for line in origin.sentences
        }

    def embed(self, texts: Sequence[str], *, query: bool = False) -> Vectors:
        """Unit vectors, shape (len(texts), dimension): the same for the same text."""
        rows = [self._origin(text) for text in texts]
        chances = np.random.default_rng(zlib.crc32("".join(texts).encode("utf-8", "replace")))
        return varied(self._vectors, rows, chances)

    def _origin(self, text: str) -> int:
        known = (self._origins.get(line[:_KNOWN]) for line in _BREAK.split(text))
        counted = Counter(place for place in known if place is not None)
        if counted:
            return counted.most_common(1)[0][0]
        return zlib.crc32(text.encode("utf-8", "replace")) % len(self._vectors)


def varied(vectors: Vectors, rows: Sequence[int], chances: np.random.Generator) -> Vectors:
    """The unit vectors of `rows`, each turned by a random angle, its cosine from FAR to CLOSE.

    They are turned towards the difference of two other vectors: real ones lie in few of their
    dimensions, and noise in all of them would make neighbours easier to find than they are.
    """
    base = vectors[list(rows)]
    one, other = chances.integers(len(vectors), size=(2, len(rows)))
    aside = vectors[one] - vectors[other] + chances.normal(0, 1e-3, base.shape)
    aside -= (aside * base).sum(axis=1, keepdims=True) * base
    aside /= np.linalg.norm(aside, axis=1, keepdims=True)
    cosine = chances.uniform(FAR, CLOSE, size=(len(rows), 1))
    turned = cosine * base + np.sqrt(1 - cosine**2) * aside
    return (turned / np.linalg.norm(turned, axis=1, keepdims=True)).astype(np.float32)


def made_up_name(number: int) -> str:
    """A name that no other number has."""
    parts = []
    number += 1
    while number:
        number, digit = divmod(number, len(_SYLLABLES))
        parts.append(_SYLLABLES[digit])
    return "".join(parts).capitalize() + "sen"


def _rank(chance: random.Random) -> int:
    """A number below _NAMES of which each power of ten is met equally often (Zipf's law)."""
    return int(math.exp(chance.random() * math.log(_NAMES))) - 1


def fill(
    library: Library,
    seed: Seed,
    passages: int,
    on_step: Callable[[int], None] = lambda done: None,
) -> int:
    """Add articles until the library has about so many passages; returns how many it has then.

    It goes on where an earlier run was stopped. `on_step` is told the number of passages after
    each call of `Library.add`.
    """
    # As an attribute: an embedding that is handed over has a name of its own.
    library._embedder = Varied(seed, embedder_for(None))
    writer = Writer(seed)
    number, done = library.stats().articles, library.stats().passages
    while done < passages:
        wanted = min(_CHUNK, max(1, (passages - done) // PASSAGES))
        report = library.add([writer.article(number + place) for place in range(wanted)])
        if report.skipped:
            raise RuntimeError(f"an article was refused: {report.skipped[0].reason}")
        number += wanted
        done = library.stats().passages
        on_step(done)
    return number


def make(folder: Path, seed: Seed, passages: int) -> Path:
    """The library of about so many passages, made where it is not there yet, or not to its end."""
    place = folder / str(passages)
    if (place / "made.json").is_file():
        return place
    began = time.perf_counter()
    steps: list[tuple[int, float]] = []

    def note(done: int) -> None:
        steps.append((done, round(time.perf_counter() - began, 1)))
        print(f"{done:>9,} passages after {steps[-1][1]:,.0f} s", flush=True)

    with Library(place, on_notice=print) as library:
        before = library.stats().passages  # of an earlier run, whose time is not known
        articles = fill(library, seed, passages, note)
        told = {"articles": articles, "passages": library.stats().passages, "before": before}
    (place / "made.json").write_text(json.dumps({**told, "steps": steps}))
    return place


def sizes(values: Sequence[str]) -> Iterator[int]:
    """Numbers of passages: `10000`, `10k`, `1M`."""
    for value in values:
        unit = {"k": 1_000, "m": 1_000_000}.get(value[-1].lower(), 1)
        yield int(value if unit == 1 else value[:-1]) * unit


def main() -> None:
    """Make the archives that are asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("sizes", nargs="+", help="passages: 1k, 10k, 100k, 1M")
    parser.add_argument("--articles", type=Path, default=Path("../shared/data/bbc"))
    options = parser.parse_args()
    seed = load_seed(options.articles, options.folder, embedder_for(None))
    for passages in sizes(options.sizes):
        print(make(options.folder, seed, passages))


if __name__ == "__main__":
    main()
