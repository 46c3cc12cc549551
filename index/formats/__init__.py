"""One reader for each kind of file: bytes or text in, the words and the fields of articles out."""
