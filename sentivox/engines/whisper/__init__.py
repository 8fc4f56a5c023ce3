"""Whisper: recognition, fallback, quality checks and word alignment over any backend."""
