"""A library seen as a LlamaIndex retriever."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from assistant import Article, Filters, Library
from index.retriever import LibraryRetriever


def test_nodes_are_exact_passages_with_their_article_as_metadata(tmp_path: Path) -> None:
    article = Article(
        title="Ferry burns",
        text="The ferry Marisol caught fire on Tuesday.\n\nIts captain is Elin Dahl.",
        source="The Harbour Post",
        published=date(2025, 6, 3),
    )
    with Library(tmp_path) as library:
        library.add(article)
        (found,) = LibraryRetriever(library, top_k=3).retrieve("Who is the captain?")
        node = found.node
        stored = library.get(str(node.metadata["article_id"]))
        assert node.get_content() == stored.text[node.start_char_idx : node.end_char_idx]  # type: ignore[attr-defined]
        assert node.metadata["published"] == "2025-06-03"
        assert found.score is not None
        assert found.score > 0
        nothing = LibraryRetriever(library, filters=Filters(since=date(2025, 7, 1)))
        assert nothing.retrieve("Who is the captain?") == []
