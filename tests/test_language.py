"""Which language a text is in."""

from __future__ import annotations

import pytest

from index.language import detect_language


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Delegations from Russia and Ukraine met in Istanbul on Monday for talks.", "en"),
        ("Les délégations de la Russie et de l'Ukraine se sont rencontrées lundi.", "fr"),
        ("Delegationen aus Russland und der Ukraine trafen sich am Montag in Istanbul.", "de"),
        ("Делегации России и Украины встретились в понедельник в Стамбуле.", "ru"),
        (
            "俄罗斯和乌克兰代表团周一在伊斯坦布尔会晤，举行新一轮和平谈判，"
            "双方没有取得任何重大突破，会谈很快就结束了。",
            "zh",
        ),
        ("Talks end", None),
        ("1 2 3 4 5 6 7 8 9 " * 20, None),
        ("asdf qwer zxcv asdlkj qwoeiu zxmcn alskdj qpwoe lkjasd poiqwe mnzxc", None),
        ("x" * 200_000, None),
        ("", None),
    ],
)  # fmt: skip
def test_languages(text: str, code: str | None) -> None:
    assert detect_language(text) == code
