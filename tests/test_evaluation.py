"""Evaluation without asking: matching, statistics, question files, scoring, comparing, the gate."""

from __future__ import annotations

import gzip
import hashlib
import json
import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.evaluation.comparing import compare
from assistant.evaluation.gate import Floors, check, read_floors
from assistant.evaluation.matching import best_f1, exact_match, holds, share_held, tokens
from assistant.evaluation.questions import Question, load_questions
from assistant.evaluation.report import html_report
from assistant.evaluation.results import Evaluation, Result, read_evaluation
from assistant.evaluation.scoring import article_counts, first_passage, score, short_answer
from assistant.evaluation.statistics import auc, calibration_error, reliability, wilson
from assistant.evaluation.summary import declining_curve, summarise
from assistant.types import Answer, Citation, Evidence, Timings
from index.errors import InvalidOption, PathUnusable
from index.types import Appearance, Article, Hit, Passage

TEXT = "The workers demanded a rise of nine percent. The port offered £4bn, and 1.5% a year."
ARTICLE = Article(title="Talks", text=TEXT, appearances=(Appearance(path="/news/port/025.txt"),))
WORDS = st.from_regex(r"[b-z]{2,8}", fullmatch=True).filter(lambda word: word != "the")


def evidence(start: int = 0, end: int = len(TEXT)) -> Evidence:
    passage = Passage.of(ARTICLE, start, end)
    return Evidence(number=1, hit=Hit(passage=passage, article=ARTICLE, score=1.0))


def answer(text: str = "A rise of nine percent.[1]", *, quote: str = TEXT[:44]) -> Answer:
    start = TEXT.index(quote)
    citation = Citation(
        number=1,
        article_id=ARTICLE.id,
        title="Talks",
        quote=quote,
        start=start,
        end=start + len(quote),
    )
    return Answer(
        question="what was demanded",
        standalone_question="what was demanded",
        text=text,
        outcome="answered",
        citations=(citation,),
        confidence=0.8,
        timings=Timings(total=0.5, retrieval=0.1, answering=0.4),
    )


DECLINED = Answer(question="who won", text="They do not tell.", outcome="not_in_articles")


def question(kind: Any = "answerable", *answers: str, **fields: Any) -> Question:
    return Question(id="q", type=kind, question="what was demanded", answers=answers, **fields)


def result(
    kind: Any = "answerable", given_answer: Answer | None = None, *, name: str = "q", **changes: Any
) -> Result:
    answers = () if kind == "unanswerable" else ("nine percent",)
    asked = question(kind, *answers, article="025.txt")
    found = evidence()
    scored = score(asked, given_answer or answer(), [found], [found.hit])
    return replace(scored, id=name, **changes)


def evaluation(*results: Result, wanted: int | None = None) -> Evaluation:
    return Evaluation(
        version="1",
        model="reader",
        embedding="words",
        library_articles=1,
        questions_path="q.jsonl",
        questions_sha256="ab",
        wanted=len(results) if wanted is None else wanted,
        results=results,
    )


def values(*results: Result) -> dict[str, float]:
    return {found.name: found.value for found in summarise(results)}


# -- matching -----------------------------------------------------------------------------------


@given(st.text())
def test_every_text_holds_itself_and_is_its_own_exact_match(text: str) -> None:
    assert holds(text, text)
    assert exact_match(text, [text])
    assert best_f1(text, [text]) == 1.0


@given(st.lists(WORDS, min_size=1), st.data())
def test_any_run_of_words_is_held(words: list[str], data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(words) - 1))
    end = data.draw(st.integers(start + 1, len(words)))
    assert holds(", ".join(words), " ".join(words[start:end]))


@given(WORDS, WORDS, st.sampled_from(["{1}{0}", "{0}{1}", "{1}{0}{1}"]))
def test_a_token_never_matches_inside_another(word: str, more: str, form: str) -> None:
    assert not holds(form.format(word, more), word)


