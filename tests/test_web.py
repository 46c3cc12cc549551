"""What the page shows, without a browser: markers, cards, verdicts, and that text stays text."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.addresses import check_address, reach_of
from assistant.harmless import web_address
from assistant.types import (
    Answer,
    Answered,
    AppliedFilters,
    Citation,
    Claim,
    Conflict,
    Event,
    Evidence,
    Searched,
    Sentence,
    TextDelta,
    Turn,
)
from assistant.web import answer as answers
from assistant.web import conversation, examples, uploads
from assistant.web.exchange import Exchange, follow, history
from assistant.web.markup import escape, shorten
from assistant.web.sources import gather, panel
from index.errors import (
    ArticleNotFound,
    AssistantError,
    InvalidOption,
    LLMUnavailable,
    ServeError,
)
from index.types import Article, Hit, Passage, Progress, Report, Verdict

TEXT = (
    "Delegations met on Monday. The talks were short. The Kremlin demands that Kyiv cede "
    "territory. Moscow insists on limits on the size of the army. A further round was not agreed."
)
ARTICLE = Article(
    title="Talks end",
    text=TEXT,
    source="Wire",
    published=date(2025, 6, 2),
    url="https://a.example/1",
)


class Reader(HTMLParser):
    """The elements, attributes and text of a piece of HTML, as a browser would find them."""

    def __init__(self, markup: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.words: list[str] = []
        self.unclosed: list[str] = []
        self.feed(markup)
        self.close()

    def handle_starttag(self, tag: str, attrs: Sequence[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attrs}))
        if tag not in {"br", "input"}:
            self.unclosed.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.unclosed.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words.append(data)

    @property
    def text(self) -> str:
        return "".join(self.words)

    def all(self, tag: str) -> list[dict[str, str]]:
        return [attributes for name, attributes in self.elements if name == tag]


def cite(number: int, quote: str, article: Article = ARTICLE, **values: Any) -> Citation:
    start = article.text.index(quote)
    return Citation(
        number=number,
        article_id=article.id,
        title=article.title,
        quote=quote,
        start=start,
        end=start + len(quote),
        source=article.source,
        url=article.url,
        published=article.published,
        **values,
    )


def evidence(article: Article = ARTICLE, start: int = 0, end: int | None = None) -> Evidence:
    end = len(article.text) if end is None else end
    passage = Passage.of(article, start, end)
    return Evidence(number=1, hit=Hit(passage=passage, article=article, score=1.0))


CITED = (cite(1, "Kyiv cede territory"), cite(2, "limits on the size of the army"))
ANSWER = Answer(
    question="what did Russia demand",
    text="That Kyiv cede territory [1]. And a smaller army [2].",
    outcome="answered",
    citations=CITED,
    model="built-in reader",
)


def no_text(article_id: str) -> str:
    raise AssertionError(f"asked for {article_id}")


def told(answer: Answer = ANSWER, *shown: Evidence) -> Exchange:
    sources = gather(answer, shown or (evidence(),), lambda _: "")
    return Exchange(number=1, question=answer.question, answer=answer, sources=sources)


# Escaping

ALLOWED = {
    "article": {
        "class",
        "id",
        "aria-labelledby",
        "aria-busy",
        "tabindex",
        "data-number",
        "data-question",
    },
    "section": {"class", "id", "data-turn"},
    "header": set(),
    "div": {"class", "role", "aria-label", "data-kept"},
    "p": {"class", "role"},
    "h2": {"class", "id"},
    "h3": {"id"},
    "ul": {"class", "aria-label"},
    "li": {"class"},
    "bdi": set(),
    "br": set(),
    "strong": set(),
    "cite": set(),
    "span": {"class", "aria-hidden", "title"},
    "sup": {"id"},
    "mark": {"class", "data-n"},
    "time": {"datetime"},
    "blockquote": set(),
    "button": {
        "type",
        "class",
        "data-question",
        "data-do",
        "data-text",
        "data-verdict",
        "aria-pressed",
        "data-article",
        "data-since",
        "data-until",
        "style",
        "title",
        "aria-label",
        "data-turn",
    },
    "details": {"class"},
    "summary": set(),
    "ol": set(),
    "form": {"class", "hidden"},
    "label": set(),
    "input": {"type", "maxlength", "value"},
    "progress": {"max", "value", "aria-label"},
    "a": {"class", "id", "href", "data-card", "data-n", "title", "aria-label", "target", "rel"},
}
HOSTILE = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "' onmouseover='alert(1)",
    "javascript:alert(1)",
    "![x](http://evil.example/x.png) [y](http://evil.example)",
    "</blockquote></section><iframe src=//evil.example>",
    "&lt;script&gt; &#60;b> ${alert(1)} {{alert(1)}} <!-- -->",
    "\x00\ud800\u202egnp.exe",
]
texts = st.one_of(st.sampled_from(HOSTILE), st.text(min_size=1, max_size=40)).filter(str.strip)


def safe(markup: str) -> Reader:
    read = Reader(markup)
    assert not read.unclosed
    for tag, attributes in read.elements:
        assert tag in ALLOWED
        assert set(attributes) <= ALLOWED[tag]
        if "href" in attributes:
            assert attributes["href"].startswith(("#", "http://", "https://"))
    return read


@given(title=texts, body=texts, outlet=texts, url=texts, words=texts)
def test_no_text_of_an_article_or_a_reader_becomes_markup(
    title: str, body: str, outlet: str, url: str, words: str
) -> None:
    article = Article(title=title, text=body, source=outlet, url=url)
    citation = cite(1, body, article, also_in=(outlet,))
    answer = Answer(
        question=words,
        text=f"{words} [1]",
        outcome="partial",
        citations=(citation,),
        sentences=(Sentence(text=words),),
        conflicts=(Conflict(subject=words, claims=(Claim(value=body, citation=citation),)),),
        filters=AppliedFilters(sources=(outlet,), articles=1),
        model=words,
        notices=(words,),
    )
    exchange = told(answer, evidence(article))
    declined = replace(answer, outcome="not_in_articles", nearest=(article,))
    adding = uploads.Adding(
        total=1,
        verdicts=(Verdict(path=f"/x/{title.replace('/', '')}", status="skipped", reason=words),),
        error=LLMUnavailable(words, title),
        ended=True,
    )
    for markup in (
        conversation.conversation((exchange, replace(exchange, number=2, answer=declined))),
        conversation.conversation((Exchange(number=1, question=words, draft=words),)),
        conversation.conversation((Exchange(number=1, question=words, error=adding.error),)),
        conversation.sources((exchange,)),
        conversation.model_line(words, title),
        conversation.welcome(words, (title,)),
        uploads.report(adding),
    ):
        safe(markup)
        markup.encode("utf-8")


def test_hostile_text_is_shown_as_it_was_written() -> None:
    article = Article(title=HOSTILE[0], text=HOSTILE[1])
    shown = safe(
        panel(
            1,
            "q",
            told(
                replace(ANSWER, citations=(cite(1, HOSTILE[1], article),)), evidence(article)
            ).sources,
        )
    )
    assert HOSTILE[0] in shown.text
    assert HOSTILE[1] in shown.text


@pytest.mark.parametrize(
    "url",
    ["javascript:alert(1)", "data:text/html,x", "file:///etc/passwd", "//evil.example", "http://",
     "http://[", "mailto:a@b.example", "", None],
)  # fmt: skip
def test_only_addresses_of_the_web_are_linked(url: str | None) -> None:
    assert web_address(url) is None
    linked = told(replace(ANSWER, citations=tuple(replace(one, url=url) for one in CITED)))
    assert "Read the original" not in conversation.sources((linked,))


def test_the_original_is_linked_with_its_address_untouched() -> None:
    address = "https://a.example/?a=1&b=%22"
    cited = tuple(replace(one, url=address) for one in CITED)
    links = Reader(conversation.sources((told(replace(ANSWER, citations=cited)),))).all("a")
    assert links[-1] == {"href": address, "target": "_blank", "rel": "noopener noreferrer"}


def test_escape_drops_what_turns_text_around_and_keeps_the_rest() -> None:
    assert escape("a\u202eb\x00c\ud800 <&\"'é") == "abc? &lt;&amp;&quot;&#x27;é"


@given(st.text(max_size=200), st.integers(2, 60))
def test_shorten_never_exceeds_its_length(value: str, length: int) -> None:
    assert len(shorten(value, length)) <= length


# Answers and their sources


def test_markers_lead_to_the_quoted_words() -> None:
    exchange = told()
    markers = Reader(conversation.conversation((exchange,))).all("a")
    shown = Reader(conversation.sources((exchange,)))
    ids = {attributes["id"] for _, attributes in shown.elements if "id" in attributes}
    assert [marker["data-n"] for marker in markers] == ["1", "2"]
    assert [marker["title"] for marker in markers] == [one.quote for one in CITED]
    assert {marker["href"][1:] for marker in markers} <= ids
    assert {marker["data-card"] for marker in markers} == {"t1-a1"}
    backs = [link["href"] for link in shown.all("a") if link.get("class") == "number"]
    assert backs == [f"#{marker['id']}" for marker in markers]


def test_a_number_used_twice_has_one_id() -> None:
    answer = replace(ANSWER, text="One [1]. Two [1][2].")
    markers = Reader(conversation.conversation((told(answer),))).all("a")
    assert [marker.get("id") for marker in markers] == ["t1-m1", None, "t1-m2"]


def test_a_marker_without_a_citation_stays_text() -> None:
    shown = Reader(conversation.conversation((told(replace(ANSWER, text="Odd [7]. Fine [1].")),)))
    assert "Odd [7]." in shown.text
    assert len(shown.all("a")) == 1


def test_citations_of_one_article_share_a_card() -> None:
    other = Article(title="Other", text="An army of its own.")
    answer = replace(ANSWER, citations=(*CITED, cite(3, "army", other)))
    first, second = gather(answer, (evidence(), evidence(other)), no_text)
    assert [one.number for one in first.citations] == [1, 2]
    assert [one.number for one in second.citations] == [3]
    shown = Reader(panel(1, "q", (first, second)))
    assert "2 June 2025" in shown.text
    assert "date unknown" in shown.text
    assert "2 articles" in shown.text


def test_the_excerpt_of_an_article_without_evidence_comes_from_the_library() -> None:
    (source,) = gather(ANSWER, (), {ARTICLE.id: TEXT}.__getitem__)
    assert [one.text for one in source.excerpts] == [TEXT]


def test_a_card_shows_the_quotes_of_an_article_that_has_gone() -> None:
    (source,) = gather(ANSWER, (), lambda _: "")
    shown = Reader(panel(1, "q", (source,)))
    assert len(shown.all("mark")) == 2
    assert CITED[0].quote in shown.text


def test_an_excerpt_is_cut_at_sentences_within_the_passage() -> None:
    text = " ".join(f"Sentence number {n} stands here." for n in range(60))
    article = Article(title="Long", text=text)
    citation = cite(1, "number 30", article)
    low, high = text.index("Sentence number 5 "), text.index("Sentence number 32 ")
    answer = replace(ANSWER, citations=(citation,))
    ((excerpt,),) = [
        one.excerpts for one in gather(answer, (evidence(article, low, high),), no_text)
    ]
    assert text[excerpt.start : excerpt.end] == excerpt.text
    assert excerpt.text.startswith("Sentence number ")
    assert excerpt.text.endswith("number 31 stands here.")
    assert len(excerpt.text) < 600


@pytest.mark.parametrize(
    ("before", "after"),
    [("Elsewhere.\n\n", "\n\nMore."), ("It rained.\n", "\n It snowed."), ("A title\n \n", "\n")],
)
def test_an_excerpt_stays_in_its_paragraph(before: str, after: str) -> None:
    paragraph = "The lines of this one\nare broken. They say it plainly."
    article = Article(title="t", text=before + paragraph + after)
    answer = replace(ANSWER, citations=(cite(1, "They say it", article),))
    (source,) = gather(answer, (), lambda _: article.text)
    assert [one.text for one in source.excerpts] == [paragraph]


@given(st.text(alphabet="ab. \n", min_size=1, max_size=900), st.data())
def test_every_quote_is_marked_exactly(text: str, data: st.DataObject) -> None:
    spans = data.draw(
        st.lists(
            st.tuples(st.integers(0, len(text) - 1), st.integers(1, 40)), min_size=1, max_size=4
        )
    )
    article = Article(title="t", text=text)
    cited = tuple(
        Citation(
            number=number,
            article_id=article.id,
            title="t",
            quote=text[start : start + length],
            start=start,
            end=min(start + length, len(text)),
        )
        for number, (start, length) in enumerate(spans, 1)
    )
    sources = gather(replace(ANSWER, citations=cited), (), lambda _: text)
    marked = Marked(panel(1, "q", sources))
    for one in cited:
        assert marked.quotes[str(one.number)] == one.quote
        assert marked.ids.count(f"t1-q{one.number}") == 1


class Marked(HTMLParser):
    """The words under each number's marks, without the numbers themselves."""

    def __init__(self, markup: str) -> None:
        super().__init__(convert_charrefs=True)
        self.quotes: dict[str, str] = {}
        self.ids: list[str] = []
        self.numbers: list[str] = []
        self.label = False
        self.feed(markup)
        self.close()

    def handle_starttag(self, tag: str, attrs: Sequence[tuple[str, str | None]]) -> None:
        named = dict(attrs)
        if tag == "mark":
            self.numbers = (named["data-n"] or "").split()
        if tag == "sup":
            self.label = True
            self.ids.append(named["id"] or "")

    def handle_endtag(self, tag: str) -> None:
        if tag == "mark":
            self.numbers = []
        if tag == "sup":
            self.label = False

    def handle_data(self, data: str) -> None:
        for number in [] if self.label else self.numbers:
            self.quotes[number] = self.quotes.get(number, "") + data


