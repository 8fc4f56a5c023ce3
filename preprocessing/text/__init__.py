"""Texts as labels: scripts of languages and normalisation."""
