"""What is dropped without a model, and as what."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from preprocessing.clips.checks import check_length, tidy_text
from preprocessing.clips.clip import Clip
from preprocessing.clips.loudness import PEAK_DBFS, TARGET_DBFS, level
from preprocessing.settings import Limits
from sentivox.types import SAMPLE_RATE, Pcm


@pytest.mark.parametrize(
    ("language", "text", "reason"),
    [
        ("en", "[laughs] No.", "markup"),
        ("en", "<unk> no", "markup"),
        ("en", " ?! ", "no text"),
        ("en", "Press 7.", "digits"),
        ("ru", "Ne po-russki", "wrong script"),
        ("en", "It is fine.", ""),
    ],
)
def test_a_text_that_is_no_label_is_dropped(
    clip: Clip, language: str, text: str, reason: str
) -> None:
    assert tidy_text(replace(clip, language=language, text=text), Limits()).dropped == reason


def test_digits_stay_when_they_are_wanted(clip: Clip) -> None:
    numbers = replace(clip, text="Press 7.")
    assert tidy_text(numbers, Limits(digits=True)).text == "Press 7."


def _of_length(seconds: float) -> Pcm:
    return np.zeros(int(seconds * SAMPLE_RATE), np.int16)


@pytest.mark.parametrize(
    ("text", "seconds", "reason"),
    [
        ("Yes.", 0.3, "too short"),
        ("Yes.", 0.7, ""),
        ("word " * 100, 31.0, "too long"),
        ("A sentence that takes three seconds to be said aloud", 1.0, "too much text"),
        ("A sentence that takes three seconds to be said aloud", 3.0, ""),
        ("Yes.", 8.0, "too little text"),
    ],
)
def test_text_and_sound_have_to_be_as_long_as_each_other(
    clip: Clip, text: str, seconds: float, reason: str
) -> None:
    checked = check_length(replace(clip, text=text, pcm=_of_length(seconds)), Limits())
    assert checked.dropped == reason


def test_a_syllable_takes_longer_than_a_letter(clip: Clip) -> None:
    chinese = replace(clip, language="zh", text="今天天气很好", pcm=_of_length(1.5))
    assert not check_length(chinese, Limits()).dropped
    assert check_length(replace(chinese, pcm=_of_length(0.5)), Limits()).dropped == "too much text"


def test_a_dropped_clip_lets_its_sound_go(clip: Clip) -> None:
    assert not len(clip.drop("too long").pcm)


@pytest.mark.parametrize("gain", [0.05, 1.0])
def test_a_faint_clip_and_a_loud_one_become_as_loud_as_each_other(clip: Clip, gain: float) -> None:
    pcm = level(replace(clip, pcm=(clip.pcm * gain).astype(np.int16))).pcm.astype(np.float64)
    rms_dbfs = 20 * np.log10(np.sqrt((pcm**2).mean()) / 32_768)
    assert rms_dbfs == pytest.approx(TARGET_DBFS, abs=0.5)
    assert 20 * np.log10(np.abs(pcm).max() / 32_768) <= PEAK_DBFS + 0.1


def test_silence_is_left_alone(clip: Clip) -> None:
    silent = replace(clip, pcm=_of_length(1.0))
    assert not level(silent).pcm.any()
