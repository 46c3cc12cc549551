"""What other programs may call: four functions, as Gradio's endpoints and as tools of MCP.

Their names, types and docstrings are what another model reads before it calls them. Annotations
are evaluated here (there is no `from __future__ import annotations`): Gradio makes schemas of them.
"""

import json
import sys
from collections.abc import Callable, Generator
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar, cast

from assistant.types import Searched
from assistant.web.records import answer_record, article_record, passage_record, verdict_record
from assistant.web.room import Room
from index.errors import AssistantError, InvalidOption
from index.filters import FilterOptions, checked_day
from index.types import Article

if TYPE_CHECKING:
    import gradio as gr

    from assistant.types import Event

_LISTED = 100  # articles of one list
_PASSAGES = 50  # of one search
_FITTING = 200  # passages whose articles are listed for a query

Names = list[str] | None
Told = dict[str, Any]
Result = TypeVar("Result")


def place(room: Room) -> None:
    """Offer the functions of a page; called while its blocks are being put together."""
    import gradio as gr

    async def ask(
        request: gr.Request,
        question: str,
        since: str = "",
        until: str = "",
        sources: Names = None,
        strict: bool = False,
    ) -> Told:
        """Answer a question of fact from the news articles in this library.

        The answer is a few sentences long, and each is tied to the exact words of an article: [1]
        in the text is the number of a citation. The outcome is "answered", "partial" (a sentence
        is not confirmed by the articles) or "not_in_articles" (they do not say: do not guess
        instead). Days and outlets that the question names are understood.

        Args:
            question: The question, in English, so that it can be understood by itself.
            since: Only articles published on this day or later, as YYYY-MM-DD. Empty: no limit.
            until: Only articles published on this day or earlier, as YYYY-MM-DD. Empty: no limit.
            sources: Only articles of these outlets, by name. Left out: all.
            strict: Leave out every sentence that the articles do not confirm.
        """
        only = _only(since, until, sources)
        work = partial(room.assistant.ask, question, strict=strict, **only)
        return _told(request, answer_record(await _done(room, work)))

    async def search(
        request: gr.Request,
        question: str,
        since: str = "",
        until: str = "",
        sources: Names = None,
        limit: int = 10,
    ) -> Told:
        """Find the passages of the news articles that bear on a question, best first.

        They come word for word and with their place, to be read instead of being answered from.

        Args:
            question: What to look for: a question, or a few words.
            since: Only articles published on this day or later, as YYYY-MM-DD. Empty: no limit.
            until: Only articles published on this day or earlier, as YYYY-MM-DD. Empty: no limit.
            sources: Only articles of these outlets, by name. Left out: all.
            limit: How many passages at most, from 1 to 50.
        """
        work = partial(_found, room, question, limit, _only(since, until, sources))
        return _told(request, await _done(room, work))

    async def add(
        request: gr.Request,
        title: str = "",
        text: str = "",
        source: str = "",
        url: str = "",
        published: str = "",
    ) -> Told:
        """Add one news article to this library, so that questions are answered from it too.

        Give a title and a text. Or give a url alone: the page is fetched, and the article on it is
        read. An article that is here already is not added again; status and reason tell what
        became of it: "added", "updated", "unchanged", "duplicate" or "skipped".

        Args:
            title: The headline.
            text: The whole text without the headline, with empty lines between paragraphs.
            source: The outlet that published it.
            url: The address of the original.
            published: The day of publication, as YYYY-MM-DD. Empty: unknown.
        """
        told = Offered(title=title, text=text, source=source, url=url, published=published)
        work = partial(_added, room, told)
        return _told(request, await _done(room, work))

    async def list_articles(
        request: gr.Request,
        query: str = "",
        since: str = "",
        until: str = "",
        sources: Names = None,
        limit: int = 20,
        offset: int = 0,
    ) -> Told:
        """List the news articles in this library, newest first, or those on a subject, best first.

        Each has its id, title, outlet, date, address and beginning; total counts those that pass
        the days and outlets, whether or not they are listed.

        Args:
            query: What the articles are about, in a few words. Empty: all articles.
            since: Only articles published on this day or later, as YYYY-MM-DD. Empty: no limit.
            until: Only articles published on this day or earlier, as YYYY-MM-DD. Empty: no limit.
            sources: Only articles of these outlets, by name. Left out: all.
            limit: How many at most, from 1 to 100.
            offset: How many to pass over, to go on where an earlier list ended.
        """
        work = partial(_listed, room, query, limit, offset, _only(since, until, sources))
        return _told(request, await _done(room, work))

    list_articles.__name__ = "list"  # MCP calls a tool by this
    for offered in (ask, search, add, list_articles):
        # Not queued by Gradio: its tools of MCP would then call the page by way of its address,
        # without the credentials of whoever called them. The room has a line of its own.
        gr.events.api(offered, api_name=offered.__name__, queue=False)


