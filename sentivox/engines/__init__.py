"""Engines: the code that runs models for recognition, language detection and sentiment."""
