"""Clips that are dropped without a model, and normalised loudness."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from preprocessing.clips.checks import check_length, normalise_text
from preprocessing.clips.clip import Clip
from preprocessing.clips.loudness import PEAK_DBFS, TARGET_DBFS, normalise_loudness
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
def test_a_text_that_is_not_a_label_is_dropped(
    clip: Clip, language: str, text: str, reason: str
) -> None:
    assert normalise_text(replace(clip, language=language, text=text), Limits()).dropped == reason


def test_digits_are_kept_on_request(clip: Clip) -> None:
    numbers = replace(clip, text="Press 7.")
    assert normalise_text(numbers, Limits(digits=True)).text == "Press 7."


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
def test_the_length_of_the_text_must_fit_the_length_of_the_audio(
    clip: Clip, text: str, seconds: float, reason: str
) -> None:
    checked = check_length(replace(clip, text=text, pcm=_of_length(seconds)), Limits())
    assert checked.dropped == reason


def test_a_syllabic_character_counts_as_several_letters(clip: Clip) -> None:
    chinese = replace(clip, language="zh", text="今天天气很好", pcm=_of_length(1.5))
    assert not check_length(chinese, Limits()).dropped
    assert check_length(replace(chinese, pcm=_of_length(0.5)), Limits()).dropped == "too much text"


def test_a_dropped_clip_has_no_samples(clip: Clip) -> None:
    assert not len(clip.drop("too long").pcm)


@pytest.mark.parametrize("gain", [0.05, 1.0])
def test_quiet_and_loud_clips_get_the_same_loudness(clip: Clip, gain: float) -> None:
    pcm = normalise_loudness(replace(clip, pcm=(clip.pcm * gain).astype(np.int16))).pcm.astype(
        np.float64
    )
    rms_dbfs = 20 * np.log10(np.sqrt((pcm**2).mean()) / 32_768)
    assert rms_dbfs == pytest.approx(TARGET_DBFS, abs=0.5)
    assert 20 * np.log10(np.abs(pcm).max() / 32_768) <= PEAK_DBFS + 0.1


def test_silence_is_not_amplified(clip: Clip) -> None:
    silent = replace(clip, pcm=_of_length(1.0))
    assert not normalise_loudness(silent).pcm.any()
