"""Language models by one setting: a name becomes a LlamaIndex `LLM`, its failures become ours."""

from assistant.llms.choosing import language_model
from assistant.llms.model import LanguageModel

__all__ = ["LanguageModel", "language_model"]
