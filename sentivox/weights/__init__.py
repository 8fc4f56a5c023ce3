"""Weights: names of models to folders of verified files, and the files' formats."""
