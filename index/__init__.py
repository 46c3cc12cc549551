"""Articles in, ranked passages out: reading, splitting, storing, embedding and searching.

Nothing in here knows of questions asked to a model, or of prompts.
"""
