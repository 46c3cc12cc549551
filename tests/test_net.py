"""Pages, feeds and sitemaps from servers on loopback: friendly, slow, hostile."""

from __future__ import annotations

import gzip
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from cli_runs import run
from library_kit import open_library

from index.errors import AddressUnusable
from index.library import Library
from index.net import fetching
from index.net.feeds import feed_entries, sitemap_entries
from index.net.fetching import Fetcher
from index.net.guard import GuardedBackend, checked_address
from index.net.online import add_feed, add_pages, add_sitemap

TEXT = (
    "The ferry Marisol caught fire on Tuesday evening with 212 people on board, and all of them "
    "were brought to land before midnight. Its captain, Elin Dahl, blamed the galley. She had "
    "ordered the ship to be stopped within four minutes of the first alarm. "
)


@dataclass
class Site:
    """What a server has at each path: a body, or a function that answers by itself."""

    pages: dict[str, Any] = field(default_factory=dict)
    kinds: dict[str, str] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    url: str = ""
    at_once: int = 0
    most_at_once: int = 0

    def at(self, path: str) -> str:
        """The address of a path."""
        return f"{self.url}{path}"


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def handle(self) -> None:
        try:
            super().handle()
        except ConnectionResetError:  # a client that leaves while another request is awaited
            self.close_connection = True

    def do_GET(self) -> None:
        site: Site = self.server.site  # type: ignore[attr-defined]
        site.asked.append(self.path)
        site.headers.append({name.lower(): value for name, value in self.headers.items()})
        site.at_once += 1
        site.most_at_once = max(site.most_at_once, site.at_once)
        try:
            page = site.pages.get(self.path)
            if callable(page):
                page(self)
            elif page is None:
                self.answer(404, b"none")
            else:
                body = page.encode() if isinstance(page, str) else page
                kind = site.kinds.get(self.path, "text/html; charset=utf-8")
                self.answer(200, body, **{"Content-Type": kind})
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True
        finally:
            site.at_once -= 1

    def answer(self, status: int, body: bytes = b"", **headers: str) -> None:
        self.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **headers}.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def site() -> Iterator[Site]:
    site = Site()
    with ThreadingHTTPServer(("127.0.0.1", 0), _Handler) as server:
        server.daemon_threads = True
        server.site = site  # type: ignore[attr-defined]
        site.url = f"http://127.0.0.1:{server.server_port}"
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        yield site
        server.shutdown()


@pytest.fixture
def library(tmp_path: Path) -> Library:
    return open_library(tmp_path / "library")


def page(number: int, *, head: str = "") -> str:
    return (
        f"<html lang='en'><head><title>Story {number}</title>{head}</head><body><article>"
        f"<h1>Story {number}</h1><p>Number {number}. {TEXT}</p><p>{TEXT}</p></article></body>"
    )


def add_one(library: Library, site: Site, path: str) -> Any:
    (verdict,) = add_pages(library, [site.at(path)], allow_private=True).verdicts
    return verdict


# --- pages


def test_a_page_is_added_with_what_it_says_of_itself(library: Library, site: Site) -> None:
    head = (
        '<meta property="article:published_time" content="2025-06-03T20:00:00Z">'
        '<meta property="og:site_name" content="The Harbour Post">'
        '<link rel="canonical" href="https://elsewhere.example/other">'
    )
    site.pages = {"/a": page(1, head=head), "/b": page(2)}
    report = add_pages(library, [site.at("/a#top"), site.at("/b")], allow_private=True)
    assert [(v.path, v.status) for v in report.verdicts] == [
        (site.at("/a#top"), "added"),
        (site.at("/b"), "added"),
    ]
    first = library.get(report.verdicts[0].article_id or "")
    assert (first.title, first.source) == ("Story 1", "The Harbour Post")
    assert first.published == date(2025, 6, 3)
    assert first.url == site.at("/a")  # the page's word for another site is not taken
    second = library.get(report.verdicts[1].article_id or "")
    assert (second.source, second.published) == ("127.0.0.1", None)
    assert site.asked == ["/robots.txt", "/a", "/b"]
    assert all(sent["user-agent"].startswith("article-assistant/") for sent in site.headers)


