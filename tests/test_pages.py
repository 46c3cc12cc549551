"""Web pages as articles: the body without menus, the stated date, the declared charset."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from index.decoding import decode_page
from index.errors import PathUnusable
from index.reading import read_article

BODY = "The two sides met in Rome on Monday. Nothing was agreed."


def write(folder: Path, name: str, content: str | bytes) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


PAGE = """<!DOCTYPE html>
<html lang="en-GB"><head>{head}<title>Talks end without a deal | The Daily Example</title></head>
<body><nav><ul><li><a href="/">Home</a></li><li><a href="/sport">Sport</a></li></ul></nav>
<article><h1>Talks end without a deal</h1>{top}
<p>Delegations from Russia and Ukraine met on Monday for talks that ended in under ninety minutes.
Nothing was agreed beyond an exchange of prisoners.</p>
<p>Moscow asked for territory &amp; limits on the army. The visit to the café cost £5, according to
people who were there and who spent the whole of the afternoon in it.</p></article>
<footer><p>Copyright 2019 The Daily Example. All rights reserved. Contact us.</p></footer>
</body></html>"""
META = (
    '<meta property="og:site_name" content="The Daily Example">'
    '<meta name="author" content="Ann Lee">'
    '<link rel="canonical" href="https://example.com/a/talks">'
    '<meta property="article:modified_time" content="2025-06-05T10:00:00Z">'
    '<meta property="article:published_time" content="2025-06-02T10:00:00Z">'
)


def page(head: str = "", top: str = "") -> str:
    return PAGE.format(head=head, top=top)


@pytest.mark.parametrize("name", ["a.html", "a.HTM"])
def test_a_page(tmp_path: Path, name: str) -> None:
    article = read_article(write(tmp_path, name, page(META)))
    assert article.title == "Talks end without a deal"
    assert article.text.startswith("Delegations from Russia and Ukraine met on Monday")
    assert article.text.endswith("the whole of the afternoon in it.")
    assert "Sport" not in article.text
    assert "territory & limits" in article.text
    assert article.published == date(2025, 6, 2)
    assert (article.source, article.author) == ("The Daily Example", "Ann Lee")
    assert (article.url, article.language) == ("https://example.com/a/talks", "en")


@pytest.mark.parametrize(
    ("head", "top", "day"),
    [
        ("", "", None),
        ("", "<time>02/06/2025</time>", None),
        ("", "<p>Published 02/06/2025</p>", None),
        ("", "<time datetime='2025-06-02T23:30:00-05:00'>yesterday</time>", date(2025, 6, 2)),
        ("", "<time>2 June 2025</time>", date(2025, 6, 2)),
        ("", "<span itemprop='datePublished'>25/12/2024</span>", date(2024, 12, 25)),
        ("<meta name='date' content='2025-06-02'>", "", date(2025, 6, 2)),
        (
            '<script type="application/ld+json">{"@type": "NewsArticle", "dateModified": '
            '"2025-06-04", "datePublished": "2025-06-02T08:00:00Z"}</script>',
            "<time datetime='2025-06-04'></time>",
            date(2025, 6, 2),
        ),
    ],
)
def test_a_page_has_the_date_that_it_states(
    tmp_path: Path, head: str, top: str, day: date | None
) -> None:
    assert read_article(write(tmp_path, "a.html", page(head, top))).published == day


@pytest.mark.parametrize(
    ("head", "codec"),
    [
        ('<meta charset="utf-8">', "utf-8"),
        ("", "utf-8"),
        ("", "cp1252"),
        ('<meta charset="windows-1252">', "cp1252"),
        ('<meta http-equiv="Content-Type" content="text/html; charset=iso-8859-1">', "cp1252"),
        ('<meta charset="iso-8859-15">', "iso-8859-15"),
        ('<meta charset="utf-8">', "cp1252"),
        ('<meta charset="no-such-charset">', "utf-8"),
        ('<meta charset="utf-16">', "utf-8"),
        ('<meta charset="punycode">', "utf-8"),
        ('<meta charset="base64">', "utf-8"),
        ("", "utf-8-sig"),
        ("", "utf-16"),
    ],
)
def test_a_page_in_its_own_charset(tmp_path: Path, head: str, codec: str) -> None:
    article = read_article(write(tmp_path, "a.html", page(head).encode(codec)))
    assert "The visit to the café cost £5, according" in article.text


def test_a_charset_that_looks_like_another_is_honoured() -> None:
    russian = '<meta charset="koi8-r"><p>Делегации встретились</p>'
    assert "Делегации встретились" in decode_page(russian.encode("koi8-r"))


def test_an_xhtml_declaration(tmp_path: Path) -> None:
    text = '<?xml version="1.0" encoding="windows-1252"?>\n' + page()
    assert "café cost £5" in read_article(write(tmp_path, "a.html", text.encode("cp1252"))).text


def test_fragments_and_bad_references(tmp_path: Path) -> None:
    fragment = read_article(write(tmp_path, "my-page.html", "<p>Just one short paragraph.</p>"))
    assert (fragment.title, fragment.text) == ("My page", "Just one short paragraph.")
    odd = page(top="<p>It is &#1;the&#xFFFE; odd &#163;5 page of the whole &#13;site.</p>")
    assert "It is the odd £5 page" in read_article(write(tmp_path, "b.html", odd)).text


@pytest.mark.parametrize(
    "html",
    [
        "<html><body><script>var x = 1;</script></body></html>",
        "<html><head><title>Only a title</title></head><body></body></html>",
        "<div>" * 50_000,
        "<!-- nothing -->",
    ],
    ids=["script", "title", "deep", "comment"],
)
def test_a_page_without_text(tmp_path: Path, html: str, caplog: pytest.LogCaptureFixture) -> None:
    with pytest.raises(PathUnusable, match="page holds no text"):
        read_article(write(tmp_path, "a.html", html))
    assert not caplog.records
