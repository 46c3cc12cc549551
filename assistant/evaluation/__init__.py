"""Measuring the assistant on labelled questions: asking, scoring, comparing, reporting."""
