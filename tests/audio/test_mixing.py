from __future__ import annotations

import numpy as np
import pytest

from sentivox.audio.mixing import Downmix, split, weights_of
from sentivox.types import Pcm

RATE = 16_000
NOISE = np.random.default_rng(0).integers(-20_000, 20_000, (4_001, 8)).astype(np.int16)
STEREO = ("FL", "FR")
SURROUND = ("FL", "FR", "FC", "LFE", "BL", "BR")


def mono(samples: Pcm, *names: str) -> Pcm:
    return Downmix(names, RATE)(samples.tobytes())


@pytest.mark.parametrize("channels", [1, 2, 4, 8])
def test_channels_of_a_layout_without_a_centre_are_equal(channels: int) -> None:
    samples = NOISE[:, :channels]
    mixed = mono(samples, *map(str, range(channels)))
    assert np.abs(mixed - samples.mean(axis=1)).max() <= 1


def test_full_scale_in_every_channel_does_not_overflow() -> None:
    loud = np.full((100, 6), 32_767, np.int16)
    assert mono(loud, *SURROUND).min() >= 32_766


def test_the_centre_is_the_loudest_and_the_subwoofer_is_left_out() -> None:
    weights = dict(zip(SURROUND, weights_of(SURROUND).tolist(), strict=True))
    assert weights["FC"] > 2 * weights["FL"] > 2 * weights["BL"] > weights["LFE"] == 0
    assert sum(weights.values()) == pytest.approx(1)


def test_an_inverted_channel_does_not_cancel_the_other() -> None:
    left = NOISE[:, 0]
    mixed = mono(np.stack([left, -left], axis=1), *STEREO)
    assert np.array_equal(mixed, left)


def test_a_nearly_inverted_channel_does_not_cancel_the_other() -> None:
    left = NOISE[:, 0]
    right = (-0.9 * left + 0.05 * NOISE[:, 1]).astype(np.int16)
    assert np.std(mono(np.stack([left, right], axis=1), *STEREO)) > 0.8 * np.std(left)


def test_a_channel_that_is_inverted_for_a_second_is_kept_in_that_second() -> None:
    left = np.resize(NOISE[:, 0], 4 * RATE)
    right = left.copy()
    right[RATE : 2 * RATE] *= -1
    assert np.array_equal(mono(np.stack([left, right], axis=1), *STEREO), left)


@pytest.mark.parametrize("inverted", [0, 2, 4])
def test_an_inverted_channel_of_six_cancels_nothing(inverted: int) -> None:
    samples = np.repeat(NOISE[:, :1], 6, axis=1)
    samples[:, inverted] *= -1
    assert np.std(mono(samples, *SURROUND)) > 0.05 * np.std(samples[:, 0])


def test_split_channels_are_those_of_the_file() -> None:
    left, right = split(NOISE[:, :2].tobytes(), 2)
    assert np.array_equal(left, NOISE[:, 0])
    assert np.array_equal(right, NOISE[:, 1])