@given(st.integers(0, 10**6), st.integers(0, 10**6))
def test_a_number_is_held_by_itself_alone(one: int, other: int) -> None:
    assert holds(f"It was {one:,} in all.", str(other)) == (one == other)
    assert not holds(f"{one}.{other}", str(other))


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("a cost of £4 bn", "£4bn"),
        ("a cost of £4bn", "£4 BN"),
        ("the cost was 12.5%.", "12.5 %"),
        ("some 1,900 people", "1900"),
        ("Moody’s and Fitch", "Moody's"),
        ("the three-month contest", "three month"),
        ("in the U.S. on Monday", "US"),
        ("Marks & Spencer", "Marks and Spencer"),
        ("the end of The Who", "end of Who"),
        ("at 10 am", "10am"),
    ],
)
def test_what_is_written_otherwise_is_the_same(text: str, wanted: str) -> None:
    assert holds(text, wanted)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("15 people", "5"),
        ("1.5 people", "5"),
        ("£4bn", "£4"),
        ("4,500", "500"),
        ("the 5th", "5"),
        (".5", "5"),
        ("4 people", "£4"),
        ("", "no"),
        ("some", "!"),
    ],
)
def test_what_differs_is_not_held(text: str, wanted: str) -> None:
    assert not holds(text, wanted)


def test_f1_is_the_best_of_the_accepted_answers() -> None:
    assert best_f1("nine percent rise", ["ten", "nine percent"]) == pytest.approx(0.8)
    assert best_f1("nothing", ["nine percent"]) == 0
    assert best_f1("nothing", []) == 0
    assert tokens("The £4.5bn, a-b") == ("£", "4.5bn", "b")


def test_the_parts_of_a_list_may_stand_in_several_texts() -> None:
    assert share_held(["Fitch", "Moody's"], ["Moody's", "Fitch", "S&P"]) == pytest.approx(2 / 3)


# -- statistics ---------------------------------------------------------------------------------


@given(st.integers(1, 10_000), st.data())
def test_a_wilson_interval_holds_the_share(of: int, data: st.DataObject) -> None:
    hits = data.draw(st.integers(0, of))
    ends = wilson(hits, of)
    assert 0 <= ends.low <= hits / of <= ends.high <= 1
    assert ends.high - ends.low < wilson(0, 0).high


def test_a_wilson_interval_is_wilsons() -> None:
    ends = wilson(10, 20)
    assert (round(ends.low, 4), round(ends.high, 4)) == (0.2993, 0.7007)


@given(st.lists(st.tuples(st.integers(0, 5), st.booleans()), min_size=1))
def test_auc_of_reversed_scores_is_the_rest(pairs: list[tuple[int, bool]]) -> None:
    scores = np.array([score for score, _ in pairs], dtype=float)
    flags = np.array([flag for _, flag in pairs], dtype=bool)
    forward, backward = auc(scores, flags), auc(-scores, flags)
    if flags.all() or not flags.any():
        assert math.isnan(forward)
        return
    assert forward == pytest.approx(1 - backward)
    won = [(a > b) + (a == b) / 2 for a in scores[flags].tolist() for b in scores[~flags].tolist()]
    assert forward == pytest.approx(sum(won) / len(won))


def test_reliability_counts_every_confidence_once() -> None:
    confidences, flags = np.array([0.0, 0.05, 0.95, 1.0]), np.array([False, True, True, True])
    bins = reliability(confidences, flags)
    assert [bin_.count for bin_ in bins] == [2, *[0] * 8, 2]
    assert (bins[0].confidence, bins[0].answerable) == (0.025, 0.5)
    assert calibration_error(confidences, flags) == pytest.approx((0.475 + 0.025) / 2)


# -- question files -----------------------------------------------------------------------------


def write(path: Path, *lines: object) -> Path:
    path.write_text("\n".join(json.dumps(line) for line in lines) + "\n", "utf-8")
    return path


def test_only_the_question_is_required(tmp_path: Path) -> None:
    turn = {"question": "who met", "answer": "the mayor"}
    file = write(
        tmp_path / "q.jsonl",
        {"question": "who won"},
        {"id": "x", "question": " who  lost ", "answers": ["Ada"]},
        {"question": "and when", "type": "followup", "answers": ["Monday"], "history": [turn]},
    )
    loaded = load_questions(file)
    assert [(q.id, q.type) for q in loaded.questions] == [
        ("1", "unanswerable"),
        ("x", "answerable"),
        ("3", "followup"),
    ]
    assert loaded.questions[1].question == "who lost"
    assert loaded.questions[2].history[0].answer == "the mayor"
    assert loaded.sha256 == hashlib.sha256(file.read_bytes()).hexdigest()
    assert loaded.articles == ()
    assert len(load_questions(file, limit=2).questions) == 2


