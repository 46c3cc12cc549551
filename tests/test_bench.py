"""The benchmarks: their arithmetic, the archives they make, and the floors of the small one."""

from __future__ import annotations

import math
import sys
from datetime import date
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from bench import growth, rounds, scale
from bench.archive import CLOSE, FAR, Varied, Writer, fill, made_up_name, sizes, varied
from bench.drawing import bars, lines
from bench.figures import (
    Floor,
    combined,
    median_ratio,
    quantile,
    read_floors,
    under_floor,
)
from bench.quality import Found, quality
from bench.readme import README, put
from bench.report import record, table
from bench.rounds import Plan, Run, measure, ratios
from bench.seed import Origin, Seed

from assistant.evaluation.questions import Question
from index.embedding import embedder_for
from index.library import Library
from index.types import Appearance, Article

FLOOR = Floor(name="adding", least=2.0, why="sorted batches")


@pytest.fixture
def seed() -> Seed:
    """Twenty passages of made-up sentences, with vectors that lie in all directions."""
    told = (
        Origin(
            f"Ferry {place} burns",
            "tech" if place % 2 else "sport",
            tuple(
                f"Report {place} of line {line} tells at length that the Marisol of Lindal burned."
                for line in range(12)
            ),
        )
        for place in range(20)
    )
    vectors = np.random.default_rng(2).normal(size=(20, 384)).astype(np.float32)
    return Seed(tuple(told), vectors / np.linalg.norm(vectors, axis=1, keepdims=True))


# --- arithmetic


def test_a_quantile_is_a_value_that_was_measured() -> None:
    values = [float(value) for value in range(100, 0, -1)]
    assert quantile(values, 0.5) == 50
    assert quantile(values, 0.95) == 95
    assert quantile(values, 1.0) == 100
    assert quantile([7.0], 0.95) == 7
    assert math.isnan(quantile([], 0.5))


def test_a_ratio_is_of_the_same_round_and_above_one_where_the_project_is_better() -> None:
    # In the second round the machine was ten times as slow for both.
    assert median_ratio([1, 10, 1], [2, 20, 2], less_is_better=True) == 2
    assert median_ratio([2, 20, 2], [1, 10, 1], less_is_better=False) == 2
    assert median_ratio([4], [2], less_is_better=True) == 0.5
    assert math.isnan(median_ratio([0.0], [1.0], less_is_better=True))
    with pytest.raises(ValueError, match="zip"):
        median_ratio([1], [1, 2], less_is_better=True)


def test_a_ratio_under_its_floor_or_never_measured_is_told() -> None:
    assert under_floor({"adding": 2.0}, [FLOOR]) == ()
    assert under_floor({"adding": 1.99}, [FLOOR]) == (
        "adding is 1.99, its floor 2.00: sorted batches",
    )
    assert len(under_floor({}, [FLOOR])) == 1
    assert len(under_floor({"adding": math.nan}, [FLOOR])) == 1


def test_of_two_measurements_the_better_counts() -> None:
    assert combined({"a": 1.0, "b": 3.0}, {"a": 2.0, "c": 1.0}) == {"a": 2.0, "b": 3.0, "c": 1.0}
    assert combined({"a": math.nan}, {"a": 2.0}) == {"a": 2.0}


def test_every_floor_is_of_a_ratio_that_is_measured() -> None:
    names = {one.name for one in rounds.COMPARED} | {"many_share"}
    floors = read_floors()
    assert {floor.name for floor in floors} <= names
    assert all(floor.least > 0 and floor.why for floor in floors)


def some_runs() -> list[Run]:
    """Two rounds in which the project is twice as good at everything that is compared."""
    runs = [
        Run(
            side=side,
            part=one.part,
            round=turn,
            values={
                other.value: 1.0 if (side == "project") == other.less_is_better else 2.0
                for other in rounds.COMPARED
                if other.part == one.part
            },
        )
        for turn in range(2)
        for side in rounds.SIDES
        for one in {one.part: one for one in rounds.COMPARED}.values()
    ]
    many = {"share": 0.9}
    return [*runs, *(Run(side="project", part="many", round=turn, values=many) for turn in (0, 1))]


