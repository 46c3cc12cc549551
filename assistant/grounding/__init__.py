"""Whether the words that a sentence cites bear it out: facts, polarity, sense, and the reader."""