@pytest.mark.parametrize(
    "line",
    [
        "{",
        "[]",
        '{"answers": ["x"]}',
        '{"question": ""}',
        '{"question": 5}',
        '{"question": "who", "answers": "x"}',
        '{"question": "who", "answers": [""]}',
        '{"question": "who", "type": "odd"}',
        '{"question": "who", "type": []}',
        '{"question": "who", "type": "list"}',
        '{"question": "who", "type": "unanswerable", "answers": ["x"]}',
        '{"question": "who", "history": ["x"]}',
        '{"question": "who", "history": {"a": 1}}',
        '{"question": "who", "article": 5}',
        '{"title": "T", "text": "", "questions": []}',
        '{"title": "T", "questions": [{"question": "who"}]}',
        '{"title": "T", "text": "Some.", "questions": ["who"]}',
        '{"title": "T", "text": "Some.", "questions": [{"question": " "}]}',
    ],
)
def test_a_bad_line_is_named(tmp_path: Path, line: str) -> None:
    file = tmp_path / "q.jsonl"
    file.write_text('{"question": "who won"}\n\n' + line + "\n", "utf-8")
    with pytest.raises(InvalidOption, match="Line 3 of "):
        load_questions(file)


def test_a_file_that_cannot_be_read_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(PathUnusable, match="cannot be read"):
        load_questions(tmp_path / "none.jsonl")
    with pytest.raises(PathUnusable, match=r"no \.jsonl file"):
        load_questions(tmp_path)
    (tmp_path / "a.gz").write_bytes(b"plain")
    (tmp_path / "b.jsonl").write_bytes(b"\xff\xfe")
    for name in ("a.gz", "b.jsonl"):
        with pytest.raises(InvalidOption, match="no text in UTF-8"):
            load_questions(tmp_path / name)
    (tmp_path / "c.jsonl").write_text("\n", "utf-8")
    with pytest.raises(InvalidOption, match="holds no question"):
        load_questions(tmp_path / "c.jsonl")
    with pytest.raises(InvalidOption, match="the id 'x'"):
        load_questions(
            write(tmp_path / "d.jsonl", *[{"id": "x", "question": w} for w in ("who", "when")])
        )


def test_articles_may_bring_their_questions(tmp_path: Path) -> None:
    told = {"question": "what was demanded", "answers": ["nine percent"]}
    line = {"id": "n1", "title": "Talks", "text": TEXT, "questions": [told, {"question": "who"}]}
    write(tmp_path / "b.jsonl", line)
    write(tmp_path / "a.jsonl", {"question": "who else"})
    loaded = load_questions(tmp_path)
    assert [q.id for q in loaded.questions] == ["a:1", "n1.1", "n1.2"]
    (article,) = loaded.articles
    assert article.title == "Talks"
    assert article_counts(article, loaded.questions[1])
    assert load_questions(tmp_path / "b.jsonl").articles == loaded.articles


@pytest.mark.parametrize("packed", [False, True])
def test_squad_brings_its_paragraphs(tmp_path: Path, packed: bool) -> None:
    entries = [
        {"id": "s1", "question": "what", "answers": [{"text": "nine percent"}] * 2},
        {"id": "s2", "question": "who", "answers": [], "is_impossible": True},
    ]
    page = {
        "title": "Port_talks",
        "paragraphs": [{"context": TEXT, "qas": entries}, {"context": "No more.", "qas": []}],
    }
    data = json.dumps({"version": "v2.0", "data": [page]}).encode()
    file = tmp_path / ("s.json.gz" if packed else "s.json")
    file.write_bytes(gzip.compress(data) if packed else data)
    loaded = load_questions(file)
    assert [article.title for article in loaded.articles] == ["Port talks"] * 2
    first, second = loaded.questions
    assert (first.type, first.answers) == ("answerable", ("nine percent",))
    assert (second.type, second.answers) == ("unanswerable", ())
    assert first.article == loaded.articles[0].id


def test_a_page_that_is_not_squads_is_named(tmp_path: Path) -> None:
    file = tmp_path / "s.json"
    file.write_text('{"data": [{"title": "T", "paragraphs": [{"qas": []}]}]}', "utf-8")
    with pytest.raises(InvalidOption, match="Page 1 of"):
        load_questions(file)


# -- scoring ------------------------------------------------------------------------------------


