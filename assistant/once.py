"""One question, one answer: the function `ask`."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import date, datetime
    from pathlib import Path
    from typing import Unpack

    from llama_index.core.base.embeddings.base import BaseEmbedding
    from llama_index.core.llms import LLM

    from assistant.assistant import History
    from assistant.libraries import Articles
    from assistant.types import Answer
    from index.filters import FilterOptions
    from index.library import Library


def ask(
    question: str,
    *,
    articles: Articles | None = None,
    library: str | Path | Library | None = None,
    llm: str | LLM | None = None,
    embedding: str | BaseEmbedding | None = None,
    history: History = (),
    top_k: int | None = None,
    strict: bool = False,
    now: datetime | date | None = None,
    **only: Unpack[FilterOptions],
) -> Answer:
    """Answer one question from articles, every sentence with the exact words it stands on.

    The first five arguments are those of `Assistant`. `history`: earlier turns of the
    conversation, as `Turn`s or (question, answer) pairs. `top_k`: how many passages to answer
    from. `strict`: leave out what could not be confirmed. `now`: the day that "last week" in a
    question is counted from; later articles are asked all the same. `only` limits the articles:
    `since` and `until` (dates or "YYYY-MM-DD", inclusive), `sources` (outlets), `authors`,
    `sections` and `languages`; these are never widened. Raises an AssistantError: InvalidQuestion,
    InvalidOption, PathUnusable, or a LibraryError.
    """
    # Imported here, so that `from assistant import ask` takes no time in a program that may ask.
    from assistant.assistant import Assistant

    with Assistant(articles=articles, library=library, llm=llm, embedding=embedding) as assistant:
        return assistant.ask(
            question,
            history=history,
            top_k=top_k,
            strict=strict,
            now=now,
            **only,
        )
