"""What Whisper is taught with: how it is shared out."""

from __future__ import annotations

import numpy as np

from sentivox.types import SAMPLE_RATE
from training.whisper.audio import Sound, minutes, parted, together


def silence(seconds: float, language: str = "en") -> Sound:
    return Sound(np.zeros(round(seconds * SAMPLE_RATE), np.int16), language)


def test_sounds_are_heard_together_up_to_so_many_seconds() -> None:
    sounds = [silence(each) for each in (4.0, 1.0, 1.5, 9.0)]
    assert together(sounds, 4.5) == [[1, 2], [0], [3]]


def test_minutes_are_told_by_language() -> None:
    sounds = [silence(30), silence(15), silence(6, "nl")]
    assert minutes(sounds, ["en", "nl", "el"]) == {"en": 0.8, "nl": 0.1, "el": 0.0}


def test_what_is_held_out_is_not_trained_on() -> None:
    held_out, trained_on = parted(range(50), 0.06, seed=1)
    assert len(held_out) == 3
    assert sorted([*held_out, *trained_on]) == list(range(50))
    assert parted(range(50), 0.06, seed=1) == (held_out, trained_on)
    assert len(parted(range(5), 0.06, seed=1)[0]) == 1
