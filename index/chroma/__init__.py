"""The neighbour index in Chroma, in a folder or on a server: kept in step with the library."""
