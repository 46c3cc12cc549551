"""Whether passages bear a sentence out: facts, polarity, the reader asked for a fact."""

from __future__ import annotations

import hashlib
import json
from datetime import date
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from cli_runs import run
from hypothesis import given
from hypothesis import strategies as st

from assistant.evaluation.groundedness import (
    Triple,
    grounding_measures,
    judge_all,
    load_triples,
)
from assistant.grounding.entailment import WEIGHTS, Entailment, moved
from assistant.grounding.facts import facts_of, is_told
from assistant.grounding.figures import figures_of
from assistant.grounding.polarity import bolder, negations, opposed, wider
from assistant.grounding.support import Judge
from assistant.reader.spans import WEIGHTS as READER
from assistant.reader.spans import SpanReader
from assistant.types import Evidence
from index.embedding import embedder_for
from index.errors import EmbeddingUnavailable, InvalidOption
from index.minilm.encoder import mapped_tensors
from index.types import Article, Hit, Passage

DATA = Path(__file__).parent / "data"
# The constants were fitted on the first; on the second, by the same hand, nothing was chosen.
FITTED, OTHER = DATA / "grounding.jsonl", DATA / "grounding-other.jsonl"
HARD = DATA / "grounding-hard.jsonl"  # as far from the passage's words as a language model goes
MORE = DATA / "grounding-more.jsonl"  # of the same kind; fitted to as well, and not measured here
DIGESTS = {
    FITTED: "c0a465a4576c309c633513d6de7a1c19a417080717d3daa2243d46db5f094e2f",
    OTHER: "ede6cf39f5df224aae96058a9bfcc1b07d8de1e59bfe5ead5f5d1979517beeb2",
    HARD: "35ac968139ca418e069075553d1c71ac643a8eb401d4f6c01c20b7d04aa3cf95",
    MORE: "38becc6b1a2580ff91b0169142b30813e2f26a4ea9ebc76c324365a7c0c2270f",
    WEIGHTS: "6e51cfe6341075a1d60aa0a25f860e5d8734cfb914eb037e6e3da39cc7a44577",
    READER: "ea4ae8ad2979be54aa94cbaf62e021c9f1d9cce8e16033f6526821f1f8da7a8e",
}
PASSAGE = (
    "The ferry Marisol caught fire off Lindal on Tuesday, 3 June. Rescuers brought 214 people "
    "ashore, and nobody died. Elin Dahl, the captain, said the fire began in the galley. The "
    "Halvard line sued the yard in Port Sable, which may have to pay £1.2m."
)


@pytest.fixture(scope="module")
def judge() -> Judge:
    return Judge(SpanReader(), Entailment(), embedder_for(None).embed)


def confirmed(judge: Judge, sentence: str) -> bool:
    triple = Triple(id="1", passage=PASSAGE, sentence=sentence, supported=True, kind="verbatim")
    return judge.support(sentence, [triple.evidence]).confirmed


@pytest.mark.parametrize(
    "sentence",
    [
        "The ferry Marisol caught fire off Lindal on Tuesday.",
        "Two hundred and fourteen people were brought ashore by rescuers.",
        "According to its captain, Elin Dahl, the fire began in the galley.",
        "The yard in Port Sable may have to pay 1.2 million pounds.",
    ],
)
def test_what_the_passage_says_is_confirmed(judge: Judge, sentence: str) -> None:
    assert confirmed(judge, sentence)


@pytest.mark.parametrize(
    "sentence",
    [
        "The ferry Marisol caught fire off Lindal on Thursday.",
        "The ferry Marisol caught fire off Norwick on Tuesday.",
        "Rescuers brought 215 people ashore.",
        "Rescuers brought 214 people ashore, and three died.",
        "Jon Berg, the captain, said the fire began in the galley.",
        "The yard in Port Sable may have to pay £1.2bn.",
        "The weather in the mountains was fine.",
    ],
)
def test_what_it_does_not_say_is_not(judge: Judge, sentence: str) -> None:
    assert not confirmed(judge, sentence)


