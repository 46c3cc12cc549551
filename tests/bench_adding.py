"""What adding costs beside embedding: `make bench ARGS=FOLDER` prints where the time goes.

CPU time of this process, in milliseconds a passage, the median of several runs. The embedding hands
back vectors that cost nothing, so that everything else is seen.
"""

from __future__ import annotations

import argparse
import cProfile
import pstats
import statistics
import tempfile
import time
from pathlib import Path

import numpy as np
from library_kit import WordEmbedding

from index.library import Library

# Functions whose time, with what they call, is told apart; none calls another of them.
PARTS = {
    "reading files": ("reading.py", "read_articles"),
    "telling the language": ("language.py", "detect"),
    "splitting into passages": ("passages.py", "split_article"),
    "looking for near copies": ("copies.py", "bands"),
    "comparing near copies": ("copies.py", "family_of"),
    "writing rows and the text index": ("rows.py", "insert_article"),
    "writing vectors": ("rows.py", "insert_vectors"),
    "linking versions": ("versions.py", "link"),
    "Chroma": ("vectors.py", "apply"),
}


class Free(WordEmbedding):
    """A random unit vector for each text, made in no time."""

    dimension: int = 384

    def get_text_embedding_batch(self, texts: list[str], **_: object) -> list[list[float]]:
        made = np.random.default_rng(1).normal(size=(len(texts), self.dimension))
        made /= np.linalg.norm(made, axis=1, keepdims=True)
        return made.tolist()


def add(
    folder: Path, files: list[Path], profile: cProfile.Profile | None = None
) -> tuple[float, int]:
    """The CPU seconds that adding takes, and the number of passages."""
    with Library(folder, embedding=Free()) as library:
        began = time.process_time()
        if profile:
            profile.enable()
        library.add(files)
        if profile:
            profile.disable()
        return time.process_time() - began, library.stats().passages


def main() -> None:
    """Add the files of a folder several times, then once under a profiler for the shares."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, help="articles: the more, the steadier the figures")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--files", type=int, default=600, help="at most so many")
    options = parser.parse_args()
    files = sorted(path for path in options.folder.rglob("*") if path.is_file())[: options.files]
    with tempfile.TemporaryDirectory() as place:
        add(Path(place) / "warm", files[:20])  # imports and models
        runs = [add(Path(place) / str(run), files) for run in range(options.runs)]
        passages = runs[0][1]
        each = statistics.median(seconds for seconds, _ in runs) / passages * 1000
        profile = cProfile.Profile()
        profiled, _ = add(Path(place) / "profiled", files, profile)
    print(f"{len(files):,} files, {passages:,} passages: {each:.2f} ms of CPU a passage")
    stats = pstats.Stats(profile).stats  # type: ignore[attr-defined]
    for label, (file, name) in PARTS.items():
        seconds = sum(
            entry[3] for key, entry in stats.items() if key[0].endswith(file) and key[2] == name
        )
        share = seconds / profiled
        print(f"  {label:<32}{share * each:6.2f} ms {share:6.1%}")


if __name__ == "__main__":
    main()
