"""What adding costs beside embedding, and where that goes: `make bench ARGS=--profile`.

CPU time of this process, in milliseconds a passage. The vectors cost nothing, so that everything
else is seen.
"""

from __future__ import annotations

import cProfile
import pstats
import statistics
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from index.embedding import Vectors, embedder_for
from index.library import Library

# Functions whose time, with what they call, is told apart; none calls another of them.
PARTS = {
    "reading files": ("reading.py", "read_articles"),
    "telling the language": ("language.py", "detect"),
    "splitting into passages": ("passages.py", "split_article"),
    "embedding (here free)": ("", "embed"),
    "looking for near copies": ("copies.py", "bands"),
    "comparing near copies": ("copies.py", "family_of"),
    "noting near copies": ("copies.py", "remember"),
    "writing rows": ("rows.py", "insert_article"),
    "of it the text index": ("rows.py", "index_words"),
    "writing vectors": ("rows.py", "insert_vectors"),
    "linking versions": ("versions.py", "link"),
    "Chroma": ("vectors.py", "apply"),
    "beginning and committing": ("store.py", "writing"),
}
_RUNS = 3
_FILES = 600  # at most


class Free:
    """A random unit vector for each text, made in no time; by the bundled model's name."""

    def __init__(self) -> None:
        model = embedder_for(None)
        self.name, self.fingerprint = model.name, model.fingerprint

    def embed(self, texts: Sequence[str], *, query: bool = False) -> Vectors:
        """Unit vectors, shape (len(texts), 384)."""
        made = np.random.default_rng(1).normal(size=(len(texts), 384))
        made /= np.linalg.norm(made, axis=1, keepdims=True)
        return made.astype(np.float32)


def shares(articles: Path) -> str:
    """Milliseconds a passage, the median of several runs, and by a profile where they go."""
    files = sorted(path for path in articles.rglob("*.txt"))[:_FILES]
    with tempfile.TemporaryDirectory() as place:
        _add(Path(place) / "warm", files[:20], None)  # imports and models
        runs = [_add(Path(place) / str(run), files, None) for run in range(_RUNS)]
        profile = cProfile.Profile()
        profiled, passages = _add(Path(place) / "profiled", files, profile)
    each = statistics.median(seconds for seconds, _ in runs) / passages * 1000
    lines = [f"{len(files):,} files, {passages:,} passages: {each:.2f} ms of CPU a passage"]
    for label, share in parts_of(profile, profiled).items():
        lines.append(f"  {label:<26}{share * each:6.2f} ms {share:6.1%}")
    return "\n".join(lines)


def parts_of(profile: cProfile.Profile, seconds: float) -> Mapping[str, float]:
    """The share of `seconds` that each part took, what it calls included."""
    stats = pstats.Stats(profile).stats  # type: ignore[attr-defined]
    return {
        label: sum(
            entry[3] for key, entry in stats.items() if key[0].endswith(file) and key[2] == name
        )
        / seconds
        for label, (file, name) in PARTS.items()
    }


def _add(folder: Path, files: list[Path], profile: cProfile.Profile | None) -> tuple[float, int]:
    """The CPU seconds that adding takes, and the number of passages."""
    with Library(folder) as library:
        # As an attribute: an embedding that is handed over has a name of its own.
        library._embedder = Free()
        began = time.process_time()
        if profile:
            profile.enable()
        library.add(files)
        if profile:
            profile.disable()
        return time.process_time() - began, library.stats().passages
