"""The steps of a training: checkpoints are written, and the last one is gone on from."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Protocol, Self, TypeVar

import torch
from torch import nn


class Movable(Protocol):
    """The tensors of one step."""

    @property
    def ids(self) -> torch.Tensor:
        """Token ids, B x T, one row for each example."""

    @property
    def types(self) -> torch.Tensor:
        """Segment types, B x T."""

    @property
    def mask(self) -> torch.Tensor:
        """Attention mask, B x T."""

    def to(self, device: str) -> Self:
        """The same on a device."""


B = TypeVar("B", bound=Movable)


def run(
    model: nn.Module,
    optimizer: torch.optim.Optimizer,
    todo: Sequence[B],
    loss_of: Callable[[Any, B], torch.Tensor],
    out: Path,
    *,
    warm_up: float,
    every: int = 200,
    stop: int | None = None,
) -> None:
    """The steps after those of the last checkpoint, with one written after each `every`.

    `loss_of` takes what the model says of a batch, and the batch.
    Each group's learning rate rises to its `peak` in the share `warm_up` of all steps, then falls.
    """
    device = next(model.parameters()).device.type
    done = _resume(out, model, optimizer)
    model.train()
    bf16 = device == "cuda" or torch.cpu._is_avx512_bf16_supported()
    began, losses, seen = time.monotonic(), list[float](), 0
    for step in range(done, len(todo) if stop is None else stop):
        part = step / len(todo)
        scale = min(1.0, part / warm_up) if part < warm_up else (1 - part) / (1 - warm_up)
        for group in optimizer.param_groups:
            group["lr"] = group["peak"] * max(scale, 0.01)
        batch = todo[step].to(device)
        with torch.autocast(device, torch.bfloat16, enabled=bf16):
            said = model(batch.ids, batch.types, batch.mask)
        loss = loss_of(said, batch)
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        losses.append(float(loss.detach()))
        seen += len(batch.ids)
        if (step + 1) % 50 == 0:
            rate = seen / (time.monotonic() - began)
            print(
                f"step {step + 1}/{len(todo)} loss {sum(losses[-50:]) / 50:.3f} "
                f"{rate:.1f} examples/s",
                flush=True,
            )
        if (step + 1) % every == 0 or step + 1 == len(todo):
            _save(out, model, optimizer, step + 1)


def _save(folder: Path, model: nn.Module, optimizer: torch.optim.Optimizer, step: int) -> None:
    """Write the checkpoint beside the last one, then put it in its place."""
    folder.mkdir(parents=True, exist_ok=True)
    state = {"model": model.state_dict(), "optimizer": optimizer.state_dict(), "step": step}
    torch.save(state, folder / "checkpoint.new")
    (folder / "checkpoint.new").replace(folder / "checkpoint.pt")


def _resume(folder: Path, model: nn.Module, optimizer: torch.optim.Optimizer) -> int:
    """Load the last checkpoint, when there is one; returns the steps done."""
    if not (folder / "checkpoint.pt").is_file():
        return 0
    state = torch.load(folder / "checkpoint.pt", weights_only=True)
    model.load_state_dict(state["model"])
    optimizer.load_state_dict(state["optimizer"])
    print(f"goes on after step {state['step']}", flush=True)
    return int(state["step"])
