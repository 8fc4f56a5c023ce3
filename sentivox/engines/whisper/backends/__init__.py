"""Backends that run Whisper's weights: one folder each."""
