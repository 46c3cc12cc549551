"""What a web page says: the article on it without menus, its title, date and outlet."""

from __future__ import annotations

import logging
import re
from typing import TYPE_CHECKING

from index.dates import stated_date
from index.decoding import clean_line, clean_text
from index.errors import PathUnusable
from index.formats.content import Content

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lxml.html import HtmlElement

_JSON_DATE = re.compile(r'"datePublished"\s*:\s*"([^"]{1,60})"')
# References to characters that XML does not allow; one of them would cost the whole page.
_BAD_REFERENCE = re.compile(
    r"&#(?:x0*(?:[1-8bcef]|1[0-9a-f]|fff[ef])|0*(?:[1-8]|1[124-9]|2\d|3[01]|6553[45]))(?:;|(?!\w))",
    re.IGNORECASE,
)
_SPACE = re.compile(r"\s+")
# Names of <meta> elements that give the day of publication, the most particular first.
META_DATES = (
    "article:published_time",
    "datepublished",
    "og:published_time",
    "parsely-pub-date",
    "sailthru.date",
    "dc.date.issued",
    "dcterms.issued",
    "dcterms.created",
    "pubdate",
    "publishdate",
    "publish-date",
    "publication_date",
    "date",
    "dc.date",
)


def page_content(page: str) -> Content:
    """The article on the HTML page `page`; its text is "" when no article is found.

    The body is found by trafilatura. Of dates only those are taken that the page marks as the day
    of publication and that can be read in one way.
    """
    import trafilatura

    # Its log has nothing that the caller is not told, and would end up on the terminal.
    logging.getLogger("trafilatura").setLevel(logging.CRITICAL)
    logging.getLogger("htmldate").setLevel(logging.CRITICAL)
    page = _BAD_REFERENCE.sub("", clean_text(page))
    if "<body" not in page.lower():
        page = f"<html><body><div>{page}</div></body></html>"
    tree = trafilatura.load_html(page)
    if tree is None:
        return Content("")
    published = _published(tree)
    language = tree.get("lang") or ""
    try:
        found = trafilatura.bare_extraction(
            page,
            include_comments=False,
            with_metadata=True,
            date_extraction_params={"extensive_search": False},
        )
    except Exception as error:
        kind = type(error).__name__
        raise PathUnusable(
            f"The page cannot be taken apart ({kind}).", "Save the article as plain text."
        ) from error
    if found is None or isinstance(found, dict):  # a dict only when asked for
        return Content("")
    title = clean_line(found.title or "")
    sections = found.categories or [""]
    fields = {
        "title": title,
        "published": published,
        "source": found.sitename,
        "url": found.url,
        "author": found.author,
        "section": sections[0],
        "language": language,
    }
    kept = {key: clean_line(value) for key, value in fields.items() if value}
    return Content(_without_title(clean_text(found.text or ""), title), kept)


def _without_title(text: str, title: str) -> str:
    first, _, rest = text.partition("\n")
    return rest.lstrip("\n") if rest and clean_line(first) == title else text


def _published(tree: HtmlElement) -> str:
    """The first of the page's dates of publication that can be read, or ""."""
    return next((value for value in _stated_dates(tree) if stated_date(value)), "")


def _stated_dates(tree: HtmlElement) -> Iterator[str]:
    for script in tree.iterfind(".//script[@type='application/ld+json']"):
        if match := _JSON_DATE.search(script.text or ""):
            yield match[1]
    named: dict[str, str] = {}
    for meta in tree.iterfind(".//meta[@content]"):
        name = meta.get("property") or meta.get("name") or meta.get("itemprop") or ""
        named.setdefault(name.lower(), meta.get("content", ""))
    yield from (named[name] for name in META_DATES if name in named)
    for element in tree.iterfind(".//*[@itemprop='datePublished']"):
        yield element.get("datetime") or element.get("content") or element.text_content()
    for element in tree.iterfind(".//time"):
        yield element.get("datetime") or element.text_content()


_UNREAD = ("script", "style", "head", "template", "noscript", "svg", "iframe")
_BLOCKS = [
    "address",
    "article",
    "aside",
    "blockquote",
    "dd",
    "div",
    "dl",
    "dt",
    "figcaption",
    "figure",
    "footer",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "header",
    "li",
    "main",
    "ol",
    "p",
    "pre",
    "section",
    "table",
    "td",
    "th",
    "tr",
    "ul",
    "hr",
]


def fragment_text(html: str) -> str:
    """The words of a piece of HTML, all of them, with a blank line between its blocks.

    For the bodies of feeds, mails, books and exports, which have no menus to leave out.
    """
    from lxml import etree
    from lxml.html import document_fromstring

    page = _BAD_REFERENCE.sub("", clean_text(html))
    try:
        tree = document_fromstring(page)
    except (etree.ParserError, ValueError):  # nothing in it but comments or white space
        return ""
    etree.strip_elements(tree, *_UNREAD, etree.Comment, with_tail=False)
    for element in tree.iter():
        element.text = _SPACE.sub(" ", element.text or "")
        element.tail = _SPACE.sub(" ", element.tail or "")
    for element in tree.iter(*_BLOCKS):
        element.text = f"\n\n{element.text or ''}"
        element.tail = f"\n\n{element.tail or ''}"
    for element in tree.iter("br"):
        element.tail = f"\n{element.tail or ''}"
    lines = tree.text_content().split("\n")
    return clean_text("\n".join(line.strip() for line in lines))
