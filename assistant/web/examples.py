"""What an empty conversation offers: questions that fit the articles at hand."""

from __future__ import annotations

from typing import TYPE_CHECKING

from assistant.web.markup import count, shorten

if TYPE_CHECKING:
    from index.library import Library

SAMPLE_QUESTIONS = (
    "what did Russia demand",
    "who mediated the meeting",
    "what did the two sides agree to exchange",
)


def offer(library: Library, *, samples: bool) -> tuple[str, tuple[str, ...]]:
    """One line about the articles and up to three questions about them.

    `samples` says whether the bundled samples answer while the library is empty.
    """
    articles = len(library)
    if not articles and samples:
        return (
            "Your library is empty, so these questions are answered from the bundled samples. "
            "Add articles of your own to ask about them.",
            SAMPLE_QUESTIONS,
        )
    if not articles:
        return "Your library is empty. Add articles to ask about them.", ()
    titles = [article.title for article in library.list(limit=3) if article.title.strip()]
    questions = tuple(f"What happened in “{shorten(title, 70)}”?" for title in titles)
    return f"Ask about {count(articles, 'article')} in your library.", questions
