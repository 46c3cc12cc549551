"""What of a model's text may be seen: its reasoning, written between tags, is left out."""

from __future__ import annotations

_OPEN, _CLOSE = "<think>", "</think>"
# How models begin that reason without the opening tag, which their prompt had already. A reply
# that begins so is held back until the closing tag, or its end when none comes.
_ALOUD = (
    _CLOSE,
    "okay,",
    "ok,",
    "alright,",
    "hmm",
    "let me ",
    "let's ",
    "first, i ",
    "i need to ",
    "we need to ",
    "the user ",
    "so, the ",
    "so the ",
)
_NAMES = ("deepseek-r1", "qwq", "thinking", "reason", "magistral")  # models known to do that


def reasons_aloud(model: str) -> bool:
    """Whether a model's name says that its replies may begin with reasoning and no tag."""
    return any(name in model.lower() for name in _NAMES)


class Visible:
    """Takes a reply in pieces and gives what may be seen, the same however it was cut.

    `aloud`: the reply may begin with reasoning that has only a closing tag, so nothing is given
    before that, or before the end. Afterwards `reasoned` says that something was left out, and
    `stray` that a closing tag came when the text before it had been given already.
    """

    def __init__(self, *, aloud: bool = False) -> None:
        self.reasoned = False
        self.stray = False
        self._aloud = aloud
        self._held = ""  # not decided yet
        self._where = self._beginning
        self._begun = False  # something visible was given; the space before that is not

    def feed(self, piece: str) -> str:
        """What may be seen now that this piece has come."""
        self._held += piece
        return self._advance()

    def end(self) -> str:
        """What is left to be seen now that the reply has ended."""
        if self._where == self._beginning:
            self._where = self._text  # nothing closed it: it was no reasoning
        shown = self._advance()
        if self._where == self._text:
            shown += self._shown(self._held)
        self._held = ""
        return shown

    def _advance(self) -> str:
        shown, going = "", True
        while going:
            piece, going = self._where()
            shown += piece
        return shown

    def _beginning(self) -> tuple[str, bool]:
        """Wait until it is clear whether the reply begins with reasoning."""
        self._held = self._held.lstrip()
        text = self._held.lower()
        if not text or (text != _OPEN and _OPEN.startswith(text)):
            return "", False
        if not text.startswith(_OPEN):
            if self._aloud or text.startswith(_ALOUD):
                _, closed, after = _split(self._held, _CLOSE)
                if closed:
                    self._held, self._where, self.reasoned = after, self._text, True
                return "", closed
            if any(opener.startswith(text) for opener in _ALOUD):
                return "", False
        self._where = self._text
        return "", True

    def _text(self) -> tuple[str, bool]:
        """Give everything before the next tag, and keep back what may become one."""
        starts = [(self._held.lower().find(tag), tag) for tag in (_OPEN, _CLOSE)]
        found = min(((at, tag) for at, tag in starts if at >= 0), default=None)
        if found is None:
            keep = max(_begun(self._held, _OPEN), _begun(self._held, _CLOSE))
            cut = len(self._held) - keep
            shown, self._held = self._held[:cut], self._held[cut:]
            return self._shown(shown), False
        at, tag = found
        shown, self._held = self._held[:at], self._held[at + len(tag) :]
        if tag == _OPEN:
            self._where, self.reasoned = self._thinking, True
        else:
            self.stray = True
        return self._shown(shown), True

    def _thinking(self) -> tuple[str, bool]:
        """Leave out everything before the closing tag."""
        _, closed, after = _split(self._held, _CLOSE)
        if closed:
            self._held, self._where = after, self._text
        else:
            self._held = self._held[len(self._held) - _begun(self._held, _CLOSE) :]
        return "", closed

    def _shown(self, text: str) -> str:
        if not self._begun:
            text = text.lstrip()
            self._begun = bool(text)
        return text


def visible(text: str, *, aloud: bool = False) -> str:
    """What may be seen of a whole reply, where a closing tag alone is no riddle."""
    close, opened = text.lower().find(_CLOSE), text.lower().find(_OPEN)
    told = Visible(aloud=aloud or (close >= 0 and not 0 <= opened < close))
    return told.feed(text) + told.end()


def _split(text: str, tag: str) -> tuple[str, bool, str]:
    at = text.lower().find(tag)
    return (text, False, "") if at < 0 else (text[:at], True, text[at + len(tag) :])


def _begun(text: str, tag: str) -> int:
    """How many characters at the end of a text are the beginning of a tag."""
    lower = text.lower()
    sizes = range(min(len(tag) - 1, len(text)), 0, -1)
    return next((size for size in sizes if lower.endswith(tag[:size])), 0)