async def _done(room: Room, work: Callable[[], Result]) -> Result:
    """What the work gives, done in a thread when its turn has come; errors as Gradio shows them."""
    from anyio import to_thread

    async with room.line:
        try:
            return await to_thread.run_sync(work)
        except AssistantError as error:
            raise _shown(error) from error


def _shown(error: AssistantError) -> Exception:
    import gradio as gr

    class Shown(gr.Error):
        def __str__(self) -> str:  # Gradio's own would give MCP the message in quotation marks
            return str(self.message)

    return Shown(str(error), duration=None, print_exception=False)


def _told(request: "gr.Request", value: Told) -> Told:
    """The value, as JSON for a tool of MCP: Gradio would send it as Python writes it."""
    if not request.url.path.startswith("/gradio_api/mcp"):
        return value
    return cast(Told, json.dumps(value, ensure_ascii=False, indent=1))


def _only(since: str, until: str, sources: Names) -> FilterOptions:
    return {"since": since or None, "until": until or None, "sources": sources or ()}


def _found(room: Room, question: str, limit: int, only: FilterOptions) -> Told:
    """The passages that an answer would be made from, and the articles that were searched."""
    _require_number("limit", limit, least=1, most=_PASSAGES)
    events = cast("Generator[Event]", room.assistant.stream(question, top_k=limit, **only))
    with closing(events):
        searched = next(event for event in events if isinstance(event, Searched))
    passages = [passage_record(item.hit) for item in searched.evidence]
    return {"passages": passages, "searched": str(searched.filters)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Offered:
    """An article as a program gives it; which of it is there is looked at when it is added."""

    title: str
    text: str
    source: str
    url: str
    published: str


def _added(room: Room, offered: Offered) -> Told:
    library = room.assistant.library
    title, text = _text(offered.title), _text(offered.text)
    source, url = _text(offered.source), _text(offered.url)
    if text:
        if not title:
            raise InvalidOption("The article has no title.", "Give one.")
        article = Article(
            title=title,
            text=text,
            source=source or None,
            url=url or None,
            published=checked_day("published", offered.published or None),
        )
        report = library.add(article)
    elif url:
        from index.net.online import add_pages

        report = add_pages(library, [url])
    else:
        raise InvalidOption("There is nothing to add.", "Give a title and a text, or a url.")
    return verdict_record(report.verdicts[0])


def _text(value: object) -> str:
    """Text from a program, which may have sent anything."""
    if not isinstance(value, str):
        raise InvalidOption(f"{value!r} is not text.", "Give a string.")
    return value.strip()


def _require_number(name: str, value: object, *, least: int, most: int) -> None:
    if type(value) is not int or not least <= value <= most:
        raise InvalidOption(f"{name}={value!r} is not a number from {least} to {most}.")


def _listed(room: Room, query: str, limit: int, offset: int, only: FilterOptions) -> Told:
    _require_number("limit", limit, least=1, most=_LISTED)
    _require_number("offset", offset, least=0, most=sys.maxsize)
    library = room.assistant.library
    if query := _text(query):
        hits = library.search(query, top_k=_FITTING, **only)
        fitting = list({hit.article.id: hit.article for hit in hits}.values())
        articles = fitting[offset : offset + limit]
    else:
        articles = library.list(limit=limit, offset=offset, **only)
    total = library.count(**only).articles
    return {"articles": [article_record(one) for one in articles], "total": total}
