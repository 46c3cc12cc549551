"""Sentence boundaries: a table of hard cases, and laws that hold for any text."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.sentences import Span, sentence_spans, split_sentences

# Each case is written as its sentences, joined by one space.
SPACED = [
    # titles and names
    ["Mr. Blair met Mrs. Thatcher.", "They spoke."],
    ["Dr. Ngozi and Prof. Lee agreed.", "Ms. Ortiz did not."],
    ["Gen. Mark Milley briefed Sen. Cruz and Rep. Ilhan Omar.", "Gov. Newsom was absent."],
    ["Lt. Col. Ana Ruiz and Sgt. Tom Hill were hurt.", "Capt. Dale was not."],
    ["He was born in St. Louis.", "She came from Ft. Worth."],
    ["Books by J. K. Rowling sold well.", "George W. Bush read one."],
    ["A bank of J. P. Morgan and C. Lee paid.", "He has MS.", "Doctors say so."],
    ["The author J.R.R. Tolkien was cited.", "Nobody objected."],
    ["Martin Luther King Jr. Day is a holiday.", "Schools close."],
    ["Robert Downey Jr. was there.", "He waved."],
    ["Among them were Sammy Davis Jr. and others.", "They sang."],
    ["The plan by Susan B. Anthony failed.", "It came too early."],
    # countries and organisations
    ["He met U.S. President Donald Trump.", "They shook hands."],
    ["The firm is based in the U.S.", "The next day it moved."],
    ["It left the U.N.", "A spokesman declined to say why."],
    ["Talks with the U.K. Treasury went on.", "Nothing was signed."],
    ["Non-U.S. Treasury bonds fell.", "Gold rose."],
    ["She works in Washington, D.C.", "Her brother does not."],
    ["Apple Inc. Chief Executive Tim Cook spoke.", "Shares rose."],
    ["The buyer is Acme Ltd.", "It paid cash."],
    ["News Corp. bought it from Time Warner Co. in May.", "No price was given."],
    ["He sold the shares of Acme Corp.", "Analysts were surprised."],
    ["A doctor with a Ph.D. in physics wrote it.", "Few read it."],
    ["He lives in Springfield, Ill. with his wife.", "She fell ill.", "England won."],
    # time, dates and numbers
    ["The vote is at 5 p.m. Monday in Rome.", "Turnout may be low."],
    ["It began at 9 a.m.", "Police arrived at 9.30 a.m. and left."],
    ["The train left at 10:15 p.m. GMT.", "Nobody was on it."],
    ["He lives at No. 10 Downing Street.", "She said no.", "The vote failed."],
    ["On Jan. 5 it snowed.", "By Feb. 14, 2025 it had melted."],
    ["The court met in Dec.", "Lawyers were late."],
    ["Growth was 3.5 per cent.", "In 2024 it was 2.1."],
    ["It cost $1.5bn.", "Profit fell to £3.2m.", "13 shops closed."],
    ["See vol. 3, pp. 12 and fig. 4 for more.", "The data are public."],
    ["It took approx. 40 days.", "Est. 1999, the club is young."],
    # quotations and brackets
    ['"It ends now," he said.', "They left."],
    ['"Is it over?" he asked.', '"Yes!" she said.'],
    ['"Will it end?" Mr. Blair asked.', "Nobody knew."],
    ['"Will it end?" Tony Blair asked reporters.', "Nobody knew."],
    ['He said: "It is over."', "They left."],
    ['"Power to the people."', 'She added: "It is late."', "They left."],
    ['"Who won?"', "He asked reporters.", '"I did!"', 'Tony Blair said: "No."'],
    ["“We will not pay.”", "The minister sat down."],
    ["'It is a hard road.'", "He paused."],
    ['"Is it over?"', '"It is."', "They left."],
    ["He asked (who would not?) twice.", "She answered."],
    ["(The firm declined to comment.)", "It was sold."],
    ["It fell (see p. 4).", "Then it rose [by half.]", "It closed up."],
    # other marks
    ["Well... nobody knew.", "He stopped…", "Then he went on."],
    ["He waited . . . and waited.", "She came."],
    ["What?!", "No!!!", "Why not?"],
    ["It beat e.g. France, i.e. Les Bleus.", "Brazil vs. Chile is next."],
    ["In Roe v. Wade, the court ruled.", "It was 1973."],
    ["Yahoo! shares fell.", "Yahoo! Music closed.", "That hurt."],
    ["See www.bbc.co.uk/news?id=3.4 for more.", "Or visit example.com.", "It is free."],
    ["Sales fell.", "eBay rose.", "iPhone sales were flat."],
    ["They sell books, films, etc.", "The shop is open."],
    ["The film (rated 4.5!) is long.", "See it."],
    ["俄罗斯提出要求。", "会谈结束。"],
]


@pytest.mark.parametrize("sentences", SPACED, ids=lambda case: case[0][:40])
def test_sentences_of_one_line(sentences: list[str]) -> None:
    text = " ".join(sentences)
    assert [text[span.start : span.end] for span in sentence_spans(text)] == sentences


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("Talks end\n\nThey met in Rome.", ["Talks end", "They met in Rome."]),
        ("Main points:\n- a ban\n- a fine", ["Main points:", "- a ban", "- a fine"]),
        ("• First. Second\n• third", ["• First.", "Second", "• third"]),
        ("1. Russia must leave.\n2. Ukraine too.", ["1. Russia must leave.", "2. Ukraine too."]),
        ("Seen by Mr.\nBlair left.", ["Seen by Mr.", "Blair left."]),
        ("One.\r\n\r\nTwo.\u2029Three", ["One.", "Two.", "Three"]),
        ("  One.   Two.  ", ["One.", "Two."]),
        ("One.\tTwo.\u00a0Three.", ["One.", "Two.", "Three."]),
        ("他说：“不。”然后离开。", ["他说：“不。”", "然后离开。"]),
        ("no stop at all", ["no stop at all"]),
        ("...", ["..."]),
        ("", []),
        (" \n\t ", []),
    ],
)  # fmt: skip
def test_lines_and_edges(text: str, sentences: list[str]) -> None:
    assert [text[span.start : span.end] for span in sentence_spans(text)] == sentences


PROSE = st.lists(
    st.sampled_from(
        [
            *("Mr.", "Dr.", "U.S.", "Inc.", "No.", "p.m.", "J.", "e.g.", "3.5", "10", "etc."),
            *("The", "president", "said", "Russia", "He", "in", "  ", "\n\n", " . . ."),
            *(*".!?…\"'”’)( \n\t。", "\r\n", "\u2028", "\x1c", "\u00a0"),
        ]
    ),
    max_size=60,
).map("".join)
ANY_TEXT = st.one_of(st.text(max_size=300), PROSE)


@given(ANY_TEXT)
def test_spans_are_ordered_trimmed_and_cover_everything(text: str) -> None:
    spans = sentence_spans(text)
    outside = list(text)
    previous = 0
    for span in spans:
        assert previous <= span.start < span.end <= len(text)
        sentence = text[span.start : span.end]
        assert sentence == sentence.strip()
        assert "\n" not in sentence
        outside[span.start : span.end] = " " * len(sentence)
        previous = span.end
    assert not "".join(outside).strip()


@given(ANY_TEXT)
def test_pieces_join_to_the_text(text: str) -> None:
    pieces = split_sentences(text)
    assert "".join(pieces) == text
    assert all(pieces)
    if text.strip():
        stripped = [piece.strip() for piece in pieces]
        assert stripped == [text[span.start : span.end] for span in sentence_spans(text)]


def test_a_span_is_a_value() -> None:
    assert sentence_spans("Yes. No.") == (Span(0, 4), Span(5, 8))


@pytest.mark.parametrize(
    "text",
    [
        "x" * 200_000 + ". Yes.",
        "." * 1_000_000 + "x",
        '."' * 500_000 + "x",
        " " * 5_000_000 + "x.",
        "\n" * 5_000_000,
        ". " * 1_000_000,
        "The talks in the U.S. ended at 5 p.m. on Monday. Mr. Smith left. " * 75_000,
    ],
    ids=["word", "stops", "quotes", "spaces", "newlines", "lone stops", "prose"],
)
def test_the_work_is_linear(text: str) -> None:
    started = time.process_time()
    sentence_spans(text)
    assert time.process_time() - started < 8  # about 1 s where measured; quadratic takes hours
