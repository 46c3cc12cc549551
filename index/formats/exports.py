"""What exports of a database or a clipping service hold: JSON, JSON Lines and CSV, an article each.

Fields are found by their usual names, or by those that the caller gives.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import IO

from index.decoding import decode
from index.errors import InvalidOption, PathUnusable
from index.files import MAX_BYTES, MAX_EXPORT, read_limited
from index.formats.content import FIELD_OF, FIELDS, Content, Part, field_name
from index.formats.page import fragment_text

# Names of the field with the body, the fullest first: a teaser counts only where there is no more.
TEXTS = (
    "text",
    "body",
    "articlebody",
    "fulltext",
    "maintext",
    "contenttext",
    "contenthtml",
    "bodytext",
    "content",
    "contentencoded",
    "story",
    "articletext",
    "description",
    "summary",
)
_NAMED = ("name", "title", "value", "rendered", "text", "#text")  # the word in a nested object
_HTML = re.compile(r"</?(p|br|div|span|a|li|em|strong)\b[^>]{0,500}>", re.IGNORECASE)
_SAMPLE = 65_536  # bytes that tell encoding and delimiter


def check_names(names: Mapping[str, str]) -> dict[str, str]:
    """The caller's names of fields, `{"text": "Artikel"}`; raises InvalidOption on a wrong key."""
    known = ("text", *FIELDS)
    for key in names:
        if key not in known:
            raise InvalidOption(f"There is no field {key!r}.", f"Fields: {', '.join(known)}.")
    return {key: field_name(name) for key, name in names.items()}


def json_parts(file: IO[bytes], names: Mapping[str, str]) -> Iterator[Part]:
    """The articles of a JSON file: one object, a list, or a list within an object.

    A part is "article 3", the only one "". Raises PathUnusable when it holds none.
    """
    text = decode(read_limited(file, MAX_EXPORT))
    try:
        data = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise PathUnusable(f"It is not valid JSON: {_why(error)}.", "Check the file.") from error
    records = _records(data, names)
    if records is None:
        raise PathUnusable("It holds no article.", _need(names))
    for number, record in enumerate(records, 1):
        yield _part(f"article {number}" if len(records) > 1 else "", record, names)


def _records(data: object, names: Mapping[str, str]) -> Sequence[object] | None:
    if isinstance(data, list):
        return data
    if isinstance(data, Mapping):
        if _text_field(data, names):
            return [data]
        lists = [value for value in data.values() if isinstance(value, list) and value]
        return next((found for found in lists if isinstance(found[0], Mapping)), None)
    return None


def jsonl_parts(file: IO[bytes], names: Mapping[str, str]) -> Iterator[Part]:
    """The articles of a JSON Lines file; a part is "line 3", a bad line harms no other."""
    for number, line in _lines(file):
        name = f"line {number}"
        if line is None:
            yield Part(name=name, problem=_TOO_LONG)
        elif line.strip():
            try:
                record = json.loads(line)
            except (ValueError, RecursionError) as error:
                yield Part(name=name, problem=f"The line is not valid JSON: {_why(error)}.")
            else:
                yield _part(name, record, names)


def csv_parts(file: IO[bytes], names: Mapping[str, str]) -> Iterator[Part]:
    """The articles of a CSV file with a header row; a part is "line 3", where its row begins.

    Delimiters are told apart: comma, semicolon, tab and bar. Raises PathUnusable when no column
    has an article's text.
    """
    csv.field_size_limit(MAX_BYTES)  # the module's own limit is shorter than a long feature
    long: list[int] = []  # lines too long to be read
    rows = csv.reader(_short_lines(file, long), delimiter=_delimiter(file))
    begins, header = 1, next(rows, [])
    if not any(field_name(name) in TEXTS for name in header) and "text" not in names:
        raise PathUnusable("None of its columns holds an article's text.", _need(names))
    while True:
        begins = rows.line_num + 1
        try:
            row = next(rows)
        except StopIteration:
            break
        except csv.Error as error:
            yield Part(name=f"line {begins}", problem=f"The row cannot be read: {error}.")
            continue
        yield from (Part(name=f"line {number}", problem=_TOO_LONG) for number in long)
        long.clear()
        if not any(cell.strip() for cell in row):
            continue
        if len(row) != len(header):
            problem = f"The row has {len(row)} fields, the header {len(header)}."
            yield Part(name=f"line {begins}", problem=problem)
        else:
            record = dict(zip(header, row, strict=True))
            yield _part(f"line {begins}", record, names)
    yield from (Part(name=f"line {number}", problem=_TOO_LONG) for number in long)


