"""Clips at known times of a stream."""

from __future__ import annotations

from pathlib import Path

from benchmarks.inputs.paced_speech import Spoken
from preprocessing.speech_data import Recording


def clip(begin: float, onset: float, end: float, words: str = "", language: str = "en") -> Spoken:
    """One clip of a stream; times in seconds of the stream."""
    recording = Recording(Path("clip.wav"), language, words, end - begin, "made up")
    return Spoken(recording, begin, onset, end)
