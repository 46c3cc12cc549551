"""Plain text, Markdown and other files as articles, and what is said of files that are none."""

from __future__ import annotations

import time
from collections import Counter
from datetime import date, datetime
from pathlib import Path

import pytest

from index.decoding import clean_line, clean_text
from index.errors import InvalidInput, PathUnusable
from index.files import MAX_BYTES, SUFFIXES, find_files
from index.language import LanguageDetector, detect_language
from index.reading import clean_article, read_article
from index.types import Article, content_id

BODY = "The two sides met in Rome on Monday. Nothing was agreed."


def write(folder: Path, name: str, content: str | bytes) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


# --- plain text


def test_first_line_is_the_headline(tmp_path: Path) -> None:
    path = write(tmp_path, "001.txt", f"Talks end without a deal\n\n{BODY}\n")
    article = read_article(path)
    assert article.title == "Talks end without a deal"
    assert article.text == BODY
    assert article.id == content_id(BODY)
    assert article.published is None
    assert article.language is None
    assert [place.path for place in article.appearances] == [str(path)]


@pytest.mark.parametrize("headline", ["Who won the vote?", "Rivals of Apple...", "“No deal”"])
def test_headlines_may_end_in_marks(tmp_path: Path, headline: str) -> None:
    article = read_article(write(tmp_path, "a.txt", f"{headline}\n{BODY}"))
    assert (article.title, article.text) == (headline, BODY)


@pytest.mark.parametrize(
    "text",
    [
        f"{BODY}\n\n{BODY}",
        "Word " * 40 + f"\n\n{BODY}",
        "The two sides that met\nin Rome went home.",
        "The list:\n\n- one\n- two",
        "He said “no.”\n\nThen he left.",
        "Only one line",
        "2025\n\nOnly numbers above",
    ],
)
def test_a_paragraph_is_no_headline(tmp_path: Path, text: str) -> None:
    article = read_article(write(tmp_path, "istanbul_talks-2.txt", text))
    assert article.title == "Istanbul talks 2"
    assert article.text == clean_text(text)


def test_title_from_the_first_words_when_the_name_has_none(tmp_path: Path) -> None:
    assert read_article(write(tmp_path, "001.txt", BODY)).title == BODY
    long = read_article(
        write(tmp_path, "002.txt", BODY.replace(".", " and then") + " so on and so forth.")
    )
    assert long.title.startswith("The two sides met in Rome")
    assert long.title.endswith("…")
    assert len(long.title) <= 80
    assert len(read_article(write(tmp_path, "003.txt", "x" * 200_000)).title) <= 80


def test_header_lines(tmp_path: Path) -> None:
    head = (
        "Title: Talks end\nDate: 2 June 2025\nSource: Reuters\nURL: https://example.com/a\n"
        "Author: Ann Lee\nSection: World\nLanguage: en-GB"
    )
    article = read_article(write(tmp_path, "a.txt", f"{head}\n\n{BODY}"))
    assert (article.title, article.text) == ("Talks end", BODY)
    assert article.published == date(2025, 6, 2)
    assert (article.source, article.url) == ("Reuters", "https://example.com/a")
    assert (article.author, article.section, article.language) == ("Ann Lee", "World", "en")
    assert article.appearances[0].source == "Reuters"
    assert article.appearances[0].published == date(2025, 6, 2)


def test_header_lines_leave_the_headline_to_be_found(tmp_path: Path) -> None:
    article = read_article(write(tmp_path, "a.txt", f"Source: AFP\n\nTalks end\n\n{BODY}"))
    assert (article.title, article.source, article.text) == ("Talks end", "AFP", BODY)


@pytest.mark.parametrize(
    "text",
    [
        f"Date: 2025-06-02\nA line that is no header\n\n{BODY}",
        f"Mood: tense\n\n{BODY}",
        "Date: 2025-06-02\nSource: Reuters",
    ],
)
def test_other_first_lines_are_no_header(tmp_path: Path, text: str) -> None:
    article = read_article(write(tmp_path, "a.txt", text))
    assert article.published is None
    assert clean_line(f"{article.title}\n{article.text}").endswith(clean_line(text))