def line(answer: Answer) -> str:
    return Reader(conversation.conversation((told(answer),))).text


def test_the_outcome_line_says_how_it_ended() -> None:
    assert "Answered from 1 article · built-in reader" in line(ANSWER)
    dated = replace(ANSWER, as_of=date(2025, 6, 2), complete=False)
    assert "as of 2 June 2025 · cut short" in line(dated)
    filters = AppliedFilters(since=date(2025, 1, 1), sources=("Wire",), articles=1200, undated=3)
    limited = line(replace(ANSWER, filters=filters))
    assert "since 1 January 2025 · Wire (1,200 articles, 3 undated left out)" in limited


def test_a_partial_answer_names_what_no_article_confirms() -> None:
    sentences = (
        Sentence(text="That Kyiv cede territory.", citations=CITED[:1], support="confirmed"),
        Sentence(text="It was sunny.", support="unconfirmed"),
    )
    shown = line(replace(ANSWER, outcome="partial", sentences=sentences))
    assert "Partly confirmed" in shown
    assert "Not confirmed by the articlesIt was sunny." in shown


def test_a_declined_question_names_the_nearest_articles() -> None:
    shown = line(
        Answer(
            question="q",
            text="The articles do not say.",
            outcome="not_in_articles",
            nearest=(ARTICLE, Article(title="Undated", text="x")),
            filters=AppliedFilters(articles=12),
        )
    )
    assert shown.count("The articles do not say") == 1
    assert "Talks end · Wire · 2 June 2025" in shown
    assert "Undated · date unknown" in shown
    assert "Searched 12 articles" in shown


