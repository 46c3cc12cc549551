"""The built-in answerer, without a language model: question and passages in, exact words out."""