def test_an_unsafe_address_is_not_kept(tmp_path: Path) -> None:
    path = write(tmp_path, "a.txt", f"URL: javascript:alert(1)\n\n{BODY}")
    assert read_article(path).url is None


def test_lines_broken_at_a_width_are_joined(tmp_path: Path) -> None:
    import textwrap

    paragraphs = [" ".join([BODY] * 6), " ".join([BODY] * 4)]
    wrapped = "\n\n".join(textwrap.fill(paragraph, 72) for paragraph in paragraphs)
    article = read_article(write(tmp_path, "a.txt", f"Talks end\n\n{wrapped}"))
    assert article.title == "Talks end"
    assert article.text == "\n\n".join(paragraphs)


def test_other_lines_are_left_alone(tmp_path: Path) -> None:
    lines = "\n".join(
        f"Paragraph number {n} has {'some ' * (n % 9)}words to read." for n in range(30)
    )
    assert read_article(write(tmp_path, "a.txt", lines)).text == lines


# --- Markdown


def test_front_matter(tmp_path: Path) -> None:
    head = (
        '---\r\ntitle: "Talks: the end"\r\ndate: 2025-06-02T21:30:00+02:00\r\noutlet: Reuters\r\n'
        "link: https://example.com/a\r\nauthors: [Ann Lee, Bo Ek]\r\nsection: World\r\nlang: en\r\n"
        "---\r\n"
    )
    article = read_article(write(tmp_path, "a.md", f"{head}\r\n# Talks: the end\r\n\r\n{BODY}"))
    assert (article.title, article.text) == ("Talks: the end", BODY)
    assert article.published == date(2025, 6, 2)
    assert (article.source, article.url) == ("Reuters", "https://example.com/a")
    assert (article.author, article.section, article.language) == ("Ann Lee, Bo Ek", "World", "en")


@pytest.mark.parametrize(("title", "read"), [("No", "No"), ("1984", "1984"), ("null", "null")])
def test_front_matter_is_taken_as_written(tmp_path: Path, title: str, read: str) -> None:
    article = read_article(write(tmp_path, "a.md", f"---\ntitle: {title}\n---\n{BODY}"))
    assert (article.title, article.text) == (read, BODY)


@pytest.mark.parametrize("value", ["02/06/2025", "soon", "2025-02-30", "June 2025", "[2025]", ""])
def test_an_unclear_date_is_unknown(tmp_path: Path, value: str) -> None:
    article = read_article(write(tmp_path, "a.md", f"---\ndate: {value}\n---\n{BODY}"))
    assert article.published is None


@pytest.mark.parametrize(
    ("head", "line"),
    [
        ("---\ntitle: ok\nsource: a: b\n---\n", "line 3"),
        ("---\ntitle: [open\n---\n", "line 2"),
        ("---\ntitle: 'open\n---\n", "line 2"),
        ("---\ntitle: never closed\n\n", "line 1"),
        ("---\nx: " + "[" * 5_000 + "\n---\n", "front matter"),
        ("---\ntitle: \x01\n---\n", "front matter"),
    ],
)
def test_bad_front_matter_is_refused_with_its_line(tmp_path: Path, head: str, line: str) -> None:
    with pytest.raises(PathUnusable) as caught:
        read_article(write(tmp_path, "a.md", head + BODY))
    assert line in caught.value.message
    assert "\n" not in caught.value.message
    assert caught.value.hint


def test_rules_across_the_page_are_no_front_matter(tmp_path: Path) -> None:
    assert read_article(write(tmp_path, "a.md", f"---\n{BODY}\n\n---\n\nMore.")).text.endswith(
        "More."
    )
    assert read_article(write(tmp_path, "b.md", f"---\n\n{BODY}")).text == BODY