def test_the_ratios_of_all_rounds_come_out_of_the_runs(tmp_path: Path) -> None:
    found = ratios(some_runs())
    assert found.pop("many_share") == 0.9
    assert set(found.values()) == {2.0}
    (tmp_path / "one.txt").write_text("A ferry burned.")
    plan = Plan(articles=tmp_path, questions=tmp_path / "none", rounds=2, small=True)
    told = record(plan, some_runs())
    assert told["articles"] == 1
    assert told["ratios"]["adding"] == 2.0
    assert "chromadb" in told["machine"]["versions"]


def test_the_table_holds_both_and_their_ratio() -> None:
    values = {"seconds": 0.5}
    ours = [run for run in some_runs() if run.part != "adding"]
    kept = [
        Run(
            side=side,
            part="adding",
            round=0,
            values={
                "embedded": pieces,
                "pieces": 100.0,
                "pieces_a_second": pieces,
                "pieces_a_cpu_second": pieces,
                "articles_a_second": 4.0,
                "megabytes": 900.0,
            },
        )
        for side, pieces in (("project", 100.0), ("quickstart", 50.0))
    ]
    shown = table([*ours, *kept, Run(side="project", part="answering", round=0, values=values)])
    assert "| adding: word pieces embedded a second² | 100 | 50 | 2.00 |" in shown
    assert "| adding: share of the word pieces that is embedded | 100% | 50% |  |" in shown
    assert "90% of one's" in shown


def test_quality_tells_where_the_article_and_the_answer_are() -> None:
    question = Question(
        id="1", type="answerable", question="who", answers=("Elin Dahl",), article="a.txt"
    )

    def found(name: str, text: str) -> Found:
        place = Appearance(path=f"/articles/{name}")
        return Found(Article(title="", text=text, appearances=(place,)), text)

    first = [found("b.txt", "nothing at all"), found("a.txt", "Elin Dahl was hurt")]
    late = [found("b.txt", f"nothing {number}") for number in range(5)] + first[1:]
    told = quality([question, question], [first, late])
    assert told["hit_1"] == 0
    assert told["hit_5"] == 0.5
    assert told["hit_10"] == 1
    assert told["answer_5"] == 0.5
    assert told["words_5"] == (7 + 10) / 2


# --- archives


def test_sizes_are_read_as_people_write_them() -> None:
    assert list(sizes(["500", "10k", "1M"])) == [500, 10_000, 1_000_000]


def test_a_varied_vector_stays_about_as_near_as_it_should(seed: Seed) -> None:
    rows = [place % 20 for place in range(2000)]
    made = varied(seed.vectors, rows, np.random.default_rng(1))
    cosines = (made * seed.vectors[rows]).sum(axis=1)
    assert np.allclose(np.linalg.norm(made, axis=1), 1, atol=1e-5)
    assert FAR - 1e-3 < cosines.min() < FAR + 0.02
    assert CLOSE - 0.02 < cosines.max() < CLOSE + 1e-3


def test_names_are_many_and_each_has_one_number() -> None:
    assert len({made_up_name(number) for number in range(5000)}) == 5000


def test_an_article_is_the_same_each_time_and_unlike_the_next(seed: Seed) -> None:
    one, again, other = Writer(seed).article(7), Writer(seed).article(7), Writer(seed).article(8)
    assert one == again
    assert one.id != other.id
    assert one.published is not None
    assert date(2015, 1, 1) <= one.published <= date(2024, 12, 31)


def test_a_vector_comes_from_what_the_text_mostly_says(seed: Seed) -> None:
    embedding = Varied(seed, embedder_for(None))
    text = "A title\n" + " ".join([*seed.origins[3].sentences[:5], seed.origins[4].sentences[0]])
    vector = embedding.embed([text])[0]
    assert int(np.argmax(seed.vectors @ vector)) == 3
    assert np.array_equal(vector, embedding.embed([text])[0])


