"""Checks of the house and of its documents: structure, words, links and the index of modules."""