def test_an_answer_is_looked_for_in_text_quotes_and_passage() -> None:
    scored = result()
    assert scored.verdict == "right"
    assert scored.text == "A rise of nine percent."
    assert scored.words == 5
    assert scored.matched is not None
    assert scored.matched.in_quotes
    assert scored.matched.in_passage
    assert scored.retrieved is not None
    assert scored.retrieved.rank == 1
    assert result(given_answer=answer("Ten percent.[1]")).verdict == "wrong"


def test_a_declined_question_holds_no_answer() -> None:
    scored = result(given_answer=replace(DECLINED, text="They do not tell of nine percent."))
    assert scored.verdict == "declined"
    assert scored.matched is not None
    assert not scored.matched.in_text
    assert scored.words == 0
    assert result("unanswerable", DECLINED).verdict == "refused"
    assert result("unanswerable").verdict == "invented"


def test_a_list_needs_every_part() -> None:
    parts = question("list", "nine percent", "£4bn")
    whole = score(parts, answer("Nine percent, and £4 bn.[1]", quote=TEXT), [evidence()], [])
    part = score(parts, answer(), [evidence()], [])
    assert (whole.verdict, part.verdict) == ("right", "partly")
    assert part.matched is not None
    assert part.matched.parts == 0.5
    assert not part.matched.in_quotes
    assert part.matched.in_passage


def test_an_article_counts_by_path_id_or_evidence() -> None:
    assert article_counts(ARTICLE, question(article="025.txt"))
    assert article_counts(ARTICLE, question(article="port/025.txt"))
    assert article_counts(ARTICLE, question(article=ARTICLE.id))
    assert article_counts(ARTICLE, question(article="9", evidence="a rise of  nine\npercent."))
    assert not article_counts(ARTICLE, question(article="5.txt"))
    assert not article_counts(ARTICLE, question())


def test_the_first_passage_is_the_one_that_holds_the_quote() -> None:
    last = answer(quote="1.5% a year")
    assert first_passage(last, [evidence(0, 44), evidence(45)]) == TEXT[45:]
    assert first_passage(last, [evidence(0, 44)]) == "1.5% a year"
    assert first_passage(DECLINED, [evidence()]) == ""


def test_the_short_answer_is_the_text_where_there_is_no_shorter_one() -> None:
    assert short_answer(answer("A rise.[1]")) == "A rise."


# -- measures -----------------------------------------------------------------------------------


def test_each_measure_is_over_the_questions_that_it_is_about() -> None:
    results = [
        result(),
        result(given_answer=answer("Ten.[1]", quote="1.5% a year")),
        result(given_answer=DECLINED),
        result("followup"),
        result("unanswerable", DECLINED),
        result("unanswerable"),
    ]
    found = {measured.name: measured for measured in summarise(results)}
    assert (found["answer_in_text"].hits, found["answer_in_text"].of) == (1, 3)
    assert (found["citation_precision"].hits, found["citation_precision"].of) == (2, 3)
    assert (found["declined"].hits, found["declined"].of) == (1, 4)
    assert (found["refused"].hits, found["refused"].of) == (1, 2)
    assert found["followup_in_text"].value == 1.0
    assert found["article_mrr"].value == 1.0
    assert found["auc"].value == pytest.approx((3 * 1.5 + 0.5) / 8)
    assert found["words_max"].value == 5
    assert "list_parts" not in found
    low, high = found["declined"].low, found["declined"].high
    assert low is not None
    assert high is not None
    assert low < 0.25 < high
    assert summarise([]) == ()


def test_the_declining_curve_goes_from_none_to_nearly_all() -> None:
    curve = declining_curve([result(), result("unanswerable", confidence=0.2)])
    assert (curve[0].declined, curve[0].refused) == (0, 0)
    assert (curve[50].declined, curve[50].refused) == (0, 1)
    assert (curve[-1].declined, curve[-1].refused) == (1, 1)
    assert declining_curve([result()]) == ()


def test_an_evaluation_goes_through_json(tmp_path: Path) -> None:
    run = evaluation(result(), result("unanswerable", DECLINED, name="r"), wanted=3)
    file = tmp_path / "run.json"
    file.write_text(json.dumps(run.to_dict(), allow_nan=False), "utf-8")
    assert read_evaluation(file) == run
    assert not run.complete
    for text in ("[]", "{}", "no"):
        file.write_text(text, "utf-8")
        with pytest.raises(InvalidOption, match="not the result"):
            read_evaluation(file)
    with pytest.raises(PathUnusable):
        read_evaluation(tmp_path / "none")