@pytest.mark.slow
def test_changed_sentences_are_caught_and_true_ones_pass(judge: Judge) -> None:
    for path, digest in DIGESTS.items():
        assert hashlib.sha256(path.read_bytes()).hexdigest() == digest, path
    floors = {FITTED: (0.85, 0.15, 0.88), OTHER: (0.75, 0.15, 0.88), HARD: (0.58, 0.2, 0.75)}
    for path, (changed, true, precision) in floors.items():
        judged = list(judge_all(judge, load_triples(path)))
        shares = {found.name: found.value for found in grounding_measures(judged)}
        assert shares["changed"] >= changed
        assert shares["true"] <= true
        assert shares["precision"] >= precision


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("214 people", "two hundred and fourteen people"),
        ("1.2m", "1,200,000"),
        ("£3.1bn", "3.1 billion pounds"),
        ("a third of them", "one in three"),
        ("a quarter", "25%"),
        ("18 months", "eighteen months"),
        ("twelve months", "another year"),
        ("two weeks", "14 days"),
        ("about 1,200", "1,187"),
        ("the 71st minute", "71 minutes"),
    ],
)
def test_figures_that_come_to_the_same(one: str, other: str) -> None:
    (ours,), (theirs,) = figures_of(one), figures_of(other)
    assert ours.equals(theirs)
    assert theirs.equals(ours)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("214", "215"),
        ("£1.2m", "£1.2bn"),
        ("4%", "£4"),
        ("fourteenth", "fourth"),
        ("a third of them", "half of them"),
        ("two weeks", "two days"),
    ],
)
def test_figures_that_do_not(one: str, other: str) -> None:
    (ours,), (theirs,) = figures_of(one), figures_of(other)
    assert not ours.equals(theirs)


@given(st.text())
def test_facts_are_slices_of_the_text_and_told_by_it(text: str) -> None:
    facts = facts_of(text)
    for fact in facts:
        assert text[fact.start : fact.end] == fact.words
        assert is_told(fact, facts_of(text, source=True))
    assert all(one.end <= other.start for one, other in pairwise(facts))


def test_days_are_told_by_the_day_of_publication() -> None:
    (tuesday,) = facts_of("on Tuesday")
    (june,) = facts_of("in June")
    told = facts_of("on 3 June")
    assert is_told(june, told)
    assert not is_told(tuesday, told)
    assert is_told(tuesday, told, date(2025, 6, 5))


def test_which_way_a_sentence_goes() -> None:
    assert negations("He did not resign, he denied it") == 2
    assert opposed("Profits rose", "Profits fell") == 1
    assert opposed("Profits rose", "Profits rose and costs fell") == 0
    assert bolder("He killed her", "He is accused of killing her, and may be charged") == 2
    assert bolder("He may be charged", "He may be charged") == 0
    assert wider("All pupils are ill", "Some pupils are ill")
    assert not wider("All pupils are ill", "All pupils are ill")


def test_the_command_prints_shares_and_what_went_wrong(tmp_path: Path) -> None:
    file = tmp_path / "sentences.jsonl"
    lines = [
        {"kind": "number", "supported": False, "sentence": "Rescuers brought 9 people ashore."},
        {"kind": "verbatim", "supported": True, "sentence": "Nobody died on Mars."},
    ]
    file.write_text(
        "\n".join(
            json.dumps({"id": str(n), "passage": PASSAGE, **line}) for n, line in enumerate(lines)
        )
    )
    done = run("eval", "grounding", file)
    assert done.code == 0
    assert "caught, of one thing changed  1.00" in done.out
    assert "1  verbatim  flagged: Nobody died on Mars." in done.out
    told = json.loads(run("eval", "grounding", file, "--json").out)
    assert told["measures"]["true"]["hits"] == 1
    assert [result["right"] for result in told["results"]] == [True, False]


@pytest.mark.parametrize("line", ["no json", '{"id": "1"}', ""])
def test_what_is_no_sentence_with_its_passage_is_refused(tmp_path: Path, line: str) -> None:
    file = tmp_path / "sentences.jsonl"
    file.write_text(line)
    with pytest.raises(InvalidOption, match=r"Line 1|holds no sentence"):
        load_triples(file)


# --- the network


