"""Adding what is no upload: a pasted text, pages and feeds of the web, reported in the same way."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from assistant.web import details
from assistant.web.uploads import Adding, followed
from index.errors import AssistantError, InvalidInput
from index.types import Progress, Verdict

if TYPE_CHECKING:
    from index.library import Library

Tell = Callable[[Adding], None]
MOST_ADDRESSES = 50  # at once: they are fetched one after the other


def pasted(library: Library, form: Mapping[str, str]) -> Iterator[Adding]:
    """Add the text in a form, giving every state that the page should show; the last has ended."""
    try:
        article = details.pasted_article(form)
    except InvalidInput as error:
        yield Adding(total=1, error=error, ended=True)
        return

    def work(tell: Tell) -> Adding:
        tell(Adding(total=1))
        try:
            report = library.add(article)
        except AssistantError as error:
            return Adding(total=1, error=error, ended=True)
        return Adding(total=1, verdicts=report.verdicts, ended=True)

    yield from followed(work)


def fetched(
    library: Library, lines: str, *, feeds: bool = False, allow_private: bool = False
) -> Iterator[Adding]:
    """Add the pages, or what is new in the feeds, at the addresses on some lines.

    Gives every state that the page should show; one that cannot be had never stops the others.
    """
    addresses = list(dict.fromkeys(_complete(line) for line in lines.split()))[:MOST_ADDRESSES]
    if not addresses:
        error = InvalidInput("There is no address.", "Write one a line.")
        yield Adding(total=0, error=error, ended=True)
        return

    yield from followed(lambda tell: _fetch(library, addresses, feeds, allow_private, tell))


def _fetch(
    library: Library, addresses: Sequence[str], feeds: bool, allow_private: bool, tell: Tell
) -> Adding:
    from index.net.online import add_pages  # which brings an HTTP client

    verdicts: list[Verdict] = []
    total = 0 if feeds else len(addresses)

    def told(progress: Progress) -> None:
        verdicts.append(progress.verdict)
        tell(state())

    def state() -> Adding:
        return Adding(total=max(total, len(verdicts)), verdicts=tuple(verdicts))

    tell(state())
    error = None
    try:
        if feeds:
            for address in addresses:
                verdicts += _fed(library, address, allow_private, told)
        else:
            add_pages(library, addresses, allow_private=allow_private, on_progress=told)
    except AssistantError as failure:
        error = failure
    return replace(state(), error=error, ended=True)


def _fed(
    library: Library, address: str, allow_private: bool, told: Callable[[Progress], None]
) -> list[Verdict]:
    """Add what is new in a feed; a verdict on the feed itself where it gave none."""
    from index.net.online import add_feed

    try:
        report = add_feed(library, address, allow_private=allow_private, on_progress=told)
    except InvalidInput as error:
        reason = error.message.removeprefix(f"{address!r}: ")
        return [Verdict(path=address, status="skipped", reason=reason)]
    if report.verdicts:
        return []
    return [Verdict(path=address, status="unchanged", reason="nothing new in the feed")]


def _complete(address: str) -> str:
    """An address as it is fetched: people leave out its beginning."""
    return address if "://" in address else f"https://{address}"
