"""The bundled model without torch: sentence-transformers' vectors, in all the ways it takes."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from index.embedding import BUNDLED, SentenceTransformerEmbedder, Vectors, embedder_for
from index.minilm import encoder
from index.minilm import model as minilm
from index.minilm.model import MiniLM

TEXTS = (
    "Storm closes the ports of Velden\nFishing boats stayed in harbour for a third day.",
    "",
    "Ünïcode – “quotes”, 数字 and 🙂",
    "One word",
    "The council voted 7 to 4 to rebuild the dam. " * 40,  # more than the model reads
)


class Recorder:
    """An embedder that notes how many texts it is given."""

    name = fingerprint = "recorder"

    def __init__(self) -> None:
        self.given: list[int] = []

    def embed(self, texts: Sequence[str], *, query: bool = False) -> Vectors:
        self.given.append(len(texts))
        return np.zeros((len(texts), 384), dtype=np.float32)


def many(number: int) -> list[str]:
    return [f"Report {place} of the harbour: {place % 7} boats came in." for place in range(number)]


@pytest.fixture(scope="module")
def model() -> MiniLM:
    return MiniLM(Recorder(), gpu=lambda: False)


def test_vectors_are_those_of_sentence_transformers(model: MiniLM) -> None:
    from sentence_transformers import SentenceTransformer

    reference = SentenceTransformer(str(minilm.bundled_folder()), local_files_only=True)
    exact = reference.encode(list(TEXTS), normalize_embeddings=True)
    assert (model.embed(TEXTS) * exact).sum(1).min() > 0.999999
    assert (model.embed(TEXTS, query=True) * exact).sum(1).min() > 0.999999


def test_it_is_the_embedder_of_a_new_library_and_keeps_the_name_of_older_ones() -> None:
    by_torch = SentenceTransformerEmbedder(BUNDLED)
    for name in (None, BUNDLED):
        ours = embedder_for(name)
        assert isinstance(ours, MiniLM)
        assert (ours.name, ours.fingerprint) == (by_torch.name, by_torch.fingerprint)
    assert embedder_for(None) is embedder_for(BUNDLED)  # loaded once, for all libraries


def test_many_texts_have_nearly_the_exact_vectors_each_in_its_place(model: MiniLM) -> None:
    texts = many(70)
    exact = np.concatenate([model.embed(texts[start : start + 10]) for start in range(0, 70, 10)])
    near = model.embed(texts)
    assert (exact * near).sum(1).min() > 0.95
    assert (np.abs(np.linalg.norm(near, axis=1) - 1) < 1e-5).all()


def test_whole_numbers_that_come_out_wrong_on_a_machine_are_not_used(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(encoder, "_NEAR", 1.1)
    model = MiniLM(Recorder(), gpu=lambda: False)
    texts = many(70)
    assert np.array_equal(model.embed(texts)[:5], model.embed(texts[:5]))


def test_no_texts_have_no_vectors(model: MiniLM) -> None:
    assert model.embed([]).shape == (0, 384)


def test_threads_get_the_vectors_of_their_own_texts() -> None:
    model = MiniLM(Recorder(), gpu=lambda: False)
    texts = many(40)
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda text: model.embed([text], query=True)[0], texts))
    assert np.array_equal(np.stack(found), model.embed(texts, query=True))


def test_a_gpu_takes_over_when_there_is_very_much_to_embed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(minilm, "_VERY_MANY", 200)
    on_gpu = Recorder()
    looked: list[bool] = []
    model = MiniLM(on_gpu, gpu=lambda: looked.append(True) or True)  # type: ignore[func-returns-value]
    model.embed(many(100))
    assert not looked  # torch is not imported to find out
    model.embed(many(100))
    model.embed(many(150))
    model.embed(["a question"], query=True)
    assert on_gpu.given == [100, 150]
    assert looked == [True]


def test_where_onnx_runtime_does_not_load_the_other_runs_the_model(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    other = Recorder()
    model = MiniLM(other, gpu=lambda: False)
    model.embed(["a question"], query=True)
    model.embed(many(3))
    assert other.given == [1, 3]


def imported_by(code: str) -> set[str]:
    """Which of the slow packages a new process imports for some code."""
    heavy = "{'torch', 'transformers', 'sentence_transformers', 'gradio', 'openai', 'numpy'}"
    done = subprocess.run(
        [sys.executable, "-c", f"import sys\n{code}\nprint(*({heavy} & sys.modules.keys()))"],
        capture_output=True,
        text=True,
        check=True,
    )
    return set(done.stdout.split())


@pytest.mark.parametrize("texts", ["['one']", "['several'] * 100"])
def test_embedding_imports_no_torch(texts: str) -> None:
    code = f"from index.embedding import embedder_for\nembedder_for(None).embed({texts})"
    assert imported_by(code) == {"numpy"}


def test_a_first_answer_imports_nothing_slow() -> None:
    code = "from assistant import ask\nassert ask('what did Russia demand', llm='none').sentences"
    assert imported_by(code) == {"numpy"}
    assert not imported_by("from assistant import ask")


def test_a_process_that_answers_before_the_reader_is_loaded_ends_well(tmp_path: Path) -> None:
    (tmp_path / "one.txt").write_text(
        "Harbour shut\n\nThe storm shut the port of Velden on Monday."
    )
    asked = f"'who shut it', articles={str(tmp_path)!r}, since='2999-01-01'"
    code = f"from assistant import ask; ask({asked})"
    ends = [
        subprocess.run([sys.executable, "-c", code], capture_output=True, check=False).returncode
        for _ in range(5)
    ]
    assert ends == [0] * 5
