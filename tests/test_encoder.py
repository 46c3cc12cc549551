"""The encoder on ONNX Runtime: the numbers of the published model, from a graph we can make."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from index.embedding import bundled_folder
from index.encoder import GRAPH, Encoder, mapped_tensors

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def encoder() -> Encoder:
    return Encoder(mapped_tensors(bundled_folder() / "model.safetensors"))


def test_hidden_states_are_those_of_the_published_model(encoder: Encoder) -> None:
    import torch
    from transformers import AutoModel

    draw = np.random.default_rng(0)
    ids = draw.integers(1000, 30000, (3, 40)).astype(np.int32)
    mask, types = np.ones_like(ids), np.zeros_like(ids)
    mask[1, 25:] = 0
    types[2, 10:] = 1
    model = AutoModel.from_pretrained(bundled_folder()).eval()
    with torch.no_grad():
        expected = model(
            input_ids=torch.tensor(ids).long(),
            attention_mask=torch.tensor(mask).long(),
            token_type_ids=torch.tensor(types).long(),
        ).last_hidden_state.numpy()
    real = mask.astype(bool)
    assert np.abs(encoder(ids, types, mask) - expected)[real].max() < 1e-4


def test_padding_changes_nothing(encoder: Encoder) -> None:
    ids = np.random.default_rng(1).integers(1000, 30000, (1, 12)).astype(np.int32)
    ones = np.ones_like(ids)
    alone = encoder(ids, ones * 0, ones)
    wider = np.pad(ids, ((0, 0), (0, 9)))
    padded = encoder(wider, wider * 0, np.pad(ones, ((0, 0), (0, 9))))
    assert np.abs(alone - padded[:, :12]).max() < 1e-5


def test_the_graph_is_what_its_builder_writes(tmp_path: Path) -> None:
    pytest.importorskip("onnx")
    copy = tmp_path / "index"
    copy.mkdir()
    for name in ("__init__.py", "encoder.py", "encoder_graph.py"):
        (copy / name).write_bytes((ROOT / "index" / name).read_bytes())
    subprocess.run([sys.executable, "-m", "index.encoder_graph"], cwd=tmp_path, check=True)
    assert (copy / GRAPH.name).read_bytes() == GRAPH.read_bytes()


def test_mapped_tensors_are_those_that_were_saved(tmp_path: Path) -> None:
    from safetensors.numpy import save_file

    saved = {
        "one": np.arange(6, dtype=np.float32).reshape(2, 3),
        "half": np.linspace(-1, 1, 5).astype(np.float16),
        "counts": np.arange(3),
    }
    save_file(saved, tmp_path / "some.safetensors")
    found = mapped_tensors(tmp_path / "some.safetensors")
    assert found.keys() == {"one", "half"}  # whole numbers are no weights
    for name, values in found.items():
        assert values.dtype == np.float32
        assert np.array_equal(values, saved[name].astype(np.float32))
