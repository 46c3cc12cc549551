"""A model's failure in plain words, and whether asking once more may help."""

from __future__ import annotations

from collections.abc import Iterator

_RETRIES = 2
_WAITS = (0.5, 1.5)  # seconds before each of them, where the server names no time
_LONGEST = 5.0  # seconds that a server may ask to be left alone; a person is waiting
_WAITING = 8.0  # seconds of waiting in all
_PASSING = {429, 500, 502, 503, 504, 529}  # 529: Anthropic is overloaded
_KNOWN = {
    401: "refused the key",
    403: "refused the key",
    404: "is not known there",
    429: "has too many requests at the moment",
    529: "has too many requests at the moment",
}
_BROKEN_OFF = ("RemoteProtocolError", "ReadError", "WriteError", "ConnectionResetError")
_MALFORMED = ("JSONDecodeError", "ValidationError", "UnicodeDecodeError")


class Patience:
    """How often and how long a call is tried again before it is given up."""

    def __init__(self) -> None:
        self._left = _WAITING
        self._waits = iter(_WAITS[:_RETRIES])

    def wait(self, error: BaseException) -> float | None:
        """Seconds to wait before asking once more; None where that would not help."""
        usual = next(self._waits, None)
        if usual is None or not _may_pass(error):
            return None
        asked = _retry_after(error)
        seconds = usual if asked is None else asked
        if seconds > min(_LONGEST, self._left):
            return None
        self._left -= seconds
        return seconds


def reason(error: BaseException, secrets: tuple[str, ...], *, begun: bool = False) -> str:
    """What happened, as the end of a sentence about the model; `begun`: a reply had begun."""
    status = _status(error)
    if status in _KNOWN:
        return f"{_KNOWN[status]} (HTTP {status})"
    if status is not None:
        return f"answered with an error (HTTP {status})"
    kinds = [type(cause).__name__ for cause in _causes(error)]
    if any("Timeout" in kind for kind in kinds):
        return "stopped in the middle of its reply" if begun else "did not answer in time"
    if any(kind in _BROKEN_OFF for kind in kinds):
        return f"broke off the connection {'in the middle of' if begun else 'before'} its reply"
    if any("Connect" in kind for kind in kinds):
        return "cannot be reached"
    if any(kind in _MALFORMED for kind in kinds):
        return "sent a reply that cannot be read: it does not keep to its protocol"
    text = next(iter(str(error).strip().splitlines()), "")
    for secret in secrets:
        text = text.replace(secret, "…")
    return f"failed ({kinds[0]}: {text[:200]})" if text else f"failed ({kinds[0]})"


def _may_pass(error: BaseException) -> bool:
    status = _status(error)
    if status is not None:
        return status in _PASSING
    return any(type(cause).__name__ in _BROKEN_OFF for cause in _causes(error))


def _status(error: BaseException) -> int | None:
    status = getattr(error, "status_code", None)
    return status if isinstance(status, int) and status > 0 else None


def _retry_after(error: BaseException) -> float | None:
    """The seconds that the server asked for; None where it named none, or named a date."""
    headers = getattr(getattr(error, "response", None), "headers", None) or {}
    try:
        return max(0.0, float(headers.get("retry-after", "")))
    except ValueError:
        return None


def _causes(error: BaseException) -> Iterator[BaseException]:
    """The error and what it came of: clients wrap what the connection said."""
    cause: BaseException | None = error
    while cause is not None:
        yield cause
        cause = cause.__cause__
