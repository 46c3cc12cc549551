"""The benchmarks: beside the quickstart that people copy, and over a growing archive."""