def test_reports_that_differ_are_told_with_their_outlets() -> None:
    claims = (Claim(value="12", citation=CITED[0]), Claim(value="14", citation=CITED[1]))
    shown = line(replace(ANSWER, conflicts=(Conflict(subject="the injured", claims=claims),)))
    assert "Reports differ" in shown
    assert "121Kyiv cede territoryWire · 2 June 2025" in shown  # value, marker, words, by-line


def test_a_claim_that_the_answer_does_not_quote_leads_to_its_words_too() -> None:
    rival = replace(CITED[1], number=9, article_id="other", title="Another report")
    claims = (Claim(value="12", citation=CITED[0]), Claim(value="14", citation=rival))
    answer = replace(ANSWER, conflicts=(Conflict(subject="q", claims=claims),))
    found = gather(answer, (), lambda _: "")
    assert found[-1].title == "Another report"
    page = Reader(answers.answered(replace(told(answer), sources=found), answer))
    assert page.all("a")[-1]["href"] == "#t1-q9"
    assert f"Answered from {len({one.article_id for one in CITED})} article" in page.text


def test_only_the_last_answer_with_sources_is_on_view() -> None:
    declined = Exchange(number=3, question="q", answer=replace(ANSWER, citations=()))
    shown = Reader(conversation.sources((told(), replace(told(), number=2), declined)))
    assert [one["class"] for one in shown.all("section")] == ["cards", "cards current"]


