"""Augmented copies: their properties and their reproducibility."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest

from preprocessing.clips.augmentation import (
    TELEPHONE_CODECS,
    augmented,
    faster,
    noisy,
    over_telephone,
)
from preprocessing.clips.clip import Clip
from preprocessing.settings import KINDS, Kind
from preprocessing.steps.splits import seed
from sentivox.types import SAMPLE_RATE, Pcm


def _power(pcm: Pcm) -> float:
    return float((pcm.astype(np.float64) ** 2).mean())


def _spectrum(pcm: Pcm) -> tuple[npt.NDArray[np.floating], npt.NDArray[np.floating]]:
    return np.fft.rfftfreq(len(pcm), 1 / SAMPLE_RATE), np.abs(np.fft.rfft(pcm)) ** 2


@pytest.mark.parametrize("kind", KINDS)
def test_equal_seeds_give_equal_copies(clip: Clip, kind: Kind) -> None:
    one, done = augmented(clip.pcm, kind, np.random.default_rng(seed("a")))
    two, _ = augmented(clip.pcm, kind, np.random.default_rng(seed("a")))
    assert np.array_equal(one, two)
    assert not np.array_equal(one, clip.pcm)
    assert done


@pytest.mark.parametrize("kind", ["noise", "telephone", "room"])
def test_a_copy_has_the_length_and_at_most_the_power_of_its_original(
    clip: Clip, kind: Kind
) -> None:
    copy, _ = augmented(clip.pcm, kind, np.random.default_rng(0))
    assert len(copy) == len(clip.pcm)
    assert 0.2 < _power(copy) / _power(clip.pcm) < 1.3


def test_a_faster_copy_is_shorter_and_higher_in_pitch() -> None:
    times = np.arange(2 * SAMPLE_RATE) / SAMPLE_RATE
    tone = (8_000 * np.sin(2 * np.pi * 440 * times)).astype(np.int16)
    quick = faster(tone, 1.1)
    assert len(quick) == pytest.approx(len(tone) / 1.1, abs=2)
    hertz, power = _spectrum(quick)
    assert hertz[power.argmax()] == pytest.approx(484, abs=1)


def test_noise_has_the_requested_level(clip: Clip) -> None:
    for colour in ("white", "pink", "brown"):
        copy = noisy(clip.pcm, 10.0, colour, np.random.default_rng(1)).astype(np.float64)
        clean = clip.pcm.astype(np.float64)
        speech = clean * (copy @ clean) / (clean @ clean)
        snr = 10 * np.log10((speech**2).sum() / ((copy - speech) ** 2).sum())
        assert snr == pytest.approx(10.0, abs=0.7)


@pytest.mark.parametrize("codec", TELEPHONE_CODECS)
def test_a_telephone_copy_has_the_band_of_a_telephone(clip: Clip, codec: str) -> None:
    hertz, power = _spectrum(over_telephone(clip.pcm, codec))
    assert power[hertz > 4_000].sum() < 0.001 * power.sum()