def test_charsets_and_compression(library: Library, site: Site) -> None:
    body = page(1).replace("galley", "Café £5").encode("cp1252")

    def packed(handler: _Handler) -> None:
        handler.answer(
            200,
            gzip.compress(body),
            Content_Encoding="gzip",
            Content_Type="text/html; charset=ISO-8859-1",
        )

    site.pages = {"/a": packed}
    verdict = add_one(library, site, "/a")
    assert "Café £5" in library.get(verdict.article_id or "").text


def test_what_a_site_does_not_allow_is_not_fetched(library: Library, site: Site) -> None:
    site.pages = {
        "/robots.txt": "User-agent: *\nDisallow: /private\nAllow: /private/but\n",
        "/private/a": page(1),
        "/private/but": page(2),
    }
    assert "robots.txt does not allow" in add_one(library, site, "/private/a").reason
    assert add_one(library, site, "/private/but").status == "added"
    assert "/private/a" not in site.asked
    site.pages["/robots.txt"] = lambda handler: handler.answer(503)
    assert "robots.txt does not allow" in add_one(library, site, "/private/but").reason


def test_a_pause_that_a_site_asks_for_is_kept(library: Library, site: Site) -> None:
    site.pages = {"/robots.txt": "User-agent: *\nCrawl-delay: 0.4\n", "/a": page(1), "/b": page(2)}
    began = time.monotonic()
    add_pages(library, [site.at("/a"), site.at("/b")], allow_private=True)
    assert time.monotonic() - began >= 0.4
    assert site.most_at_once == 1


def test_redirects_are_followed_five_times(library: Library, site: Site) -> None:
    for step in range(8):
        site.pages[f"/{step}"] = lambda handler, step=step: handler.answer(
            302, Location=f"/{step + 1}"
        )
    site.pages["/8"] = page(1)
    assert "redirects more than 5 times" in add_one(library, site, "/2").reason
    verdict = add_one(library, site, "/3")
    assert verdict.status == "added"
    assert library.get(verdict.article_id or "").url == site.at("/8")


@pytest.mark.parametrize(
    ("target", "reason"),
    [
        ("http://169.254.169.254/latest/meta-data", "not on the public net"),
        ("file:///etc/passwd", "neither http nor https"),
        ("http://user:word@example.org/", "name or password"),
    ],
)
def test_a_redirect_is_checked_like_any_address(
    library: Library, site: Site, monkeypatch: pytest.MonkeyPatch, target: str, reason: str
) -> None:
    site.pages = {"/a": lambda handler: handler.answer(302, Location=target)}
    only_here = GuardedBackend(allow_private=False)
    checked = only_here._addresses

    def here_or_checked(host: str, port: int) -> list[str]:
        return [host] if host == "127.0.0.1" else checked(host, port)

    monkeypatch.setattr(only_here, "_addresses", here_or_checked)
    monkeypatch.setattr(fetching, "GuardedBackend", lambda *, allow_private: only_here)
    assert reason in add_one(library, site, "/a").reason


@pytest.mark.parametrize(
    "address",
    [
        "http://127.0.0.1:1/",
        "http://2130706433/",
        "http://0x7f.1/",
        "http://[::1]/",
        "http://[::ffff:127.0.0.1]/",
        "http://[::ffff:a9fe:a9fe]/",
        "http://[64:ff9b::7f00:1]/",
        "http://[2002:7f00:1::]/",
        "http://10.1.2.3/",
        "http://169.254.169.254/",
        "http://0.0.0.0/",
        "http://[fd00::1]/",
        "http://localhost/",
    ],
)
def test_the_own_network_is_not_fetched(library: Library, address: str) -> None:
    (verdict,) = add_pages(library, [address]).verdicts
    assert verdict.status == "skipped"
    assert "not on the public net" in verdict.reason


