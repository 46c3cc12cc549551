"""What feeds and sitemaps list: RSS and Atom by feedparser, sitemaps by their standard."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from io import BytesIO
from typing import Any
from urllib.parse import urljoin

from index.dates import stated_date
from index.decoding import clean_line
from index.errors import AddressUnusable, PathUnusable
from index.files import MAX_BYTES
from index.formats.markup import parsed_xml
from index.formats.page import fragment_text
from index.net.guard import is_address

TEASER_WORDS = 120  # what is shorter than this, or is only a summary, is fetched in full
MAX_ENTRIES = 50_000  # as many as one sitemap may list


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One article that a list names; `key` tells it, in its present version, from the others.

    `text` is the article where the feed carries all of it, "" where it has to be fetched.
    """

    key: str
    address: str
    title: str = ""
    text: str = ""
    author: str = ""
    published: date | None = None
    source: str = ""  # the outlet, as the feed calls itself


def feed_entries(body: bytes, address: str) -> tuple[Entry, ...]:
    """The entries of an RSS or Atom feed, as it orders them.

    Raises AddressUnusable when it is no feed.
    """
    import feedparser

    # As a file: text would be taken for an address or a path, and opened.
    found = feedparser.parse(BytesIO(body), response_headers={"content-location": address})
    if not found.version and not found.entries:
        raise AddressUnusable(
            "It is no RSS or Atom feed.",
            "Give the feed's own address, or add the page without --feed.",
        )
    source = clean_line(fragment_text(str(found.feed.get("title", ""))))
    entries = (_entry(item, address, source) for item in found.entries[:MAX_ENTRIES])
    return tuple(entry for entry in entries if entry is not None)


def _entry(item: Any, address: str, source: str) -> Entry | None:
    link = urljoin(address, str(item.get("link") or item.get("id") or ""))
    if not is_address(link):
        return None
    contents = [str(content.get("value", "")) for content in item.get("content", ())]
    whole = max(map(fragment_text, contents), key=len, default="")
    written = next((str(item[name]) for name in ("published", "created") if item.get(name)), "")
    changed = str(dict.get(item, "updated") or "")  # its own `get` gives `published` instead
    return Entry(
        key=f"{item.get('id') or link} {changed}".strip()[:2_000],
        address=link,
        title=clean_line(fragment_text(str(item.get("title", "")))),
        text=whole if len(whole.split()) >= TEASER_WORDS else "",
        author=clean_line(str(item.get("author", ""))),
        published=stated_date(written),
        source=source,
    )


@dataclass(frozen=True, slots=True)
class Sitemap:
    """A sitemap's entries, or the addresses of the sitemaps that it is made of."""

    entries: tuple[Entry, ...] = ()
    sitemaps: tuple[str, ...] = ()


def sitemap_entries(body: bytes) -> Sitemap:
    """What a sitemap lists, also one in gzip; raises AddressUnusable when it is none."""
    if body.startswith(b"\x1f\x8b"):
        body = _unzipped(body)
    try:
        root = parsed_xml(body)
    except PathUnusable as error:
        raise AddressUnusable("It is no sitemap.", "Give the address of sitemap.xml.") from error
    kind = str(root.tag).rpartition("}")[2]
    if kind == "sitemapindex":
        return Sitemap(sitemaps=tuple(filter(is_address, _locations(root, "sitemap"))))
    if kind != "urlset":
        raise AddressUnusable("It is no sitemap.", "Give the address of sitemap.xml.")
    return Sitemap(entries=tuple(_listed(root)))


def _listed(root: Any) -> Iterator[Entry]:
    for place, item in enumerate(root.iterfind("{*}url")):
        address = clean_line(item.findtext("{*}loc") or "")
        if place >= MAX_ENTRIES or not is_address(address):
            continue
        changed = clean_line(item.findtext("{*}lastmod") or "")
        news = item.find("{*}news")
        yield Entry(
            key=f"{address} {changed}".strip()[:2_000],
            address=address,
            title="" if news is None else clean_line(news.findtext("{*}title") or ""),
            published=None
            if news is None
            else stated_date(news.findtext("{*}publication_date") or ""),
        )


def _locations(root: Any, name: str) -> list[str]:
    return [clean_line(item.findtext("{*}loc") or "") for item in root.iterfind(f"{{*}}{name}")]


def _unzipped(body: bytes) -> bytes:
    try:
        plain = zlib.decompressobj(zlib.MAX_WBITS | 16).decompress(body, MAX_BYTES + 1)
    except zlib.error as error:
        raise AddressUnusable("The sitemap is damaged (gzip).", "Try again later.") from error
    if len(plain) > MAX_BYTES:
        raise AddressUnusable(f"It unpacks to more than {MAX_BYTES // 1_000_000} MB.", "")
    return plain
