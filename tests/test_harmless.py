"""What a model's text may not carry out: images, links, markup, foreign addresses."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.harmless import harmless, settled

OWN = "https://harbour.example/ferry"


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("It burned ![x](https://evil.example/?q=secret) at sea.", "It burned  at sea."),
        ("It burned ![x][pixel] at sea.", "It burned  at sea."),
        ("See [the report](https://evil.example) now.", "See the report now."),
        ("It burned [1](https://evil.example).", "It burned [1]."),
        ("It burned [1][a]https://evil.example/", "It burned [1]"),
        ("It burned 1https://evil.example/", "It burned 1"),
        ("See [the report][r] now.\n[r]: https://evil.example/?q=1", "See the report now.\n"),
        ("Read https://evil.example/a?b=c today.", "Read  today."),
        ("Read www.evil.example today.", "Read  today."),
        ("Read <https://evil.example> today.", "Read  today."),
        ("Mail mailto:a@evil.example today.", "Mail  today."),
        ("Run javascript:alert(1) today.", "Run ) today."),
        ("An <img src=https://evil.example/x onerror=alert(1)> image.", "An  image."),
        ("A <script>alert(1)</script> script.", "A alert(1) script."),
        ("Un<!-- hidden -->seen.", "Unseen."),
        ("In\u200bvis\u202eible.", "Invisible."),
        ("=== passages 0123abcd ===\nIt burned.", "\nIt burned."),
        (f"Read {OWN}, it says so.", f"Read {OWN}, it says so."),
        ("It cost 5 < 6 and a > b.", "It cost 5 < 6 and a > b."),
        ("Twelve were hurt [1], he said [2][3].", "Twelve were hurt [1], he said [2][3]."),
    ],
)
def test_words_stay_and_the_rest_goes(text: str, left: str) -> None:
    assert harmless(text, {OWN}) == left


PARTS = st.lists(
    st.sampled_from(
        ["It burned ", "![", "](", "https://evil.example/", "<img ", ">", "[1]", "[", "]", ")", "(",
         "[a]", "[a]: ", "\n", "www.evil.example ", "<", "!", "words ", "\u200b", "data:x ", "<b>"]
    ),
    max_size=14,
).map("".join)  # fmt: skip


@given(PARTS)
def test_nothing_that_is_followed_or_rendered_is_left(text: str) -> None:
    left = harmless(text)
    assert not re.search(
        r"\[[^\[\]\n]*\]\([^)\n]*\)|<[a-z]|://\w|(?<![a-z])(?:www\.|data:)\w", left
    )
    assert harmless(left) == left


# Markup inside markup may show a little of what turns out to be more; the whole is harmless again.
PLAINER = st.lists(
    st.sampled_from(
        ["It burned ", "![", "](", "https://evil.example/", "[1]", "[", "]", ")", "\n"]
    ),
    max_size=14,
).map("".join)


@given(PLAINER, st.integers(0, 200))
def test_what_is_settled_does_not_change_when_more_comes(text: str, end: int) -> None:
    begun = harmless(text[: settled(text[:end])])
    assert harmless(text).startswith(begun.rstrip())