# A true sentence in other words, and the same with one thing changed.
TWINS = [
    (
        "Rescuers got everyone off alive after the ship went up in flames.",
        "Rescuers were unable to get everyone off alive after the ship went up in flames.",
    ),
    (
        "The captain put the start of the blaze down to the kitchen.",
        "The captain ruled out that the blaze had begun in the kitchen.",
    ),
    (
        "The shipping line has taken the shipyard to court.",
        "The shipyard has taken the shipping line to court.",
    ),
    (
        "More than 200 people were saved from the burning ship.",
        "More than 300 people were saved from the burning ship.",
    ),
    (
        "No life was lost when a ferry burned early in June.",
        "Lives were lost when a ferry burned early in June.",
    ),
    (
        "The ship's captain, a Ms Dahl, traced the outbreak to the galley.",
        "The ship's owner, a Ms Dahl, traced the outbreak to the galley.",
    ),
    (
        "The shipyard faces a claim that could cost it £1.2 million.",
        "The shipyard has been ordered to pay £1.2 million.",
    ),
    (
        "It was a Tuesday when the vessel began to burn off Lindal.",
        "It was a Friday when the vessel began to burn off Lindal.",
    ),
    (
        "All 214 people were taken to land by rescuers.",
        "All 214 people swam to land by themselves.",
    ),
    (
        "A yard in Port Sable is being sued by the company that runs the ferry.",
        "A yard in Lindal is being sued by the company that runs the ferry.",
    ),
]


@pytest.fixture(scope="module")
def network() -> Entailment:
    return Entailment()


def test_true_sentences_are_borne_out_more_than_false_ones(network: Entailment) -> None:
    twins = [[network.read(each, [("", PASSAGE)])[0] for each in pair] for pair in TWINS]
    assert sum(true > false for true, false in twins) >= 6, twins
    triples = load_triples(HARD)
    logits = np.array([network.read(t.sentence, [("", t.passage)])[0] for t in triples])
    true = np.array([triple.supported for triple in triples])
    assert (logits[true][:, None] > logits[~true]).mean() >= 0.75


def test_passages_are_read_each_for_itself_and_cut_where_they_are_long(
    network: Entailment,
) -> None:
    passages = [("", PASSAGE), ("Ferry burns", "Nobody died."), ("", PASSAGE * 20), ("", "")] * 2
    together = network.read("Nobody died.", passages)
    alone = [network.read("Nobody died.", [passage])[0] for passage in passages]
    assert together == pytest.approx(alone, abs=1e-3)


def test_what_was_taught_moves_the_reader(tmp_path: Path) -> None:
    reader, taught = mapped_tensors(READER), mapped_tensors(WEIGHTS)
    merged = moved(reader, taught)
    name = "encoder.layer.3.output.dense.weight"
    change = taught[f"{name}.left"] @ taught[f"{name}.right"]
    assert np.allclose(merged[name], reader[name] + change)
    assert 0.02 < np.linalg.norm(change) / np.linalg.norm(reader[name]) < 0.5
    lowest = "encoder.layer.0.output.dense.weight"
    assert np.array_equal(merged[lowest], reader[lowest])
    assert not any(name.endswith((".left", ".right")) for name in merged)
    assert WEIGHTS.stat().st_size + READER.stat().st_size <= 25_000_000


def test_weights_that_are_damaged_are_told(tmp_path: Path) -> None:
    whole = WEIGHTS.read_bytes()
    length = 8 + int.from_bytes(whole[:8], "little")
    contents = {
        "absent": None,
        "torn": whole[: len(whole) // 2],
        "no-header": b"\x09\0\0\0\0\0\0\0{broken",
        "other": READER.read_bytes(),  # without the heads
        "renamed": whole[:length].replace(b".right", b".wrong") + whole[length:],
    }
    for name, content in contents.items():
        file = tmp_path / name
        if content is not None:
            file.write_bytes(content)
        with pytest.raises(EmbeddingUnavailable, match="weights") as told:
            Entailment(file).read("Nobody died.", [("", PASSAGE)])
        assert "Reinstall" in told.value.hint


def test_a_sentence_on_two_passages_is_read_beside_both(judge: Judge) -> None:
    first, second = PASSAGE.split(" Elin")
    items = []
    for number, text in enumerate((first, f"Elin{second}"), 1):
        article = Article(title="", text=text)
        hit = Hit(passage=Passage.of(article, 0, len(text)), article=article, score=1.0)
        items.append(Evidence(number=number, hit=hit))
    sentence = "Nobody died in the fire, which Elin Dahl, the captain, said began in the galley."
    alone = [judge.support(sentence, [item]).probability for item in items]
    assert judge.support(sentence, items).probability > max(alone)
