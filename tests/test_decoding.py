"""From bytes to text: encodings, and the normal form of text."""

from __future__ import annotations

import time
import unicodedata
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from index.decoding import clean_line, clean_text, decode
from index.reading import read_article

BODY = "The two sides met in Rome on Monday. Nothing was agreed."


def write(folder: Path, name: str, content: str | bytes) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


# --- encodings


@pytest.mark.parametrize(
    "codec", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252"]
)
def test_encodings(tmp_path: Path, codec: str) -> None:
    text = "“Ça coûte £5,” said Zoë – at 9 o’clock in the café.\nNo more was said about it."
    assert read_article(write(tmp_path, "a.txt", text.encode(codec))).text == text


def test_utf_16_be_with_a_mark() -> None:
    assert decode(b"\xfe\xff" + "Zoë".encode("utf-16-be")) == "Zoë"


def test_bytes_that_windows_1252_leaves_undefined(tmp_path: Path) -> None:
    data = b"It cost \xa35 \x81\x8d\x8f\x90\x9d and no more than that."
    assert "It cost £5" in read_article(write(tmp_path, "a.txt", data)).text


def test_utf_8_with_a_bad_byte_stays_utf_8() -> None:
    assert decode("Erdoğan and Zelenskyy’s café \n".encode() + b"cut\xe2\x80").startswith("Erdoğan")


def test_the_one_real_file_that_is_not_utf_8(shared_data: Path) -> None:
    paths = sorted((shared_data / "bbc").rglob("*.txt"))
    broken = []
    for path in paths:
        try:
            path.read_bytes().decode()
        except UnicodeDecodeError:
            broken.append(path)
    assert [path.relative_to(shared_data).as_posix() for path in broken] == ["bbc/sport/199.txt"]
    article = read_article(broken[0])
    assert "£15.8m" in article.text
    assert {character for character in article.text if ord(character) > 127} == {"£"}


# --- the normal form of text


@pytest.mark.parametrize(
    ("raw", "clean"),
    [
        ("a\r\nb\rc\u2028d\x85e", "a\nb\nc\nd\ne"),
        ("a\x00b\x07c\x1bd\x7fe\x9ff", "abcdef"),
        ("a\tb", "a\tb"),
        ("a\ud800b\udfffc", "abc"),
        ("a\ufffeb\uffffc\ufdd0d", "abcd"),
        ("\ufeffa\u200bb\u00adc", "abc"),
        ("\u202eevil\u202c", "evil"),
        ("a\u00a0b\u202fc", "a b c"),
        ("e\u0301", "é"),
        ("e\u200b\u0301", "é"),
        ("  a  \n b \t\n\n\n\n\nc \n", "a\n b\n\nc"),
        ("a\n \n\t\n \nb", "a\n\nb"),
        ("\n \x00", ""),
        ("👩\u200d🚀", "👩\u200d🚀"),
    ],
)
def test_clean_text(raw: str, clean: str) -> None:
    assert clean_text(raw) == clean


RAW_TEXT = st.text(
    st.one_of(
        st.characters(codec=None),
        st.sampled_from("a e\n\r\t\x00\x85\u00a0\u0301\u0323\u0345\u200b\u0958\uac00\u11a8\ud800"),
    ),
    max_size=120,
)


@given(RAW_TEXT)
@example("\u0958" + "\u0301" * 40)
@example("a" + "\u0301\u0323" * 40 + "b")
@example("—" * 40 + "\u0301")
def test_cleaning_twice_changes_nothing(text: str) -> None:
    clean = clean_text(text)
    assert clean_text(clean) == clean
    assert unicodedata.is_normalized("NFC", clean)
    assert clean == clean.strip()
    assert "\n\n\n" not in clean
    clean.encode("utf-8")
    assert all(character in "\n\t" or character >= " " for character in clean)
    assert clean_text(clean_line(text)) == clean_line(clean) == clean_line(text)


@pytest.mark.parametrize("piece", ["\u0301\u0323", " ", "\n", " \n", "\x00", "a\u0301"])
def test_cleaning_is_linear(piece: str) -> None:
    started = time.process_time()
    clean_text("a" + piece * 500_000 + "b")
    assert time.process_time() - started < 10
