"""From the bytes of a file to text in its normal form."""

from __future__ import annotations

import codecs
import re
import unicodedata

from index.errors import PathUnusable

# What a file is whose first bytes are these, whatever its name says.
MAGIC: tuple[tuple[bytes, str], ...] = (
    (b"%PDF-", "a PDF document"),
    (b"\x89PNG", "a PNG image"),
    (b"\xff\xd8\xff", "a JPEG image"),
    (b"GIF8", "a GIF image"),
    (b"PK\x03\x04", "a ZIP archive"),
    (b"PK\x05\x06", "a ZIP archive"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"BZh", "a bzip2 archive"),
    (b"\xfd7zXZ", "an XZ archive"),
    (b"7z\xbc\xaf", "a 7-Zip archive"),
    (b"\xd0\xcf\x11\xe0", "an old Office document"),
    (b"{\\rtf", "an RTF document"),
    (b"SQLite format 3\x00", "an SQLite database"),
    (b"\x7fELF", "a program"),
    (b"ID3", "an MP3 recording"),
    (b"RIFF", "a sound, image or film"),
)
ZIP_CONTENTS = (
    (b"word/", "a Word document (.docx)"),
    (b"xl/", "an Excel workbook (.xlsx)"),
    (b"ppt/", "a PowerPoint file (.pptx)"),
    (b"mimetypeapplication/epub", "an EPUB book"),
    (b"mimetypeapplication/vnd.oasis", "an OpenDocument file"),
)
CONTROLS = bytes(set(range(32)) - set(b"\t\n\v\f\r\x1a\x1b")) + b"\x7f"
# Prose has none, random bytes have 11 in 100; a few strays are dropped rather than refused.
MAX_CONTROLS = 4
MAX_CONTROL_SHARE = 0.05
UTF16_SAMPLE = 4_096  # bytes
UTF16_NUL_SHARE = 0.4  # of the high bytes; in English text they are all NUL

BEGINNING = 4_096  # characters of a page in which its charset must be declared
# Python decodes these as well, but no page is written in them, and some take quadratic time.
NO_CHARSETS = ("punycode", "idna", "unicode-escape", "raw-unicode-escape", "utf-7", "undefined")
_META_CHARSET = re.compile(
    rb"""<meta[^>]{0,200}?charset\s*=\s*["']?\s*([\w.:-]{1,40})"""
    rb"""|<\?xml[^>]{0,100}?encoding\s*=\s*["']([\w.:-]{1,40})""",
    re.IGNORECASE,
)


def decode(data: bytes) -> str:
    """The text of `data`: UTF-8 or UTF-16 with or without a byte order mark, else Windows-1252.

    Raises PathUnusable when the bytes are no text.
    """
    marked = _decode_marked(data)
    if marked is not None:
        return marked
    _refuse_binary(data)
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return _decode_broken(data)


def decode_page(data: bytes, charset: str = "") -> str:
    """The text of an HTML page, in the charset that it declares, else as `decode` finds it.

    What its server said, `charset`, comes before what the page itself declares.
    """
    marked = _decode_marked(data)
    if marked is not None:
        return marked
    _refuse_binary(data)
    declared = _META_CHARSET.search(data, 0, BEGINNING)
    label = charset or ((declared[1] or declared[2]).decode("ascii", "replace") if declared else "")
    if label:
        # Browsers read these names as Windows-1252, and so do authors write them. A page in which
        # the declaration could be read at all is not in UTF-16.
        label = label.lower()
        if label in ("iso-8859-1", "latin1", "us-ascii", "ascii"):
            label = "cp1252"
        try:
            codec = codecs.lookup("utf-8" if label.startswith("utf-16") else label)
            if codec.name not in NO_CHARSETS:
                return str(data, codec.name)
        except (LookupError, UnicodeError):
            pass  # the page is not what it says
    return decode(data)