def test_the_model_line_says_why_another_one_answered() -> None:
    shown = Reader(conversation.model_line("built-in reader", "http://x did not answer")).text
    assert shown == "Answers by built-in reader · http://x did not answer"


# From events to what is shown


class Told:
    """An assistant that gives the events it was made with."""

    def __init__(self, *events: Event | Exception) -> None:
        self.events = events
        self.asked: list[tuple[str, Sequence[Turn]]] = []
        self.closed = False

    def stream(
        self, question: str, *, history: Sequence[Turn] = (), **_: object
    ) -> Iterator[Event]:
        self.asked.append((question, history))
        try:
            for event in self.events:
                if isinstance(event, Exception):
                    raise event
                yield event
        finally:
            self.closed = True

    def holding(self, _: str) -> Told:
        return self

    def get(self, article_id: str) -> Article:
        raise ArticleNotFound(f"no {article_id}")


SEARCHED = Searched(
    standalone_question="q",
    evidence=(evidence(),),
    filters=AppliedFilters(),
    model="built-in reader",
    library_articles=1,
    seconds=0.1,
)


def states(assistant: Told, *earlier: Exchange, ready: bool = True) -> list[Exchange]:
    clock = iter(range(1000)).__next__
    return list(follow(assistant, "q", earlier, ready=ready, clock=clock))  # type: ignore[arg-type]


