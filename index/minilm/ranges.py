"""Writes minilm_ranges.safetensors: `python -m index.minilm.ranges ARTICLES`.

For developers: needs the package `onnx`. How large each channel gets that goes into a matrix is
seen on passages of the articles; the figures of the sample articles serve any news, and the
reader's network, which began as the same one, as well as its own.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from index.minilm.encoder import (
    LAYERS,
    RANGES,
    SMOOTHED,
    Array,
    Encoder,
    Precision,
    Tokens,
    graph_weights,
    load_tokenizer,
    mapped_tensors,
    session_of,
)
from index.minilm.graph import model
from index.minilm.model import bundled_folder
from index.passages import embedded_text, split_article
from index.reading import read_article


def ranges_of(texts: Iterator[str]) -> dict[str, Array]:
    """The greatest magnitude of each channel that goes into a matrix, in half precision."""
    folder = bundled_folder()
    tensors = mapped_tensors(folder / "model.safetensors")
    tokenizer = load_tokenizer(folder)
    encoder = Encoder(tensors)
    names = [f"{layer}.{kind}.weight" for layer in range(LAYERS) for kind in SMOOTHED]
    weights = graph_weights(tensors, Precision.FULL)
    session = session_of(model(Precision.FULL, watched=names), weights)
    outputs = [f"{name}.given" for name in names]
    ranges = {name: np.zeros(1, dtype=np.float32) for name in names}
    for text in texts:
        embedded = encoder.embedded(Tokens(tokenizer.encode(text).ids))
        for name, given in zip(
            names, session.run(outputs, {"embedded": embedded[None]}), strict=True
        ):
            ranges[name] = np.maximum(ranges[name], np.abs(given[0]).max(0))
    return {name: array.astype(np.float16) for name, array in ranges.items()}


def passages_below(folder: Path) -> Iterator[str]:
    """The passages of a folder's articles, as they are embedded."""
    for path in sorted(folder.iterdir()):
        article = read_article(path)
        for passage in split_article(article):
            yield embedded_text(article.title, passage.text)


def main() -> None:
    """Write the ranges beside this module."""
    from safetensors.numpy import save_file

    save_file(ranges_of(passages_below(Path(sys.argv[1]))), RANGES)


if __name__ == "__main__":
    main()
