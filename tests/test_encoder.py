"""The encoder on ONNX Runtime: the numbers of the published model, from graphs we can make."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from index.minilm.encoder import RANGES, Encoder, Precision, Tokens, load_tokenizer, mapped_tensors
from index.minilm.model import bundled_folder

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def encoder() -> Encoder:
    return Encoder(mapped_tensors(bundled_folder() / "model.safetensors"))


def test_hidden_states_are_those_of_the_published_model(encoder: Encoder) -> None:
    import torch
    from transformers import AutoModel

    draw = np.random.default_rng(0)
    model = AutoModel.from_pretrained(bundled_folder()).eval()
    for length, second in ((1, 1), (40, 40), (256, 90)):
        ids = draw.integers(1000, 30000, length).tolist()
        segments = [0] * second + [1] * (length - second)
        with torch.no_grad():
            expected = model(
                input_ids=torch.tensor([ids]), token_type_ids=torch.tensor([segments])
            ).last_hidden_state.numpy()[0]
        assert np.abs(encoder(Tokens(ids, segments)) - expected).max() < 1e-4
        if second == length:
            assert np.array_equal(encoder(Tokens(ids)), encoder(Tokens(ids, segments)))


def test_whole_numbers_are_near_the_exact_states(encoder: Encoder) -> None:
    tensors = mapped_tensors(bundled_folder() / "model.safetensors")
    whole = Encoder(tensors, precision=Precision.INT8)
    ids = np.random.default_rng(1).integers(1000, 30000, 120).tolist()
    exact, near = encoder(Tokens(ids)).mean(0), whole(Tokens(ids)).mean(0)
    cosine = exact @ near / np.linalg.norm(exact) / np.linalg.norm(near)
    assert 0.98 < cosine < 0.999999  # and it is another computation


def test_without_evening_out_the_large_channels_whole_numbers_are_further_off(
    encoder: Encoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    tensors = mapped_tensors(bundled_folder() / "model.safetensors")
    tokenizer = load_tokenizer(bundled_folder())
    text = Tokens(tokenizer.encode("The storm shut the port of Velden for a third day.").ids)
    exact = encoder(text)
    evened = np.abs(Encoder(tensors, precision=Precision.INT8)(text) - exact).mean()
    monkeypatch.setattr("index.minilm.encoder._SMOOTHING", 0.0)
    plain = np.abs(Encoder(tensors, precision=Precision.INT8)(text) - exact).mean()
    assert evened < 0.8 * plain


def test_several_texts_come_back_in_their_order_from_all_threads(encoder: Encoder) -> None:
    texts = [Tokens(list(range(1000, 1000 + length))) for length in (90, 3, 60, 7, 30, 1)]
    together = encoder.each(encoder, texts)
    for text, states in zip(texts, together, strict=True):
        assert np.array_equal(states, encoder(text))


def test_what_fails_for_one_text_is_raised(encoder: Encoder) -> None:
    with pytest.raises(IndexError):
        encoder.each(encoder, [Tokens([101, 102]), Tokens([40_000])])  # no such word piece


def test_the_graphs_are_what_their_builder_writes(tmp_path: Path) -> None:
    pytest.importorskip("onnx")
    (tmp_path / "index" / "minilm").mkdir(parents=True)
    modules = ("minilm/__init__.py", "minilm/encoder.py", "minilm/graph.py", "errors.py")
    for name in ("__init__.py", *modules):
        (tmp_path / "index" / name).write_bytes((ROOT / "index" / name).read_bytes())
    subprocess.run([sys.executable, "-m", "index.minilm.graph"], cwd=tmp_path, check=True)
    for precision in Precision:
        made = tmp_path / "index" / "minilm" / precision.graph.name
        assert made.read_bytes() == precision.graph.read_bytes(), made.name


def test_the_ranges_are_those_of_the_sample_articles() -> None:
    pytest.importorskip("onnx")
    from index.minilm.ranges import passages_below, ranges_of

    found = ranges_of(passages_below(ROOT / "assistant" / "samples"))
    kept = mapped_tensors(RANGES)
    assert found.keys() == kept.keys()
    for name, array in found.items():
        assert np.allclose(array.astype(np.float32), kept[name], rtol=0.02, atol=0.02), name


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
