"""Files of every kind that is read, made by the programs that people make them with."""

from __future__ import annotations

import gzip
import io
import json
import random
import tarfile
import zipfile
from collections.abc import Callable, Sequence
from datetime import date
from email.message import EmailMessage
from pathlib import Path

import pytest

from index.errors import InvalidOption, PathUnusable
from index.files import MAX_BYTES
from index.formats.exports import check_names
from index.formats.page import fragment_text
from index.reading import Reading, read_article, read_articles

TITLE = "Ferry burns off Ostrava Point"
PARAGRAPHS = (
    "The ferry Marisol caught fire on Tuesday evening with 212 people on board, and all of them "
    "were brought to land before midnight, the coastguard of the province said in a statement.",
    "Its captain, Elin Dahl, blamed the galley. She had ordered the ship to be stopped within "
    "four minutes of the first alarm, and the crew lowered the boats on the side away from the "
    "wind, as they had practised in March and once more in April.",
    "The owner, Lindqvist Line, expects the repairs to cost 3.4 million euros.",
)
BODY = "\n\n".join(PARAGRAPHS)


def words(text: str) -> str:
    return " ".join(text.split())


def readings(path: Path, names: dict[str, str] | None = None) -> list[Reading]:
    return list(read_articles(path, check_names(names or {})))


def taken(path: Path, names: dict[str, str] | None = None) -> list[tuple[str, str, str]]:
    """Part, title and text of what is read; every reading must have an article."""
    found = readings(path, names)
    assert not [reading.problem for reading in found if reading.problem]
    return [(r.part, r.article.title, r.article.text) for r in found if r.article]


def put(folder: Path, name: str, content: str | bytes) -> Path:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


# --- PDF


def by_reportlab(path: Path, paragraphs: Sequence[str], *, title: str = "") -> None:
    from reportlab.lib.pagesizes import A4
    from reportlab.lib.styles import getSampleStyleSheet
    from reportlab.platypus import Paragraph, SimpleDocTemplate, Spacer

    styles = getSampleStyleSheet()
    story = [Paragraph(title, styles["Title"])] if title else []
    for paragraph in paragraphs:
        story += [Paragraph(paragraph, styles["BodyText"]), Spacer(1, 12)]
    SimpleDocTemplate(str(path), pagesize=A4, title=title).build(story)


def by_fpdf(path: Path, paragraphs: Sequence[str], *, title: str = "") -> None:
    from fpdf import FPDF

    pdf = FPDF()
    pdf.add_page()
    pdf.set_font("Helvetica", size=20)
    pdf.multi_cell(0, 12, title)
    pdf.set_font("Helvetica", size=11)
    for paragraph in paragraphs:
        pdf.ln(4)
        pdf.multi_cell(0, 6, paragraph)
    pdf.output(str(path))


@pytest.mark.parametrize("writer", [by_reportlab, by_fpdf])
def test_a_pdf_has_its_headline_and_every_word(tmp_path: Path, writer: Callable[..., None]) -> None:
    path = tmp_path / "scan-0042.pdf"
    writer(path, PARAGRAPHS, title=TITLE)
    article = read_article(path)
    assert article.title == TITLE
    assert words(article.text) == words(BODY)
    assert article.published is None  # when the file was made is not when the article was
    assert article.text.count("\n\n") == 2


def test_headers_and_footers_of_a_pdf_are_left_out(tmp_path: Path) -> None:
    from fpdf import FPDF

    class Paper(FPDF):
        def header(self) -> None:
            self.set_font("Helvetica", size=9)
            self.cell(0, 10, "The Harbour Post", new_x="LMARGIN", new_y="NEXT")

        def footer(self) -> None:
            self.set_y(-15)
            self.cell(0, 10, f"Page {self.page_no()}")

    pdf = Paper()
    for number in range(4):
        pdf.add_page()
        pdf.set_font("Helvetica", size=11)
        pdf.multi_cell(0, 6, f"Part {number} of the report is told here. {PARAGRAPHS[number % 3]}")
    path = tmp_path / "report.pdf"
    pdf.output(str(path))
    article = read_article(path)
    assert "Harbour Post" not in article.text
    assert "Page" not in article.text
    assert all(f"Part {number} of the report" in article.text for number in range(4))