@pytest.mark.parametrize("name", ["a.md", "a.MARKDOWN"])
def test_markdown_marks_are_no_part_of_the_text(tmp_path: Path, name: str) -> None:
    page = """# Talks *end*

The **two** sides, _who_ met in [Rome](https://example.com/r "R"),
went home.\\* Snake_case and 2 * 3 * 4 stay.

![A map](map.png)

## What was `asked`

> It is over, said
> one of them.

- a ban
  on tanks
- a fine

1. first
2. second

---

```
x = *y*
```

Next part
---------
See <https://example.com/end>.
"""
    article = read_article(write(tmp_path, name, page))
    assert article.title == "Talks end"
    assert article.text == (
        "The two sides, who met in Rome, went home.* Snake_case and 2 * 3 * 4 stay.\n\n"
        "What was asked\n\n"
        "It is over, said one of them.\n\n"
        "- a ban on tanks\n- a fine\n\n"
        "1. first\n2. second\n\n"
        "x = *y*\n\n"
        "Next part\n\n"
        "See https://example.com/end."
    )


def test_markdown_titles(tmp_path: Path) -> None:
    assert read_article(write(tmp_path, "a.md", f"Talks end\n=====\n\n{BODY}")).title == "Talks end"
    assert read_article(write(tmp_path, "b.md", f"Talks end\n\n{BODY}")).title == "Talks end"
    assert read_article(write(tmp_path, "peace-talks.md", BODY)).title == "Peace talks"
    both = read_article(write(tmp_path, "c.md", f"---\ntitle: One\n---\n# Another\n\n{BODY}"))
    assert (both.title, both.text) == ("One", f"Another\n\n{BODY}")


@pytest.mark.parametrize("piece", ["**a ", "[a", "![", "*a ", "_a ", "`a ", "<http://", "> ", "# "])
def test_odd_markdown_takes_no_longer(tmp_path: Path, piece: str) -> None:
    path = write(tmp_path, "a.md", "Start " + piece * 60_000)
    started = time.process_time()
    assert read_article(path).text
    assert time.process_time() - started < 10


# --- articles handed over


def test_clean_article() -> None:
    article = Article(
        title=" Talks\nend ",
        text="One.\r\n\x00Two. \r\n",
        source=" Reuters ",
        url="ftp://example.com",
        author=" ",
        language="EN-us",
        published=datetime(2025, 6, 2, 10),
    )
    clean = clean_article(article)
    assert (clean.title, clean.text, clean.id) == (
        "Talks end",
        "One.\nTwo.",
        content_id("One.\nTwo."),
    )
    assert (clean.source, clean.url, clean.author, clean.language) == ("Reuters", None, None, "en")
    assert clean.published == date(2025, 6, 2)
    assert type(clean.published) is date
    assert clean_article(clean) == clean
    assert clean_article(Article(title="", text=BODY)).title == BODY


def test_clean_article_refuses_what_is_none() -> None:
    with pytest.raises(InvalidInput, match="no text"):
        clean_article(Article(title="Empty", text=" \n\x00"))
    with pytest.raises(InvalidInput, match="'2025-06-02'"):
        clean_article(Article(title="A", text=BODY, published="2025-06-02"))  # type: ignore[arg-type]


