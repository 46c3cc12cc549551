"""The making of the reader: its data, its batches, and a training that can be resumed."""

from __future__ import annotations

import argparse
import json
import random
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.reader.training.data import (
    Example,
    hard_negatives,
    news_articles,
    news_examples,
    noised,
    removed_answers,
    scheduled,
    squad_examples,
)

NEWS = Path(__file__).parents[1] / "assistant" / "reader" / "training" / "news"
SQUAD = {
    "data": [
        {
            "title": "Harbour_walls",
            "paragraphs": [
                {
                    "context": "The harbour wall at Lorn was built in 1850 by Ana Pol.",
                    "qas": [
                        {
                            "id": "a",
                            "question": "Who built the wall at Lorn?",
                            "answers": [{"text": "Ana Pol", "answer_start": 46}],
                        },
                        {
                            "id": "b",
                            "question": "What did the wall cost?",
                            "is_impossible": True,
                            "answers": [],
                        },
                    ],
                },
                {
                    "context": "The wall at Lorn was mended twice, the last time in 1990.",
                    "qas": [],
                },
            ],
        }
    ]
}


def squad_file(folder: Path) -> Path:
    file = folder / "some.json"
    file.write_text(json.dumps(SQUAD), "utf-8")
    return file


def test_squad_files_are_read_with_their_offsets(tmp_path: Path) -> None:
    told, silent = squad_examples(squad_file(tmp_path), "squad")
    ((start, end),) = told.answers
    assert told.context[start:end] == "Ana Pol"
    assert (told.title, told.source) == ("Harbour walls", "squad")
    assert (silent.answers, silent.source) == ((), "squad-silent")


def test_the_projects_own_articles_hold_their_answers() -> None:
    articles = news_articles(NEWS)
    examples = news_examples(NEWS, held_out=False) + news_examples(NEWS, held_out=True)
    assert len(examples) == sum(len(article["questions"]) for article in articles)
    assert len(articles) >= 800
    for example in examples:
        assert bool(example.answers) == (example.source != "news-silent"), example.question
        assert all(0 <= start < end <= len(example.context) for start, end in example.answers)


def test_what_measures_does_not_train() -> None:
    trained = {example.context for example in news_examples(NEWS, held_out=False)}
    held = {example.context for example in news_examples(NEWS, held_out=True)}
    assert held
    assert not trained & held


def test_no_text_of_the_project_is_that_of_the_articles_that_judge(shared_data: Path) -> None:
    judged = " ".join(
        " ".join(file.read_text("utf-8", errors="replace").split())
        for file in shared_data.glob("bbc/*/*.txt")
    )
    for article in news_articles(NEWS):
        for line in article["text"].split("\n"):
            assert len(line) < 60 or line[:60] not in judged


def test_negatives_look_alike_and_hold_no_answer() -> None:
    told = Example(
        question="Who built the harbour wall?",
        context="Ana Pol built the harbour wall.",
        title="",
        answers=((0, 7),),
        source="squad",
    )
    alike = Example(
        question="When?", context="The harbour wall fell in 1990.", title="", answers=(), source="x"
    )
    same = Example(
        question="Who?",
        context="A wall by Ana Pol, harbour side.",
        title="",
        answers=(),
        source="x",
    )
    (negative,) = hard_negatives([told], [told, alike, same], 5, 1, "mined")
    assert negative.context == alike.context
    assert (negative.answers, negative.source) == ((), "mined")


def test_a_passage_without_the_sentence_that_answers_is_silent() -> None:
    told = Example(
        question="Who built the harbour wall?",
        context="The wall fell in 1990. Ana Pol built it. It was mended twice.",
        title="",
        answers=((23, 30),),
        source="news-answerable",
    )
    twice = replace(told, context=f"{told.context} Ana Pol died in 1950.")
    alone = replace(told, context="Ana Pol built it.", answers=((0, 7),))
    (negative,) = removed_answers([told, twice, alone], 9, seed=1)
    assert negative.context == "The wall fell in 1990. It was mended twice."
    assert (negative.answers, negative.source) == ((), "removed")


def test_a_source_is_seen_as_often_as_said() -> None:
    one = Example(question="q", context="c", title="", answers=(), source="one")
    half = Example(question="q", context="c", title="", answers=(), source="half")
    chosen = scheduled([one, *[half] * 1000], {"one": 3.0, "half": 0.5}, seed=3)
    assert chosen.count(one) == 3
    assert 400 < chosen.count(half) < 600
    assert chosen == scheduled([one, *[half] * 1000], {"one": 3.0, "half": 0.5}, seed=3)


@given(st.text(min_size=1, max_size=60), st.integers(0, 99))
def test_noise_only_takes_away(question: str, seed: int) -> None:
    assert len(noised(question, random.Random(seed))) <= len(question)


def test_the_tokens_of_a_span_are_its_words_however_it_is_cropped() -> None:
    from assistant.reader.training.batches import Encoding, batches
    from index.minilm.encoder import load_tokenizer
    from index.minilm.model import bundled_folder

    tokenizer = load_tokenizer(bundled_folder())
    examples = [e for e in news_examples(NEWS, held_out=True) if len(e.answers) == 1][:60]
    wanted = {e.context[a:b].lower().replace(" ", "") for e in examples for a, b in e.answers}
    for window in (48, 400):
        found = set()
        for batch in batches(examples, Encoding(tokenizer), window=window, tokens=2000, seed=5):
            assert batch.ids.numel() <= max(2000, batch.ids.shape[1])
            for row in range(len(batch.ids)):
                first, last = int(batch.start[row]), int(batch.end[row])
                if not first:
                    continue
                assert batch.inside[row, first : last + 1].all()
                assert batch.readable[row, first : last + 1].all()
                words = tokenizer.decode(batch.ids[row, first : last + 1].tolist())
                found.add(words.replace(" ", ""))
        assert len(found & wanted) >= 0.95 * len(wanted)


