"""What may leave in an answer: words, and the cited articles' own addresses; nothing else.

An article may talk a model into writing an image whose address carries what it has read, a link
that looks like another, or markup that a page would obey. Whatever the model was talked into, this
is what its text is put through, in every interface alike.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from urllib.parse import urlsplit

_INVISIBLE = re.compile("[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180e\u200b-\u200f"
                        "\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff\ufff9-\ufffb\U000e0000-"
                        "\U000e0fff]")  # fmt: skip
_FENCE = re.compile(r"=+\s*passages\b[^=\n]*=*", re.I)
_IMAGE = re.compile(r"!\[[^\]\n]*\](?:\([^)\n]*\)|\[[^\]\n]*\])?")
_DEFINITION = re.compile(r"^[ \t]*\[[^\]\n]+\]:[ \t]*\S.*$", re.M)
_LINK = re.compile(r"\[(?!\d+\])([^\[\]\n]*)\](?:\([^)\n]*\)|\[(?!\d+[\],;\s])[^\]\n]*\])")
_STRAY = re.compile(r"\](?=\()")  # of a link that is none; a space makes sure of it
_MARKED = re.compile(r"(\[\d+\])(?:\([^)\n]*\)|\[(?!\d+[\],;\s])[^\]\n]*\])")  # a marker as a link
_TAG = re.compile(r"<!--.*?-->|<\|[^<>]*\|?>|</?[a-zA-Z!?][^<>]*>|<(?=[a-zA-Z/!])[^<>\s]*", re.S)
_ADDRESS = re.compile(
    r"(?<![\w:/])//\w[\w-]*\.\w[^\s<>\"”)\]]*|<?(?<![a-zA-Z])(?:[a-z][a-z0-9+.-]{1,20}://|www\.|(?:javascript|data|mailto|file|vbscript):)[^\s<>\"”)\]]+"
    r">?",
    re.I,
)
# What may still become one of these, at the end of a text that goes on.
_OPEN = re.compile(
    r"(?:!|!?\[[^\]\n]*|!?\[[^\]\n]*\](?:\([^)\n]*|\[[^\]\n]*|:[^\n]*)?|<[^>]*|=+[^=\n]*=*)\Z"
)
_LAST_WORD = re.compile(r"\S+\Z")
_HELD = 400  # characters held back at most: an address or an image is shorter


def unhidden(text: str) -> str:
    """A text without characters that nobody sees."""
    return _INVISIBLE.sub("", text)


def harmless(text: str, addresses: Collection[str] = ()) -> str:
    """A model's text without images, links, markup, foreign addresses and hidden characters.

    The words of a link stay. `addresses` are those of the cited articles: they may be written out.
    """

    def known(match: re.Match[str]) -> str:
        address = match.group().strip("<>").rstrip(".,;:!?'’")
        tail = match.group().strip("<>")[len(address) :]
        return address + tail if address in addresses else tail

    before = None
    while before != text:  # again and again: taking one out may close another
        before = text
        for pattern in (_INVISIBLE, _FENCE, _DEFINITION, _TAG, _IMAGE):
            text = pattern.sub("", text)
        text = _ADDRESS.sub(known, _STRAY.sub("] ", _LINK.sub(r"\1", _MARKED.sub(r"\1", text))))
    return text


def settled(text: str) -> int:
    """How many characters of an unhidden text that goes on can become nothing else any more."""
    start = max(0, len(text) - _HELD)
    match = _LAST_WORD.search(text, start)
    end = len(text) if match is None else match.start()
    before = -1
    while before != end:  # each cut may leave another one open before it
        before = end
        if match := _OPEN.search(text, start, end):
            end = match.start()
        end = min(_unclosed(text, start, end, "[]"), _unclosed(text, start, end, "<>"))
        end -= start < end < len(text) and text[end - 1] == "!"
    return end


def _unclosed(text: str, start: int, end: int, pair: str) -> int:
    """Where the first bracket between two places begins that is not closed there; else the end."""
    opened: list[int] = []
    for place in range(start, end):
        if text[place] == pair[0]:
            opened.append(place)
        elif text[place] == pair[1] and opened:
            opened.pop()
    return opened[0] if opened else end


def web_address(url: str | None) -> str | None:
    """The address when it is one of the web (http or https, with a host), None otherwise."""
    if not url:
        return None
    try:
        parts = urlsplit(url.strip())
        named = parts.scheme.lower() in {"http", "https"} and bool(parts.hostname)
    except ValueError:
        return None
    return url.strip() if named else None
