"""The built-in answerer, which needs no language model: question and passages in, exact words out."""
