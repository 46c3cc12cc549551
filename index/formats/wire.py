"""What news agencies' files say: SGML of many stories, and NITF with one."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import IO, Any

from index.decoding import clean_line, decode
from index.errors import PathUnusable
from index.files import MAX_EXPORT, read_limited
from index.formats.content import Content, Part
from index.formats.markup import parsed_xml

_STORY = re.compile(r"<(REUTERS|DOC)\b[^>]{0,1000}>", re.IGNORECASE)
_TAGS = re.compile(r"</?[A-Za-z][^<>]{0,300}>")
# The elements that hold a field, in Reuters-21578 and in TREC's newswire.
_ELEMENTS = {
    "title": ("TITLE", "HEADLINE", "HL", "HEAD"),
    "published": ("DATE", "DATE_TIME", "DATETIME", "DD"),
    "author": ("AUTHOR", "BYLINE"),
}
_BODIES = ("BODY", "TEXT")


def sgml_parts(file: IO[bytes], names: Mapping[str, str]) -> Iterator[Part]:
    """The stories of an SGML file, `<REUTERS>` or `<DOC>` each; a part is "story 3".

    Raises PathUnusable when there are none.
    """
    del names  # the elements have one name each
    text = decode(read_limited(file, MAX_EXPORT))
    starts = list(_STORY.finditer(text))
    if not starts:
        raise PathUnusable("It holds no <REUTERS> or <DOC> element.", "Check the file.")
    ends = [match.start() for match in starts[1:]] + [len(text)]
    for number, (start, end) in enumerate(zip(starts, ends, strict=True), 1):
        yield _story(f"story {number}", text[start.end() : end])


def _story(name: str, story: str) -> Part:
    text = _words(_first(story, _BODIES))
    if not text:
        return Part(name=name, problem="The story has no body.")
    found = {key: _words(_first(story, tags)) for key, tags in _ELEMENTS.items()}
    fields = {key: clean_line(value) for key, value in found.items() if value}
    return Part(name=name, content=Content(text, fields))


def _first(story: str, tags: Sequence[str]) -> str:
    return next((found for tag in tags if (found := _element(story, tag))), "")


def _element(story: str, tag: str) -> str:
    """What stands between a tag and its end, or the next best thing where the end is missing."""
    found = re.search(rf"<{tag}\b[^>]{{0,300}}>", story, re.IGNORECASE)
    if not found:
        return ""
    end = re.compile(rf"</{tag}>", re.IGNORECASE).search(story, found.end())
    return story[found.end() : end.start() if end else len(story)]


def _words(body: str) -> str:
    """The text of an element: indented lines begin a paragraph, as the wires set them."""
    plain = html.unescape(_TAGS.sub("", body)).replace("\x03", "")
    plain = re.sub(r"\n[ \t]{2,}(?=\S)", "\n\n", plain)
    paragraphs = (clean_line(part) for part in plain.split("\n\n"))
    return "\n\n".join(paragraph for paragraph in paragraphs if paragraph)


def nitf_content(data: bytes) -> Content:
    """The content of a NITF file; raises PathUnusable when it is other XML."""
    root = parsed_xml(data)
    if not str(root.tag).endswith("nitf"):
        raise PathUnusable(
            f"It is XML of another kind (<{clean_line(str(root.tag))[:60]}>), not NITF.",
            "Save its articles as HTML, text or JSON Lines.",
        )
    issued = root.find(".//{*}date.issue")
    fields = {
        "title": _text_of(root.find(".//{*}hl1")) or _text_of(root.find(".//{*}title")),
        "published": "" if issued is None else issued.get("norm", "") or _text_of(issued),
        "author": _text_of(root.find(".//{*}byline")),
        "source": _text_of(root.find(".//{*}distributor")),
    }
    body = root.find(".//{*}body.content")
    blocks = [] if body is None else list(body.iter("{*}p", "{*}hl2"))
    text = "\n\n".join(filter(None, map(_text_of, blocks)))
    return Content(text, {key: value for key, value in fields.items() if value})


def _text_of(element: Any) -> str:
    return "" if element is None else clean_line("".join(element.itertext()))