def test_pdfs_that_cannot_be_read(tmp_path: Path) -> None:
    from fpdf import FPDF
    from pypdf import PdfReader, PdfWriter

    whole = tmp_path / "whole.pdf"
    by_reportlab(whole, PARAGRAPHS, title=TITLE)
    locked = tmp_path / "locked.pdf"
    writer = PdfWriter(clone_from=PdfReader(whole))
    writer.encrypt("secret", algorithm="RC4-128")
    writer.write(locked)
    with pytest.raises(PathUnusable, match=r"protected by a password|encrypted"):
        read_article(locked)
    with pytest.raises(PathUnusable, match=r"damaged|no text layer"):
        read_article(put(tmp_path, "cut.pdf", whole.read_bytes()[:900]))
    with pytest.raises(PathUnusable, match="damaged"):
        read_article(put(tmp_path, "odd.pdf", b"%PDF-1.4\nnothing more"))
    blank = FPDF()
    blank.add_page()
    blank.rect(10, 10, 50, 50)
    blank.output(str(tmp_path / "scan.pdf"))
    with pytest.raises(PathUnusable, match="no text layer"):
        read_article(tmp_path / "scan.pdf")


# --- Word


def test_a_word_document(tmp_path: Path) -> None:
    import docx

    document = docx.Document()
    document.add_heading(TITLE, level=0)
    for paragraph in PARAGRAPHS[:2]:
        document.add_paragraph(paragraph)
    table = document.add_table(rows=1, cols=2)
    table.cell(0, 0).text, table.cell(0, 1).text = "Marisol", "212 people"
    document.add_paragraph(PARAGRAPHS[2])
    document.save(str(tmp_path / "draft 3 FINAL.docx"))
    article = read_article(tmp_path / "draft 3 FINAL.docx")
    assert article.title == TITLE
    assert words(article.text) == words(
        f"{PARAGRAPHS[0]} {PARAGRAPHS[1]} Marisol | 212 people {PARAGRAPHS[2]}"
    )


def test_header_lines_of_a_word_document(tmp_path: Path) -> None:
    import docx

    document = docx.Document()
    document.add_paragraph(TITLE)
    document.add_paragraph(BODY)
    document.save(str(tmp_path / "a.docx"))
    assert read_article(tmp_path / "a.docx").title == TITLE


def test_word_documents_that_cannot_be_read(tmp_path: Path) -> None:
    old = b"\xd0\xcf\x11\xe0" + bytes(600)
    with pytest.raises(PathUnusable, match="protected by a password, or of an old Word"):
        read_article(put(tmp_path, "old.docx", old))
    for name, data in (("none.docx", b"PK\x03\x04 cut"), ("text.docx", b"just words")):
        with pytest.raises(PathUnusable, match="damaged"):
            read_article(put(tmp_path, name, data))
    bomb = tmp_path / "bomb.docx"
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("word/document.xml", bytes(210_000_000))
    with pytest.raises(PathUnusable, match="more than 200 MB"):
        read_article(bomb)


# --- mail


def mail(*, plain: str = BODY, html: str = "") -> bytes:
    message = EmailMessage()
    message["From"] = "Ana Pol <desk@harbour-post.example>"
    message["Subject"] = TITLE
    message["Date"] = "Tue, 03 Jun 2025 22:15:00 +0200"
    message.set_content(plain)
    if html:
        message.add_alternative(html, subtype="html")
    message.add_attachment(b"\x89PNG", maintype="image", subtype="png", filename="ferry.png")
    return message.as_bytes()


def test_a_mail(tmp_path: Path) -> None:
    html = "".join(f"<p>{paragraph}</p>" for paragraph in PARAGRAPHS)
    article = read_article(put(tmp_path, "0001.eml", mail(html=f"<html><body>{html}</body>")))
    assert (article.title, article.published) == (TITLE, date(2025, 6, 3))
    assert (article.author, article.source) == ("Ana Pol", "harbour-post.example")
    assert words(article.text) == words(BODY)
    bare = mail(plain="Open this in a browser.", html=f"<style>p{{}}</style>{html}")
    assert read_article(put(tmp_path, "0002.eml", bare)).text == BODY
    with pytest.raises(PathUnusable, match="no mail"):
        read_article(put(tmp_path, "0003.eml", b"just words\n\nand more"))


