"""Training audio of Whisper: batches, amounts and held-out clips."""

from __future__ import annotations

import numpy as np

from sentivox.types import SAMPLE_RATE
from training.whisper.audio import (
    AudioClip,
    audio_batches,
    minutes_by_language,
    split_held_out,
)


def silence(seconds: float, language: str = "en") -> AudioClip:
    return AudioClip(np.zeros(round(seconds * SAMPLE_RATE), np.int16), language)


def test_batches_have_a_bounded_length() -> None:
    clips = [silence(each) for each in (4.0, 1.0, 1.5, 9.0)]
    assert audio_batches(clips, 4.5) == [[1, 2], [0], [3]]


def test_minutes_of_each_language() -> None:
    clips = [silence(30), silence(15), silence(6, "nl")]
    assert minutes_by_language(clips, ["en", "nl", "el"]) == {"en": 0.8, "nl": 0.1, "el": 0.0}


def test_held_out_clips_are_not_in_training() -> None:
    held_out, trained_on = split_held_out(range(50), 0.06, seed=1)
    assert len(held_out) == 3
    assert sorted([*held_out, *trained_on]) == list(range(50))
    assert split_held_out(range(50), 0.06, seed=1) == (held_out, trained_on)
    assert len(split_held_out(range(5), 0.06, seed=1)[0]) == 1
