"""A library as a LlamaIndex retriever, so that other LlamaIndex code can search it."""

from __future__ import annotations

from dataclasses import asdict

from llama_index.core.retrievers import BaseRetriever
from llama_index.core.schema import NodeWithScore, QueryBundle, TextNode

from index.library import Library
from index.types import Filters, Hit


class LibraryRetriever(BaseRetriever):
    """Retrieves a library's passages as nodes, best first.

    A node's id is the passage's, its text the passage's exact words; `start_char_idx` and
    `end_char_idx` are their place in the article, whose particulars are the metadata.
    """

    def __init__(
        self, library: Library, *, top_k: int = 10, filters: Filters | None = None
    ) -> None:
        self._library = library
        self._top_k = top_k
        self._filters = filters or Filters()
        super().__init__()

    def _retrieve(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
        hits = self._library.search(
            query_bundle.query_str,
            top_k=self._top_k,
            **asdict(self._filters),
        )
        return [NodeWithScore(node=_node(hit), score=hit.score) for hit in hits]


def _node(hit: Hit) -> TextNode:
    article, passage = hit.article, hit.passage
    return TextNode(
        id_=passage.id,
        text=passage.text,
        start_char_idx=passage.start,
        end_char_idx=passage.end,
        metadata={
            "article_id": article.id,
            "title": article.title,
            "source": article.source,
            "url": article.url,
            "published": article.published.isoformat() if article.published else None,
        },
    )