def test_a_stream_grows_into_its_answer() -> None:
    pieces = [TextDelta(text="That Kyiv "), TextDelta(text="cede [1]")]
    seen = states(Told(SEARCHED, *pieces, Answered(answer=ANSWER)))
    assert [one.open for one in seen] == [True] * 4 + [False]
    assert seen[0].status == "Searching the articles…"
    assert seen[1].status == "Reading 1 article…"
    assert [one.draft for one in seen[2:4]] == ["That Kyiv ", "That Kyiv cede [1]"]
    assert seen[-1].answer == ANSWER
    assert seen[-1].sources[0].excerpts[0].text == TEXT
    assert Reader(conversation.conversation((seen[3],))).text.endswith("That Kyiv cede1")


def test_loading_models_is_said() -> None:
    assert "Loading the models" in states(Told(Answered(answer=ANSWER)), ready=False)[0].status


def test_a_failure_is_told_in_one_plain_line_with_its_hint() -> None:
    *_, last = states(
        Told(SEARCHED, TextDelta(text="That"), LLMUnavailable("No reply.", "Start it."))
    )
    assert not last.open
    shown = Reader(conversation.conversation((last,)))
    assert shown.text == "qNo reply. Start it.Ask againEdit question"
    assert not history([last])


def test_earlier_turns_are_handed_on() -> None:
    assistant = Told(Answered(answer=ANSWER))
    *_, last = states(assistant, told())
    assert last.number == 2
    assert assistant.asked == [("q", (Turn(question=ANSWER.question, answer=ANSWER.text),))]