# -- comparing and the gate ---------------------------------------------------------------------


def test_runs_are_compared_question_by_question() -> None:
    names = [str(number) for number in range(40)]
    bad = [result(given_answer=answer("Ten.[1]"), name=name) for name in names]
    good = [result(name=name) for name in names]
    extra = result(name="extra")
    found = compare(evaluation(*bad, extra), evaluation(*good))
    assert found.common == 40
    assert (found.only_before, found.only_after) == (("extra",), ())
    assert {(change.before, change.after) for change in found.changes} == {("wrong", "right")}
    by_name = {each.measure.name: each for each in found.differences}
    assert (by_name["answer_in_text"].before, by_name["answer_in_text"].after) == (0, 1)
    assert by_name["answer_in_text"].clear
    assert not by_name["article_hit_1"].clear
    json.dumps(found.to_dict(), allow_nan=False)


def test_comparing_is_repeatable_and_finds_nothing_where_nothing_changed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("assistant.evaluation.comparing.RESAMPLES", 100)
    mixed = [
        result(given_answer=None if place % 3 else DECLINED, name=str(place)) for place in range(9)
    ]
    same = compare(evaluation(*mixed), evaluation(*mixed))
    assert same.changes == ()
    assert all((each.low, each.high) == (0, 0) for each in same.differences)
    other = [result(name=str(place)) for place in range(9)]
    first, second = (compare(evaluation(*mixed), evaluation(*other)) for _ in range(2))
    assert first == second
    renamed = replace(mixed[0], question="another")
    parted = compare(evaluation(mixed[0]), evaluation(renamed))
    assert (parted.common, parted.only_before, parted.only_after) == (0, ("0",), ("0",))
    assert parted.differences == ()


def test_the_gate_names_what_is_violated(tmp_path: Path) -> None:
    weights = tmp_path / "weights"
    weights.write_bytes(b"w")
    digest = hashlib.sha256(b"w").hexdigest()
    pinned = tmp_path / "floors.json"
    fields: dict[str, Any] = {
        "questions_sha256": "ab",
        "weights_sha256": digest,
        "floors": {"answer_in_text": 1.0},
        "ceilings": {"declined": 0.0},
    }
    write(pinned, fields)
    floors = read_floors(pinned)
    assert check(evaluation(result()), floors, weights=weights) == []
    lines = check(evaluation(result(given_answer=DECLINED), wanted=2), floors, weights=weights)
    assert lines == [
        "Only 1 of 2 questions were asked.",
        "answer_in_text is 0.0000, its floor 1.0000.",
        "declined is 1.0000, its ceiling 0.0000.",
    ]
    other = Floors(questions_sha256="cd", weights_sha256="ef", floors={"no_such": 1.0})
    lines = check(evaluation(result()), other, weights=weights)
    assert len(lines) == 3
    assert lines[-1] == "no_such has no value."
    pinned.write_text("{}", "utf-8")
    with pytest.raises(InvalidOption):
        read_floors(pinned)
    with pytest.raises(PathUnusable):
        read_floors(tmp_path / "none")


# -- the report ---------------------------------------------------------------------------------


def test_a_report_escapes_everything_and_asks_for_nothing() -> None:
    hostile = "<script>alert(1)</script>\x1b[0m"
    changes: dict[str, Any] = {"question": hostile, "text": hostile, "quotes": (hostile,)}
    wrong = result(given_answer=answer("Ten.[1]"), name="w", titles=(hostile,), **changes)
    page = html_report(evaluation(result(), wrong, result("unanswerable", DECLINED, name="r")))
    assert "<script" not in page
    assert "\x1b" not in page
    for source in ("http:", "https:", "src=", "url(", "@import", "<link"):
        assert source not in page
    assert page.index('id="wrong"') < page.index('id="right"') < page.index('id="refused"')
    assert page.count("<svg") == 3
    assert "2 of 3 questions" in page
    assert "prefers-color-scheme: dark" in page


def test_a_report_of_part_of_a_run_says_so_and_leaves_out_what_cannot_be_drawn() -> None:
    page = html_report(evaluation(result(), wanted=5))
    assert "1 of 5 questions asked" in page
    assert page.count("<svg") == 2
