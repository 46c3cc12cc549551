"""Articles from the net: guarded fetching, feeds and sitemaps."""