def test_an_archive_is_a_library_by_the_bundled_model(seed: Seed, tmp_path: Path) -> None:
    with Library(tmp_path / "library", on_notice=pytest.fail) as library:
        articles = fill(library, seed, 100)
        stats = library.stats()
        assert 100 <= stats.passages < 120
        assert stats.articles == articles
        assert fill(library, seed, 100) == articles  # enough is there
        assert fill(library, seed, 130) > articles  # and it goes on with articles of its own
        stats = library.stats()
        assert stats.passages >= 130
    with Library(tmp_path / "library", on_notice=pytest.fail) as library:
        assert library.search("what burned", top_k=3)  # by the real model
        assert library.check() == ()
        made = made_up_name(0)
        assert library.term_counts([made]).counts[made] < stats.passages


@pytest.mark.slow
def test_a_size_is_measured_whole(seed: Seed, tmp_path: Path) -> None:
    place, questions = tmp_path / "library", tmp_path / "questions.jsonl"
    with Library(place) as library:
        fill(library, seed, 100)
    questions.write_text('{"question": "what burned", "answers": ["the Marisol"]}\n')
    found = growth.measure_size(place, questions)
    assert found["recall"] > 0.9
    assert found["plain"]["total_p50"] >= found["plain"]["lexical_p50"] > 0
    found["adding"] = growth.adding_at(place, seed)
    assert 0.3 < sum(found["adding"]["shares"].values()) < 1.5
    with Library(place) as library:
        assert library.stats().passages == found["passages"]  # the copy was added to
    assert "| recall@10 of dense against exact |" in scale.table([found])
    assert "Chroma" in scale.adding_table([found])
    for drawing in scale.plots([found]).values():
        assert ElementTree.fromstring(drawing).tag.endswith("svg")


# --- plots


def test_plots_are_whole_drawings_with_every_name() -> None:
    drawn = lines("Time", "passages", "ms", {"a<b": [(1e3, 2.0), (1e6, 40.0)], "other": []})
    assert "a&lt;b" in drawn
    assert "1,000,000" in drawn
    assert len(ElementTree.fromstring(drawn).findall(".//{*}circle")) == 2
    assert lines("Time", "x", "y", {"none": []}) == ""
    shown = ElementTree.fromstring(bars("Ratios", {"import": 20.0, "cold": 0.5}))
    assert len(shown.findall(".//{*}rect")) == 2


def test_a_table_goes_where_the_readme_wants_it() -> None:
    text = "before\n<!-- bench -->\nold\n<!-- /bench -->\nafter\n"
    once = put(text, "bench", "| new |")
    assert once == "before\n<!-- bench -->\n| new |\n<!-- /bench -->\nafter\n"
    assert put(once, "bench", "| new |") == once
    with pytest.raises(ValueError, match="bench-scale"):
        put(text, "bench-scale", "| new |")
    for name in ("bench", "bench-scale"):
        assert put(README.read_text("utf-8"), name, "a \\1 table")


# --- the real thing


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_no_ratio_to_the_quickstart_is_under_its_floor(shared_data: Path, tmp_path: Path) -> None:
    plan = Plan(
        articles=shared_data / "bbc",
        questions=shared_data / "bbc-questions.jsonl",
        rounds=2,
        small=True,
    )
    found = ratios(_measured(plan, tmp_path / "first"))
    if under_floor(found, read_floors()):  # once more: a machine may have been busy with others
        found = combined(found, ratios(_measured(plan, tmp_path / "again")))
    print("\n" + "\n".join(f"{name:<18}{value:8.2f}" for name, value in found.items()))
    assert under_floor(found, read_floors()) == ()


def _measured(plan: Plan, folder: Path) -> list[Run]:
    runs = measure(plan, folder, lambda line: print(line, file=sys.stderr))
    print("\n" + table(runs))
    return runs