@pytest.mark.slow
def test_a_training_goes_on_where_it_stopped(tmp_path: Path) -> None:
    import torch

    from assistant.reader.training import train as training

    def steps(out: Path, stop: int | None) -> dict[str, torch.Tensor]:
        from assistant.reader.training.batches import Encoding, batches
        from assistant.reader.training.model import ReaderModel, loss_of
        from assistant.reader.training.steps import run
        from index.minilm.encoder import load_tokenizer
        from index.minilm.model import bundled_folder

        torch.manual_seed(1)
        tokenizer = load_tokenizer(bundled_folder())
        examples = news_examples(NEWS, held_out=True)[:48]
        todo = list(batches(examples, Encoding(tokenizer), window=48, tokens=600, seed=1))[:6]
        model = ReaderModel(bundled_folder(), frozen=4)
        optimizer = torch.optim.AdamW(training._groups(model, 1e-4))
        run(model, optimizer, todo, loss_of, out, warm_up=0.06, every=2, stop=stop)
        return model.state_dict()

    straight = steps(tmp_path / "straight", None)
    steps(tmp_path / "broken", 3)  # ends in the middle: the last checkpoint is of step 2
    resumed = steps(tmp_path / "broken", None)
    assert all(torch.allclose(straight[name], resumed[name], atol=1e-6) for name in straight)


def test_the_command_explains_itself(capsys: pytest.CaptureFixture[str]) -> None:
    from assistant.reader.training import train as training

    with pytest.raises(SystemExit) as ended:
        training.main(["--help"])
    assert ended.value.code == 0
    assert "--data" in capsys.readouterr().out
    assert isinstance(
        training.options(["--data", "d", "--news", "n", "--out", "o"]), argparse.Namespace
    )


# --- the check of sentences


def test_the_sentences_lie_on_articles_and_none_on_those_that_measure() -> None:
    from assistant.evaluation.groundedness import load_triples
    from assistant.grounding.training.data import written_claims

    claims = written_claims(NEWS)
    assert len(claims) == 3408
    assert sum(claim.supported for claim in claims) == len(claims) / 2
    assert all(35 <= len(claim.passage.split()) <= 160 for claim in claims)
    data = Path(__file__).parent / "data"
    measured = {
        triple.passage
        for name in ("grounding", "grounding-other", "grounding-hard", "grounding-more")
        for triple in load_triples(data / f"{name}.jsonl")
    }
    assert not measured & {claim.passage for claim in claims}


def test_claims_changed_by_rule_mark_what_is_wrong() -> None:
    from assistant.grounding.training.data import asked_claims, changed_claims

    texts = [(article["title"], article["text"]) for article in news_articles(NEWS)[:40]]
    changed = changed_claims(texts, 80, seed=1)
    assert changed == changed_claims(texts, 80, seed=1)
    asked = asked_claims(news_examples(NEWS, held_out=True)[:60], seed=1)
    for claim in [*changed, *asked]:
        if claim.supported:
            assert claim.marked == ()
        for start, end in claim.marked or ():
            assert 0 <= start < end <= len(claim.sentence)
    assert 0.2 < sum(claim.supported for claim in changed) / len(changed) < 0.5
    assert {claim.supported for claim in asked} == {True, False}


def test_a_statement_holds_the_answer_where_the_question_asks() -> None:
    from assistant.grounding.training.changing import statement, turned

    told = statement("Who built the wall at Lorn?", "Ana Pol")
    assert told.sentence == "Ana Pol built the wall at Lorn"
    assert told.sentence[slice(*told.span)] == "Ana Pol"
    other = turned("The wall is old", random.Random(1))
    assert other is not None
    assert other.sentence == "The wall is not old"


@pytest.mark.slow
def test_the_check_of_sentences_is_taught_and_exported(tmp_path: Path) -> None:
    from assistant.grounding.entailment import WEIGHTS, Entailment
    from assistant.grounding.training import train as training
    from assistant.grounding.training.export import export
    from index.minilm.encoder import mapped_tensors

    few = ["--rounds", "1", "--changed", "10", "--asked", "10", "--tokens", "400", "--frozen", "5"]
    sentences = tmp_path / "sentences"
    sentences.mkdir()
    world = Path(training.SENTENCES / "world.jsonl").read_text("utf-8").splitlines()
    (sentences / "few.jsonl").write_text("\n".join(world[:16]))
    for name, stops in (("straight", ("4",)), ("broken", ("2", "4"))):
        for stop in stops:
            place = ["--out", str(tmp_path / name), "--sentences", str(sentences)]
            training.main([*few, *place, "--every", "2", "--steps", stop])
    import torch

    straight, resumed = (
        torch.load(tmp_path / name / "entailment.pt", weights_only=True)
        for name in ("straight", "broken")
    )
    assert all(torch.allclose(straight[name], resumed[name], atol=1e-6) for name in straight)
    exported = tmp_path / "few.safetensors"
    export(tmp_path / "straight" / "entailment.pt", exported, rank=4)
    shipped = mapped_tensors(exported)
    assert {name for name in shipped if name.startswith("head.")} == {
        name for name in mapped_tensors(WEIGHTS) if name.startswith("head.")
    }
    assert any(name.startswith("encoder.layer.5.") for name in shipped)
    assert not any(name.startswith("encoder.layer.4.") for name in shipped)
    assert len(Entailment(exported).read("Nobody died.", [("", "Nobody died.")])) == 1
