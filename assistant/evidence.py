"""Choosing what an answer is made from: few passages, nothing twice, numbered."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from assistant.types import Citation, Evidence, Quote
from index.types import Article, Hit


def distinct(hits: Iterable[Hit]) -> list[Hit]:
    """The hits without those that repeat the words of one before them."""
    seen: set[str] = set()
    kept: list[Hit] = []
    for hit in hits:
        key = " ".join(hit.passage.text.split()).casefold()
        if key not in seen:
            seen.add(key)
            kept.append(hit)
    return kept


def numbered(hits: Iterable[Hit]) -> tuple[Evidence, ...]:
    """Hits as evidence, numbered from 1 in their order."""
    return tuple(Evidence(number=number, hit=hit) for number, hit in enumerate(hits, 1))


def nearest_articles(evidence: Sequence[Evidence], limit: int = 3) -> tuple[Article, ...]:
    """The articles that the evidence comes from, best first, each once."""
    articles = {item.hit.article.id: item.hit.article for item in evidence}
    return tuple(articles.values())[:limit]


def quote_of(article: Article, start: int, end: int) -> Quote:
    """The article's own words from `start` to `end`, in characters of its text."""
    return Quote(text=article.text[start:end], start=start, end=end)


def cite(number: int, hit: Hit, quote: Quote) -> Citation:
    """A citation of a quote, with what its reader needs to judge it."""
    article = hit.article
    places = (*article.appearances[1:], *hit.copies)
    others = [place.source or place.url or place.path for place in places]
    return Citation(
        number=number,
        article_id=article.id,
        title=article.title,
        quote=quote.text,
        start=quote.start,
        end=quote.end,
        source=article.source,
        url=article.url,
        published=article.published,
        also_in=tuple(dict.fromkeys(place for place in others if place)),
    )