def test_a_mail_in_a_charset_that_is_none(tmp_path: Path) -> None:
    raw = b"From: a@b.example\nSubject: Talks\nContent-Type: text/plain; charset=nonsense\n\nHello."
    assert read_article(put(tmp_path, "a.eml", raw)).text == "Hello."


# --- EPUB


def book(path: Path, *, cover: bool = True) -> None:
    """A book as the EPUB 3 standard lays it out."""
    pages = [
        (f"c{n}.xhtml", f"<h1>Story {n}</h1><p>{PARAGRAPHS[1]}</p><p>{n}.</p>") for n in (1, 2)
    ]
    if cover:
        pages.insert(0, ("cover.xhtml", "<h1>The Harbour Post</h1>"))
    items = "".join(f'<item id="{n}" href="{n}" media-type="x"/>' for n, _ in pages)
    spine = "".join(f'<itemref idref="{name}"/>' for name, _ in pages)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("mimetype", "application/epub+zip")
        archive.writestr(
            "META-INF/container.xml",
            '<container xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles>'
            '<rootfile full-path="OEBPS/book.opf"/></rootfiles></container>',
        )
        archive.writestr(
            "OEBPS/book.opf",
            '<package xmlns="http://www.idpf.org/2007/opf"><metadata '
            'xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title>The Harbour Post</dc:title>'
            "<dc:date>2025-06-03</dc:date><dc:language>en-GB</dc:language></metadata>"
            f"<manifest>{items}</manifest><spine>{spine}</spine></package>",
        )
        for name, body in pages:
            archive.writestr(f"OEBPS/{name}", f"<html><body>{body}</body></html>")


def test_an_epub_is_an_article_for_each_of_its_documents(tmp_path: Path) -> None:
    book(tmp_path / "june.epub")
    found = readings(tmp_path / "june.epub")
    assert [reading.part for reading in found] == ["OEBPS/c1.xhtml", "OEBPS/c2.xhtml"]
    first = found[0].article
    assert first is not None
    assert (first.title, first.source) == ("Story 1", "The Harbour Post")
    assert (first.published, first.language) == (date(2025, 6, 3), "en")
    assert first.text == f"{PARAGRAPHS[1]}\n\n1."
    with pytest.raises(PathUnusable, match="damaged"):
        readings(put(tmp_path, "cut.epub", (tmp_path / "june.epub").read_bytes()[:200]))


# --- exports

RECORD = {"title": TITLE, "body": BODY, "publishedAt": "2025-06-03T20:00:00Z"}


def test_json_of_one_article_and_of_many(tmp_path: Path) -> None:
    one = read_articles(put(tmp_path, "one.json", json.dumps(RECORD)))
    (reading,) = one
    assert reading.part == ""
    assert reading.article is not None
    assert (reading.article.title, reading.article.published) == (TITLE, date(2025, 6, 3))
    service = {
        "status": "ok",
        "articles": [
            {
                "source": {"id": None, "name": "Harbour Post"},
                "author": ["Ana Pol", "Ben Ito"],
                "headline": TITLE,
                "content": f"<p>{PARAGRAPHS[0]}</p><p>{PARAGRAPHS[1]}</p>",
                "description": "A teaser.",
                "url": "https://harbour-post.example/ferry",
            },
            {"headline": "Nothing but a headline"},
        ],
    }
    first, second = readings(put(tmp_path, "many.json", json.dumps(service)))
    assert first.article is not None
    assert first.article.text == "\n\n".join(PARAGRAPHS[:2])
    assert (first.article.source, first.article.author) == ("Harbour Post", "Ana Pol, Ben Ito")
    assert first.article.url == "https://harbour-post.example/ferry"
    assert (second.part, second.article) == ("article 2", None)
    assert "no text" in second.problem