def _decode_marked(data: bytes) -> str | None:
    """`data` by its byte order mark or, in UTF-16 without one, by where its NUL bytes stand."""
    if data.startswith(codecs.BOM_UTF8):
        return data[3:].decode("utf-8", "replace")
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return data.decode("utf-16", "replace")
    sample = data[:UTF16_SAMPLE]
    pairs = len(sample) // 2
    if pairs < 2:
        return None
    even, odd = sample[0::2].count(0) / pairs, sample[1::2].count(0) / pairs
    if odd >= UTF16_NUL_SHARE and even < UTF16_NUL_SHARE / 8:
        return data.decode("utf-16-le", "replace")
    if even >= UTF16_NUL_SHARE and odd < UTF16_NUL_SHARE / 8:
        return data.decode("utf-16-be", "replace")
    return None


def _refuse_binary(data: bytes) -> None:
    kind = next((name for magic, name in MAGIC if data.startswith(magic)), None)
    if kind == "a ZIP archive":
        # The names of the files inside stand between their contents, uncompressed.
        kind = next((name for mark, name in ZIP_CONTENTS if mark in data[:BEGINNING]), kind)
    if kind is None:
        controls = len(data) - len(data.translate(None, CONTROLS))
        if controls <= max(MAX_CONTROLS, len(data) * MAX_CONTROL_SHARE):
            return
        kind = "binary data"
    raise PathUnusable(f"It holds {kind}, not text.", "Save the article as plain text or HTML.")


def _decode_broken(data: bytes) -> str:
    """Text that is not valid UTF-8: UTF-8 with a few bad bytes, else Windows-1252."""
    patched = data.decode("utf-8", "replace")
    bad = patched.count("\ufffd")
    multibyte = sum(len(run) for run in re.findall(r"[^\x00-\x7f\ufffd]+", patched))
    return patched if multibyte > bad else data.decode("cp1252", "replace")


def encoding_note(data: bytes) -> str:
    """What to tell of bytes that are text in no Unicode encoding; empty for those that are."""
    if _decode_marked(data) is not None:
        return ""
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        mended = "\ufffd" in _decode_broken(data)
        return "not valid UTF-8: " + ("some bytes are lost" if mended else "read as Windows-1252")
    return ""


_LINE_ENDS = re.compile(r"\r\n?|[\v\f\x85\u2028\u2029]")
_SPACES = re.compile(r"[\u00a0\u2007\u202f]")
# Nothing of these is seen by a reader; they only keep equal words from being equal, or, as the
# marks of writing direction, make text look other than it is. ZWJ and ZWNJ stay: scripts and
# emoji need them.
_UNSEEN = re.compile(
    r"[\x00-\x08\x0e-\x1f\x7f-\x9f\u00ad\u200b\u2060\ufeff\u202a-\u202e\u2066-\u2069"
    r"\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]"
)
# Composing is quadratic in a run of combining marks (80,000 took 5 s); no script stacks 30.
MAX_MARKS = 30
_LONG_MARKS = re.compile(rf"[^\w\s\x00-\x7f]{{{MAX_MARKS + 1},}}")
_BLANK_LINES = re.compile(r"\n{3,}")


def clean_text(text: str) -> str:
    r"""`text` in the form in which articles are kept; cleaning it again changes nothing.

    NFC, lines ended by `\n`, at most one blank line in a row, no white space at the edges or at
    the ends of lines, no control characters but `\n` and `\t`, no surrogates, no invisible marks.
    """
    text = _UNSEEN.sub("", _SPACES.sub(" ", _LINE_ENDS.sub("\n", text)))
    text = unicodedata.normalize("NFC", _LONG_MARKS.sub(_fewer_marks, text))
    text = "\n".join(line.rstrip() for line in _LONG_MARKS.sub(_fewer_marks, text).split("\n"))
    return _BLANK_LINES.sub("\n\n", text).strip()


def clean_line(text: str) -> str:
    """`text` cleaned and put on one line, with single spaces."""
    return " ".join(clean_text(text).split())


def _fewer_marks(run: re.Match[str]) -> str:
    return "".join(
        mark
        for place, mark in enumerate(run.group())
        if place < MAX_MARKS or not unicodedata.combining(mark)
    )