def test_a_stopped_answer_keeps_its_draft_and_closes_the_stream() -> None:
    assistant = Told(SEARCHED, TextDelta(text="That Kyiv"), Answered(answer=ANSWER))
    states_ = follow(assistant, "q", clock=iter(range(1000)).__next__)  # type: ignore[arg-type]
    for _ in range(3):
        now = next(states_)
    states_.close()  # type: ignore[attr-defined]
    assert assistant.closed
    stopped = now.stop()
    assert not stopped.open
    assert "That KyivStopped before the end." in Reader(conversation.conversation((stopped,))).text
    assert told().stop() == told().fail(LLMUnavailable("No reply.")) == told()


def test_an_answer_that_stopping_broke_off_is_stopped_and_not_a_failure() -> None:
    now = next(iter(follow(Told(SEARCHED), "q")))
    broken = now.fail(AssistantError("Something went wrong here."))
    assert broken.stop() == now.stop()
    foreseen = now.fail(LLMUnavailable("No reply."))
    assert foreseen.stop() == foreseen


# Uploads


class Shelf:
    """A library that takes every file but empty ones, and fails when it meets "stop"."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def add(self, paths: Sequence[Path], *, on_progress: Any) -> Report:
        verdicts = []
        for number, path in enumerate(paths, 1):
            text = path.read_text()
            if text == "stop":
                raise LLMUnavailable("It stopped.", "Try again.")
            verdict = Verdict(
                path=str(path),
                status="added" if text else "skipped",
                reason=f"as {self.path}/uploads/one.txt" if text else "the file is empty",
            )
            verdicts.append(verdict)
            on_progress(Progress(done=number, total=len(paths), verdict=verdict))
        return Report(tuple(verdicts))


def drop(folder: Path, **files: str) -> list[Path]:
    paths = []
    for name, text in files.items():
        path = folder / "gradio" / f"{len(paths)}" / name.replace("_", ".")
        path.parent.mkdir(parents=True)
        path.write_text(text)
        paths.append(path)
    return paths


def test_uploads_are_kept_added_and_reported_one_by_one(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path / "library")
    dropped = drop(tmp_path, good_txt="words", empty_md="", page_rtf="x")
    *steps, last = uploads.add(shelf, dropped)  # type: ignore[arg-type]
    assert [len(step.verdicts) for step in steps] == [1, 2, 3]
    assert {Path(one.path).name: one.status for one in last.verdicts} == {
        "page.rtf": "skipped",
        "good.txt": "added",
        "empty.md": "skipped",
    }
    assert [path.name for path in (shelf.path / "uploads").iterdir()] == ["good.txt"]
    shown = Reader(uploads.report(last))
    assert "2 skipped, 1 added" in shown.text
    assert "addedas one.txt" in shown.text
    assert not any(path.exists() for path in dropped)
    assert not shown.all("progress")
    assert Reader(uploads.report(steps[1])).all("progress")[0]["value"] == "2"


def test_an_adding_that_fails_says_so_and_keeps_what_was_taken(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path / "library")
    dropped = drop(tmp_path, first_txt="words", second_txt="stop", third_txt="more")
    *_, last = uploads.add(shelf, dropped)  # type: ignore[arg-type]
    assert "It stopped. Try again." in Reader(uploads.report(last)).text
    assert [path.name for path in (shelf.path / "uploads").iterdir()] == ["first.txt"]


def test_an_adding_is_finished_when_the_page_goes_away(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path / "library")
    states_ = uploads.add(shelf, drop(tmp_path, a_txt="one", b_txt="", c_txt="two"))  # type: ignore[arg-type]
    next(states_)
    states_.close()  # type: ignore[attr-defined]
    assert sorted(path.name for path in (shelf.path / "uploads").iterdir()) == ["a.txt", "c.txt"]


def test_a_name_in_use_is_numbered_and_the_same_file_is_kept_once(tmp_path: Path) -> None:
    first, other, again = drop(tmp_path, a_txt="one", b_txt="two", c_txt="one")
    names = []
    for path in (first, other, again):
        named = path.with_name("talks.txt")
        path.rename(named)
        kept = uploads.keep(named, tmp_path / "kept")
        assert isinstance(kept, uploads.Kept)
        names.append((kept.path.name, kept.new))
    assert names == [("talks.txt", True), ("talks (2).txt", True), ("talks.txt", False)]


def test_a_file_that_cannot_be_kept_gets_a_verdict(tmp_path: Path) -> None:
    (tmp_path / "uploads").write_text("a file where the folder should be")
    (path,) = drop(tmp_path, a_txt="one")
    verdict = uploads.keep(path, tmp_path / "uploads")
    assert isinstance(verdict, Verdict)
    assert verdict.reason.startswith("it could not be kept: ")


@given(st.text(max_size=300))
def test_a_safe_name_is_one_plain_file_name(name: str) -> None:
    safe_name = uploads.safe_name(name)
    assert safe_name == Path(safe_name).name
    assert safe_name not in {"", ".", ".."}
    assert not set(safe_name) & set('<>:"/\\|?*\x00\n')
    assert len(safe_name.encode()) <= 300
    assert uploads.safe_name(safe_name) == safe_name


@pytest.mark.parametrize(
    ("name", "safe_name"),
    [
        ("../../etc/passwd.txt", "_.._etc_passwd.txt"),
        ("Łódź talks (1).md", "Łódź talks (1).md"),
        ("con.txt", "article_con.txt"),
        ("", "article"),
        ("é" * 200 + ".html", "é" * 57 + ".html"),
    ],
)
def test_safe_names(name: str, safe_name: str) -> None:
    assert uploads.safe_name(name) == safe_name


# Where it is served


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.1.2", "example.org", "::"])
def test_a_host_that_others_reach_is_refused(host: str) -> None:
    with pytest.raises(InvalidOption, match="other computers"):
        reach_of(host, 7860)


def test_a_port_in_use_is_refused_with_another_one_named() -> None:
    import socket

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(ServeError) as caught:
            check_address("127.0.0.1", port)
    assert f"--port {port + 1}" in caught.value.hint
    with pytest.raises(InvalidOption):
        check_address("127.0.0.1", 0)


# Examples


class Titles(list[Article]):
    """A library as the examples see it."""

    def list(self, *, limit: int) -> list[Article]:
        return self[:limit]


def test_the_words_that_answer_stand_out_once_and_whole() -> None:
    answer = Answer(
        question="how many",
        text="Of 15 boats 5 sank.[1] The 5 were old & <b>wooden</b>.",
        outcome="answered",
        short="5",
    )
    shown = conversation.conversation([told(answer)])
    assert shown.count("<strong>5<") == 1
    assert "Of 15 boats <strong>5</strong> sank." in shown
    odd = replace(answer, short="old & <b>wooden</b>")
    markup = conversation.conversation([told(odd)])
    assert "<strong>old &amp; &lt;b&gt;wooden&lt;/b&gt;</strong>" in markup
    safe(markup)


def test_examples_fit_the_articles_at_hand() -> None:
    lead, questions = examples.offer(Titles(), samples=True)  # type: ignore[arg-type]
    assert "bundled samples" in lead
    assert questions == examples.SAMPLE_QUESTIONS
    assert examples.offer(Titles(), samples=False)[1] == ()  # type: ignore[arg-type]
    lead, questions = examples.offer(Titles([ARTICLE] * 4), samples=True)  # type: ignore[arg-type]
    assert "4 articles" in lead
    assert questions == ("What happened in “Talks end”?",) * 3