@pytest.mark.parametrize("content", ['{"name": "package"}', "[]x", "[" * 100_000, "3"])
def test_json_that_holds_no_article(tmp_path: Path, content: str) -> None:
    with pytest.raises(PathUnusable, match=r"no article|not valid JSON"):
        readings(put(tmp_path, "a.json", content))


def test_a_bad_line_of_json_lines_harms_no_other(tmp_path: Path) -> None:
    lines = [json.dumps({"text": f"{n}. {BODY}", "title": f"Story {n}"}) for n in range(4)]
    lines[1] = lines[1][:-9]
    lines[2] = '["a list"]'
    path = put(tmp_path, "wire.jsonl", "\n".join(["", *lines]))
    found = readings(path)
    assert [r.part for r in found] == ["line 2", "line 3", "line 4", "line 5"]
    assert [bool(r.article) for r in found] == [True, False, False, True]
    assert "not valid JSON" in found[1].problem
    assert "no object" in found[2].problem


def test_a_line_without_an_end_is_passed_over(tmp_path: Path) -> None:
    good = json.dumps({"text": BODY})
    path = tmp_path / "long.jsonl"
    with path.open("w") as file:
        file.write(good + "\n")
        file.write("x" * (2 * MAX_BYTES + 7) + "\n")
        file.write(good.replace("Marisol", "Aurora") + "\n")
    first, long, last = readings(path)
    assert first.article is not None
    assert (long.part, "longer than 20 MB" in long.problem) == ("line 2", True)
    assert (last.part, bool(last.article)) == ("line 3", True)


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("codec", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_csv_in_its_dialects(tmp_path: Path, delimiter: str, codec: str) -> None:
    import csv

    sheet = io.StringIO()
    writer = csv.writer(sheet, delimiter=delimiter)
    writer.writerow(["Headline", "Date", "Outlet", "Body"])
    writer.writerow([TITLE, "3 June 2025", "Café Post", f'"Fire"\n\n{BODY}'])
    writer.writerow([])
    writer.writerow(["Only", "three", "fields"])
    writer.writerow(["Second", "", "", "It goes on, here; there | and so on."])
    found = readings(put(tmp_path, "a.csv", sheet.getvalue().encode(codec)))
    first = found[0].article
    assert first is not None
    assert (first.title, first.published) == (TITLE, date(2025, 6, 3))
    assert (first.source, first.text) == ("Café Post", f'"Fire"\n\n{BODY}')
    assert "3 fields, the header 4" in found[1].problem
    assert found[2].article is not None
    assert found[2].article.published is None


def test_a_callers_own_names_of_columns(tmp_path: Path) -> None:
    path = put(tmp_path, "a.csv", "Titel,Artikel,body\nFähre,Sie brennt.,ignored\n")
    assert taken(path, {"title": "Titel", "text": "Artikel"}) == [
        ("line 2", "Fähre", "Sie brennt.")
    ]
    with pytest.raises(InvalidOption, match="no field 'titel'"):
        check_names({"titel": "Titel"})
    with pytest.raises(PathUnusable, match="None of its columns"):
        readings(put(tmp_path, "b.csv", "one,two\n1,2\n"))


# --- agencies


def test_sgml_of_an_agency(tmp_path: Path) -> None:
    stories = "".join(
        f'<REUTERS NEWID="{n}">\n<DATE>26-FEB-1987 15:01:01.79</DATE>\n<TEXT>&#2;\n'
        f"<TITLE>STORY {n} &lt;ABC></TITLE>\n<DATELINE> ROME, Feb 26 - </DATELINE><BODY>It was "
        f"said\nhere &amp; there.\n    A second paragraph {n}.\n Reuter\n&#3;</BODY></TEXT>\n"
        "</REUTERS>\n"
        for n in (1, 2)
    )
    path = put(tmp_path, "reut2-000.sgm", f"<!DOCTYPE lewis>\n{stories}<REUTERS></REUTERS>")
    first, second, empty = readings(path)
    assert first.article is not None
    assert (first.article.title, first.article.published) == ("STORY 1 <ABC>", date(1987, 2, 26))
    assert first.article.text == "It was said here & there.\n\nA second paragraph 1. Reuter"
    assert second.part == "story 2"
    assert empty.problem == "The story has no body."
    with pytest.raises(PathUnusable, match="no <REUTERS>"):
        readings(put(tmp_path, "b.sgm", "<p>words"))


def test_nitf(tmp_path: Path) -> None:
    page = (
        '<?xml version="1.0"?><nitf><head><title>t</title><docdata><date.issue '
        'norm="20250603T201500Z"/></docdata></head><body><body.head><hedline><hl1>'
        f"{TITLE}</hl1></hedline><byline>By <person>Ana Pol</person></byline><distributor>"
        "Harbour Wire</distributor></body.head><body.content>"
        + "".join(f"<p>{paragraph}</p>" for paragraph in PARAGRAPHS)
        + "</body.content></body></nitf>"
    )
    article = read_article(put(tmp_path, "a.xml", page))
    assert (article.title, article.text, article.source) == (TITLE, BODY, "Harbour Wire")
    assert (article.published, article.author) == (date(2025, 6, 3), "By Ana Pol")
    bomb = (
        '<!DOCTYPE nitf [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY f '
        'SYSTEM "file:///etc/passwd">]><nitf><body><body.content><p>Words &b;&f;.</p>'
        "</body.content></body></nitf>"
    )
    assert read_article(put(tmp_path, "b.xml", bomb)).text == "Words ."
    with pytest.raises(PathUnusable, match=r"another kind \(<html>\)"):
        read_article(put(tmp_path, "c.xml", "<html/>"))
    with pytest.raises(PathUnusable, match="not valid XML"):
        read_article(put(tmp_path, "d.xml", "<nitf><p>"))


# --- archives


def zipped(path: Path, files: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return path


def test_archives_hold_files_of_every_kind(tmp_path: Path) -> None:
    files = {
        "news/a.txt": f"{TITLE}\n\n{BODY}".encode(),
        "news/wire.jsonl": json.dumps({"title": "In Lines", "text": BODY + " More."}).encode(),
        "news/.hidden.txt": b"hidden",
        "news/photo.jpg": b"\xff\xd8\xff",
        "../../etc/evil.txt": b"slip",
        "inner.zip": b"PK",
        "empty.txt": b"",
    }
    path = zipped(tmp_path / "june.zip", files)
    packed = tmp_path / "june.tar.gz"
    with tarfile.open(packed, "w:gz") as archive:
        for name, data in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(data)
            archive.addfile(entry, io.BytesIO(data))
        link = tarfile.TarInfo("link.txt")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        archive.addfile(link)
    for file in (path, packed):
        found = {reading.part: reading for reading in readings(file)}
        assert found["news/a.txt"].article is not None
        assert found["news/a.txt"].article.title == TITLE
        assert found["news/wire.jsonl, line 1"].article is not None
        assert "leads out of the archive" in found["../../etc/evil.txt"].problem
        assert "archive within an archive" in found["inner.zip"].problem
        assert "empty" in found["empty.txt"].problem
        assert not [part for part in found if "hidden" in part or "photo" in part]
    assert "link or a device" in found["link.txt"].problem


def test_a_single_file_in_gzip(tmp_path: Path) -> None:
    path = put(tmp_path, "wire.jsonl.gz", gzip.compress(json.dumps(RECORD).encode()))
    assert taken(path) == [("wire.jsonl, line 1", TITLE, BODY)]
    assert taken(put(tmp_path, "a.txt.gz", gzip.compress(f"{TITLE}\n\n{BODY}".encode()))) == [
        ("a.txt", TITLE, BODY)
    ]


def test_bombs_and_broken_archives(tmp_path: Path) -> None:
    bomb = zipped(tmp_path / "bomb.zip", {"a.txt": bytes(MAX_BYTES + 9), "b.txt": BODY.encode()})
    first, second = readings(bomb)
    assert "larger than 20 MB" in first.problem
    assert second.article is not None
    flat = put(tmp_path, "flat.txt.gz", gzip.compress(bytes(300_000_000), 1))
    assert "larger than 20 MB" in readings(flat)[0].problem
    whole = bomb.read_bytes()
    for name in ("cut.zip", "cut.tar.gz", "cut.tar", "cut.txt.gz"):
        with pytest.raises(PathUnusable, match="damaged"):
            readings(put(tmp_path, name, whole[: len(whole) // 2]))
    locked = bytearray(zipped(tmp_path / "l.zip", {"a.txt": BODY.encode()}).read_bytes())
    for mark, place in ((b"PK\x01\x02", 8), (b"PK\x03\x04", 6)):
        locked[locked.index(mark) + place] |= 1
    (reading,) = readings(put(tmp_path, "locked.zip", bytes(locked)))
    assert "password" in reading.problem


def test_a_tar_that_would_never_end(tmp_path: Path) -> None:
    head = tarfile.TarInfo("film.bin")
    head.size = 3_000_000_000
    path = put(tmp_path, "big.tar.gz", gzip.compress(head.tobuf() + bytes(100_000)))
    with pytest.raises(PathUnusable, match="unpacks to more than"):
        readings(path)


# --- HTML in fields


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<p>One</p><p>two <b>three</b>\n four</p>", "One\n\ntwo three four"),
        ("One<br>two<script>x</script><!-- c -->", "One\ntwo"),
        ("a &amp; b &lt;c>", "a & b <c>"),
        ("<ul><li>a</li><li>b</li></ul>", "a\n\nb"),
        ("<!-- only -->", ""),
        ("", ""),
        ("plain", "plain"),
    ],
)
def test_fragments_of_html(html: str, text: str) -> None:
    assert fragment_text(html) == text


# --- every kind, damaged


def samples(folder: Path) -> list[Path]:
    """A file of every kind that is not plain text."""
    import docx

    by_reportlab(folder / "a.pdf", PARAGRAPHS, title=TITLE)
    by_fpdf(folder / "b.pdf", PARAGRAPHS, title=TITLE)
    document = docx.Document()
    document.add_heading(TITLE, level=0)
    document.add_paragraph(BODY)
    document.save(str(folder / "c.docx"))
    put(folder, "d.eml", mail(html=f"<p>{BODY}</p>"))
    book(folder / "e.epub")
    put(folder, "f.json", json.dumps({"articles": [RECORD, RECORD]}))
    put(folder, "g.jsonl", "\n".join([json.dumps(RECORD)] * 3))
    put(folder, "h.csv", f"title,body\n{TITLE},{PARAGRAPHS[2]}\n" * 2)
    put(folder, "i.sgm", f"<REUTERS><TITLE>{TITLE}</TITLE><BODY>{BODY}</BODY></REUTERS>")
    put(folder, "j.xml", f"<nitf><body><body.content><p>{BODY}</p></body.content></body></nitf>")
    zipped(folder / "k.zip", {"a.txt": BODY.encode(), "b.jsonl": json.dumps(RECORD).encode()})
    with tarfile.open(folder / "l.tar.gz", "w:gz") as archive:
        archive.add(folder / "g.jsonl", "g.jsonl")
    put(folder, "m.txt.gz", gzip.compress(BODY.encode()))
    return sorted(folder.iterdir())


def test_a_damaged_file_of_any_kind_is_a_verdict(tmp_path: Path) -> None:
    """Cut, with bytes changed, doubled or left out: read, or refused in one line, and no more."""
    draw = random.Random(5)
    (tmp_path / "whole").mkdir()
    refused: list[str] = []
    for path in samples(tmp_path / "whole"):
        whole = path.read_bytes()
        for _ in range(40):
            data = bytearray(whole)
            for _ in range(draw.choice((1, 1, 3, 30))):
                at = draw.randrange(len(data))
                match draw.randrange(4):
                    case 0:
                        data[at] = draw.randrange(256)
                    case 1:
                        del data[at : at + draw.randrange(1, 50)]
                    case 2:
                        data[at:at] = data[at : at + draw.randrange(1, 200)]
                    case _:
                        del data[max(1, at) :]
                if not data:
                    data = bytearray(b"x")
            odd = put(tmp_path, path.name, bytes(data))
            try:
                found = readings(odd)
            except PathUnusable as error:
                refused.append(str(error))
                continue
            assert all(bool(reading.article) != bool(reading.problem) for reading in found)
    assert len(refused) > 50
    assert not [line for line in refused if "\n" in line]