# --- bad input


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("a.txt", b"", "empty"),
        ("a.txt", b" \n\t\r\n", "no text"),
        ("a.txt", b"\x00\x00\x00", "no text"),
        ("a.md", b"---\ntitle: x\n---\n", "no text"),
        ("a.txt", b"%PDF-1.7 text", "a PDF document"),
        ("a.txt", b"\x89PNG\r\n\x1a\n1234", "a PNG image"),
        ("a.html", b"\xff\xd8\xff\xe0 JFIF", "a JPEG image"),
        ("a.txt", b"PK\x03\x04" + b"\x00" * 26 + b"a.csv", "a ZIP archive"),
        ("a.md", b"PK\x03\x04" + b"\x00" * 26 + b"word/document.xml", "a Word document"),
        ("a.txt", b"\x7fELF\x02\x01", "a program"),
        ("a.txt", bytes(range(256)) * 20, "binary data"),
        ("a.txt", b"\x00\x01\x02text" * 100, "binary data"),
        ("a.rtf", b"{\\rtf1", r"Files that end in \.rtf are not read"),
        ("a", b"text", "Files with no ending are not read"),
        (".txt", b"text", "Files with no ending are not read"),
    ],
)
def test_what_cannot_be_read_says_why(
    tmp_path: Path, name: str, content: bytes, reason: str
) -> None:
    path = write(tmp_path, name, content)
    with pytest.raises(PathUnusable, match=reason) as caught:
        read_article(path)
    assert caught.value.hint
    assert "\n" not in str(caught.value)
    assert str(path) not in caught.value.message
    with pytest.raises(PathUnusable, match=reason):
        read_article(path, content)


def test_the_kinds_that_are_read_are_named(tmp_path: Path) -> None:
    with pytest.raises(PathUnusable) as caught:
        read_article(write(tmp_path, "a.rtf", b"x"))
    assert all(suffix in caught.value.hint for suffix in SUFFIXES)


def test_random_bytes_are_no_text(tmp_path: Path) -> None:
    noise = bytes((n * n * 7919 + n * 104_729) >> 7 & 255 for n in range(20_000))
    with pytest.raises(PathUnusable, match="binary data"):
        read_article(write(tmp_path, "a.txt", noise))


def test_stray_controls_are_dropped(tmp_path: Path) -> None:
    article = read_article(write(tmp_path, "a.txt", f"Talks\x00 end\n\n{BODY}\x07\ufffe"))
    assert (article.title, article.text) == ("Talks end", BODY)


def test_too_large_a_file(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    with path.open("wb") as file:
        file.truncate(MAX_BYTES + 1)
    with pytest.raises(PathUnusable, match="larger than 20 MB"):
        read_article(path)
    with pytest.raises(PathUnusable, match="larger than 20 MB"):
        read_article(path, b"x" * (MAX_BYTES + 1))


def test_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(PathUnusable, match="There is no file or folder"):
        read_article(tmp_path / "none.txt")
    with pytest.raises(PathUnusable, match="There is no file or folder"):
        read_article(write(tmp_path, "a.txt", BODY) / "below.txt")


def test_odd_paths_are_refused(tmp_path: Path) -> None:
    for path in (Path("a\x00.txt"), tmp_path / f"{'x' * 5_000}.txt"):
        with pytest.raises(PathUnusable, match="cannot be read"):
            read_article(path)
        with pytest.raises(PathUnusable, match="cannot be read"):
            find_files(path)


# --- real articles


def test_every_real_story_has_its_headline_and_language(shared_data: Path) -> None:
    found = find_files(shared_data / "bbc")
    assert len(found.files) == 2_225
    detector = LanguageDetector()
    languages: Counter[str | None] = Counter()
    for path in found.files:
        headline, body = path.read_bytes().decode("cp1252", "replace").split("\n", 1)
        article = read_article(path)
        if article.title.isascii():
            assert article.title == clean_line(headline)
        assert len(article.text.split()) == len(body.replace("\u00a0", " ").split())
        assert article.published is None
        languages[detector.detect(article.text)] += 1
    assert languages["en"] >= 2_220


def test_the_real_article_without_a_headline(shared_data: Path) -> None:
    article = read_article(shared_data / "real" / "istanbul-talks.txt")
    assert article.title == "Istanbul talks"
    assert article.text.startswith("Delegations from Russia and Ukraine")
    assert article.text.endswith("no end in sight.")
    assert article.text.count("\n") == 3
    assert detect_language(article.text) == "en"