_PIECE = 1 << 20  # characters
_TOO_LONG = f"The line is longer than {MAX_BYTES // 1_000_000} MB."


def _delimiter(file: IO[bytes]) -> str:
    sample = _decoded(file.read(_SAMPLE))
    file.seek(0)
    header = sample.split("\n", 1)[0]
    return max(",;\t|", key=header.count)


def _short_lines(file: IO[bytes], long: list[int]) -> Iterator[str]:
    for number, line in _lines(file):
        if line is None:
            long.append(number)
            yield "\n"  # keeps the count of lines
        else:
            yield line


def _lines(file: IO[bytes]) -> Iterator[tuple[int, str | None]]:
    """The lines of a file with their numbers, None for one that is too long to be an article."""
    start = file.read(_SAMPLE)
    file.seek(0)
    wide = start.startswith((b"\xff\xfe", b"\xfe\xff"))
    if not wide:
        _decoded(start)  # raises where it is no text at all
    encoding = "utf-16" if wide else "utf-8-sig"
    text = io.TextIOWrapper(file, encoding=encoding, errors="surrogateescape")
    try:
        for number, line in enumerate(_pieced(text), 1):
            yield number, None if line is None else _mended(line)
    finally:
        if not file.closed:
            text.detach()  # the file is its opener's to close


def _pieced(text: io.TextIOWrapper) -> Iterator[str | None]:
    """The lines of a text with their ends, None for one that is too long.

    Read by the piece: `readline` takes time that grows with the square of a line's length.
    """
    held: list[str] = []
    length = 0
    while piece := text.read(_PIECE):
        *ends, rest = piece.split("\n")
        for end in ends:
            yield "".join([*held, end, "\n"]) if length + len(end) < MAX_BYTES else None
            held, length = [], 0
        length += len(rest)
        held = [*held, rest] if length < MAX_BYTES else []
    if length:
        yield "".join(held) if length < MAX_BYTES else None


def _mended(line: str) -> str:
    """A line with the bytes that are not UTF-8 read as Windows-1252."""
    try:
        line.encode("utf-8")
    except UnicodeEncodeError:
        return line.encode("utf-8", "surrogateescape").decode("cp1252", "replace")
    return line


def _decoded(sample: bytes) -> str:
    return decode(sample.rstrip(b"\xc2\xc3\xe2\xf0")) if sample else ""


def _part(name: str, record: object, names: Mapping[str, str]) -> Part:
    if not isinstance(record, Mapping):
        return Part(name=name, problem="It is no object with fields.")
    found = _text_field(record, names)
    if not found:
        return Part(name=name, problem=f"It has no text. {_need(names)}")
    text = fragment_text(found) if _HTML.search(found) else found
    fields: dict[str, str] = {}
    wanted = {own: key for key, own in names.items()}
    for label, value in record.items():
        own = field_name(str(label))
        key = wanted.get(own) or FIELD_OF.get(own)
        # A name that the caller gave for a field takes the place of the usual ones.
        if key is None or key == "text" or (key in names and own != names[key]):
            continue
        line = _line(value)
        if line:
            fields.setdefault(key, fragment_text(line) if _HTML.search(line) else line)
    return Part(name=name, content=Content(text, fields))


def _text_field(record: Mapping[str, object], names: Mapping[str, str]) -> str:
    """The body of a record: the first of the usual fields that has one, or the caller's own."""
    by_name = {field_name(str(label)): value for label, value in record.items()}
    wanted: Iterable[str] = (names["text"],) if "text" in names else TEXTS
    values = (_line(by_name.get(name), keep_lines=True) for name in wanted)
    return next((value for value in values if value.strip()), "")


def _line(value: object, *, keep_lines: bool = False) -> str:
    """A value as words: that of a nested object is its name, those of a list stand in a row."""
    if isinstance(value, str):
        return value if keep_lines else " ".join(value.split())
    if isinstance(value, Mapping):
        by_name = {str(label).lower(): inner for label, inner in value.items()}
        return next((_line(by_name[n], keep_lines=keep_lines) for n in _NAMED if n in by_name), "")
    if isinstance(value, list):
        joint = "\n\n" if keep_lines else ", "
        return joint.join(filter(None, (_line(v, keep_lines=keep_lines) for v in value[:1000])))
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else ""


def _need(names: Mapping[str, str]) -> str:
    if "text" in names:
        return f"The text was looked for in the field {names['text']!r}."
    return "Its text must be in a field called text, body or content; --field text=NAME names it."


def _why(error: ValueError | RecursionError) -> str:
    if isinstance(error, RecursionError):
        return "it is nested too deeply"
    return str(error).replace("\n", " ")[:200]