@pytest.mark.parametrize(
    "address",
    ["http://user@host.example/", "ftp://host.example/", "file:///etc/passwd", "http:///path",
     "http://[::1", "http://host.example:99999/", "http://a b/", "http://x/\x00", "gopher:",
     "http://" + "x" * 3_000],
)  # fmt: skip
def test_addresses_that_are_none(library: Library, address: str) -> None:
    (verdict,) = add_pages(library, [address]).verdicts
    assert verdict.status == "skipped"
    assert verdict.reason
    assert len(verdict.reason) < 400


def test_the_checked_address_is_the_one_connected_to(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A name that resolves to a public address when it is checked and to a private one later."""
    import socket

    answers = iter(["93.184.216.34", "127.0.0.1", "127.0.0.1"])

    def rebinding(host: str, port: int, *_: object, **__: object) -> list[Any]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (next(answers), port))]

    connected: list[str] = []

    class Sockets:
        def connect_tcp(self, host: str, *_: object) -> object:
            connected.append(host)
            raise fetching.httpcore.ConnectError("no net here")

    backend = GuardedBackend(allow_private=False)
    monkeypatch.setattr(backend, "_sockets", Sockets())
    monkeypatch.setattr(socket, "getaddrinfo", rebinding)
    with pytest.raises(fetching.httpcore.ConnectError):
        backend.connect_tcp("rebind.example", 80)
    assert connected == ["93.184.216.34"]
    with pytest.raises(AddressUnusable, match="not on the public net"):
        backend.connect_tcp("rebind.example", 80)
    assert connected == ["93.184.216.34"]


def test_addresses_in_their_normal_form() -> None:
    assert checked_address(" HTTP://Example.ORG:80#top") == "http://example.org/"
    assert checked_address("https://münchen.example/ü?q=1") == (
        "https://xn--mnchen-3ya.example/ü?q=1".replace("ü?", "%C3%BC?")
    )
    assert checked_address("http://[2001:db8::1]:8080/a") == "http://[2001:db8::1]:8080/a"


# --- bounds


def test_a_server_that_drips_is_left(
    library: Library, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fetching, "MAX_SECONDS", 1.0)

    def drip(handler: _Handler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Type", "text/html")
        handler.end_headers()
        for _ in range(100):
            handler.wfile.write(b"x")
            handler.wfile.flush()
            time.sleep(0.1)

    site.pages = {"/a": drip, "/b": page(1)}
    began = time.monotonic()
    first, second = add_pages(library, [site.at("/a"), site.at("/b")], allow_private=True).verdicts
    assert "takes longer than" in first.reason
    assert second.status == "added"
    assert time.monotonic() - began < 8


def test_bombs_and_giants_are_cut_off(library: Library, site: Site) -> None:
    bomb = gzip.compress(bytes(400_000_000), 1)

    def endless(handler: _Handler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Type", "text/html")
        handler.end_headers()
        for _ in range(400):
            handler.wfile.write(bytes(100_000))

    site.pages = {
        "/bomb": lambda handler: handler.answer(
            200, bomb, Content_Encoding="gzip", Content_Type="text/html"
        ),
        "/endless": endless,
        "/cut": lambda handler: handler.answer(
            200, b"\x1f\x8bnothing", Content_Encoding="gzip", Content_Type="text/html"
        ),
        "/odd": lambda handler: handler.answer(200, b"x", Content_Encoding="br"),
        "/image": b"\x89PNG",
        "/empty": "",
        "/gone": lambda handler: handler.answer(410),
    }
    site.kinds = {"/image": "image/png"}
    said = {path: add_one(library, site, path).reason for path in site.pages}
    assert "larger than 20 MB" in said["/bomb"]
    assert "larger than 20 MB" in said["/endless"]
    assert "damaged" in said["/cut"]
    assert "not asked for" in said["/odd"]
    assert "'image/png', not a page" in said["/image"]
    assert "empty" in said["/empty"]
    assert "answers 410" in said["/gone"]
    assert len(library) == 0


# --- feeds

RSS = """<?xml version="1.0" encoding="UTF-8"?>
<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/"
 xmlns:dc="http://purl.org/dc/elements/1.1/"><channel><title>Harbour Wire</title>
<link>{url}/</link><description>News</description>
<item><title>Told in full</title><link>{url}/full</link><guid isPermaLink="false">1</guid>
<pubDate>Tue, 03 Jun 2025 20:00:00 +0000</pubDate><dc:creator>Ana Pol</dc:creator>
<description>A teaser.</description><content:encoded><![CDATA[{whole}]]></content:encoded></item>
<item><title>Only a teaser</title><link>{url}/teaser</link><guid isPermaLink="false">2</guid>
<pubDate>Wed, 04 Jun 2025 20:00:00 +0000</pubDate><description>A teaser.</description></item>
{more}</channel></rss>"""
WHOLE = f"<p>In full. {TEXT}</p><p>{TEXT}</p><p>{TEXT}</p><script>alert(1)</script>"


def feed(site: Site, more: str = "") -> str:
    return RSS.format(url=site.url, whole=WHOLE, more=more)


def test_a_feed_gives_only_what_is_new(library: Library, site: Site) -> None:
    site.kinds = {"/feed": "application/rss+xml"}
    site.pages = {"/feed": feed(site), "/teaser": page(2)}
    report = add_feed(library, site.at("/feed"), allow_private=True)
    assert [(v.path, v.status) for v in report.verdicts] == [
        (site.at("/full"), "added"),
        (site.at("/teaser"), "added"),
    ]
    full, teaser = (library.get(v.article_id or "") for v in report.verdicts)
    assert full.text.startswith("In full. The ferry Marisol")
    assert "alert" not in full.text
    assert (full.title, full.source, full.author) == ("Told in full", "Harbour Wire", "Ana Pol")
    assert full.published == date(2025, 6, 3)
    assert teaser.text.startswith("Number 2.")
    assert (teaser.source, teaser.published) == ("Harbour Wire", date(2025, 6, 4))
    assert "/full" not in site.asked

    site.asked.clear()
    assert add_feed(library, site.at("/feed"), allow_private=True).verdicts == ()
    assert "/teaser" not in site.asked
    site.pages["/new"] = page(3)
    item = f"<item><title>New</title><link>{site.at('/new')}</link></item>"
    site.pages["/feed"] = feed(site, more=item)
    (verdict,) = add_feed(library, site.at("/feed"), allow_private=True).verdicts
    assert (verdict.path, verdict.status) == (site.at("/new"), "added")


def test_an_unchanged_feed_is_not_sent_again(library: Library, site: Site) -> None:
    sent: list[int] = []

    def answers(handler: _Handler) -> None:
        fresh = (
            handler.headers["If-None-Match"] != '"v1"'
            or handler.headers["If-Modified-Since"] != "Tue, 03 Jun 2025 20:00:00 GMT"
        )
        sent.append(200 if fresh else 304)
        body = feed(site).encode() if fresh else b""
        handler.answer(
            sent[-1],
            body,
            ETag='"v1"',
            Last_Modified="Tue, 03 Jun 2025 20:00:00 GMT",
            Content_Type="application/rss+xml",
        )

    site.pages = {"/feed": answers}
    first = add_feed(library, site.at("/feed"), allow_private=True)
    assert [v.status for v in first.verdicts] == ["added", "skipped"]  # its page is not there
    site.pages["/teaser"] = page(2)
    # What failed is tried again, and only then is the feed's state remembered.
    (again,) = add_feed(library, site.at("/feed"), allow_private=True).verdicts
    assert again.status == "added"
    assert add_feed(library, site.at("/feed"), allow_private=True).verdicts == ()
    assert sent == [200, 200, 304]


def test_what_is_no_feed_is_refused(library: Library, site: Site) -> None:
    site.pages = {"/page": page(1)}
    with pytest.raises(AddressUnusable, match="no RSS or Atom feed"):
        add_feed(library, site.at("/page"), allow_private=True)
    with pytest.raises(AddressUnusable, match="answers 404"):
        add_feed(library, site.at("/none"), allow_private=True)
    with pytest.raises(AddressUnusable, match="not on the public net"):
        add_feed(library, site.at("/page"))


def test_atom_and_odd_feeds() -> None:
    atom = (
        b'<feed xmlns="http://www.w3.org/2005/Atom"><title>Wire</title><entry><id>urn:1</id>'
        b'<title type="html">A &lt;b&gt;bold&lt;/b&gt; one</title><link href="/a"/>'
        b"<published>2025-06-03T10:00:00+02:00</published><updated>2025-06-04</updated></entry>"
        b'<entry><id>urn:2</id><link href="javascript:alert(1)"/></entry></feed>'
    )
    (entry,) = feed_entries(atom, "https://wire.example/feed")
    assert (entry.address, entry.title) == ("https://wire.example/a", "A bold one")
    assert (entry.key, entry.published) == ("urn:1 2025-06-04", date(2025, 6, 3))
    with pytest.raises(AddressUnusable):
        feed_entries(b"/etc/passwd", "https://wire.example/feed")


# --- sitemaps


def test_a_sitemap_gives_new_and_changed_pages(library: Library, site: Site) -> None:
    def sitemap(changed: str) -> str:
        urls = "".join(
            f"<url><loc>{site.at(path)}</loc><lastmod>{when}</lastmod></url>"
            for path, when in (("/a", "2025-06-01"), ("/b", changed))
        )
        return f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{urls}</urlset>'

    index = (
        '<sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"><sitemap><loc>'
        f"{site.at('/news.xml.gz')}</loc></sitemap></sitemapindex>"
    )
    site.pages = {
        "/sitemap.xml": index,
        "/news.xml.gz": gzip.compress(sitemap("2025-06-01").encode()),
        "/a": page(1),
        "/b": page(2),
    }
    report = add_sitemap(library, site.at("/sitemap.xml"), allow_private=True)
    assert report.count("added") == 2
    site.pages["/news.xml.gz"] = sitemap("2025-06-02")
    (verdict,) = add_sitemap(library, site.at("/sitemap.xml"), allow_private=True).verdicts
    assert (verdict.path, verdict.status) == (site.at("/b"), "unchanged")
    with pytest.raises(AddressUnusable, match="no sitemap"):
        sitemap_entries(b"<html>")
    with pytest.raises(AddressUnusable, match="unpacks to more"):
        sitemap_entries(gzip.compress(bytes(30_000_000)))


# --- from a shell


def test_adding_from_a_shell(site: Site, tmp_path: Path) -> None:
    site.pages = {"/a": page(1), "/feed": feed(site), "/teaser": page(2)}
    where = ("--library", tmp_path / "library", "--allow-private")
    done = run("add", site.at("/a"), "--feed", site.at("/feed"), *where)
    assert (done.code, done.out.strip()) == (0, "3 added")
    again = run("add", "--feed", site.at("/feed"), *where)
    assert (again.code, again.out.strip()) == (0, "nothing to do")
    refused = run("add", site.at("/a"), "--library", tmp_path / "library")
    assert refused.code == 3
    assert "not on the public net" in refused.err
    nothing = run("add", *where)
    assert nothing.code == 2
    none = run("add", "--feed", site.at("/none"), *where)
    assert none.code == 1
    assert "answers 404" in none.err
    assert "Traceback" not in none.err


def test_a_fetcher_closes_what_it_opened(site: Site) -> None:
    site.pages = {"/a": page(1)}
    with Fetcher(allow_private=True) as fetcher:
        assert fetcher.get(site.at("/a")).kind == "text/html"


def test_a_library_of_the_first_version_takes_feeds(site: Site, tmp_path: Path) -> None:
    import sqlite3

    from index import schema

    folder = tmp_path / "old"
    folder.mkdir()
    connection = sqlite3.connect(folder / "library.sqlite")
    connection.executescript(f"{schema.MIGRATIONS[0]} PRAGMA user_version = 1;")
    connection.close()
    site.pages = {"/feed": feed(site), "/teaser": page(2)}
    with open_library(folder) as library:
        assert add_feed(library, site.at("/feed"), allow_private=True).count("added") == 2
        assert library.check() == ()
