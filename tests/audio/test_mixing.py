from __future__ import annotations

import math

import numpy as np
import pytest

from sentivox.audio.mixing import Mixer

NOISE = np.random.default_rng(0).integers(-20_000, 20_000, (4_001, 8)).astype(np.int16)


@pytest.mark.parametrize("channels", range(1, 9))
def test_mono_is_the_mean_of_all_channels(channels: int) -> None:
    samples = NOISE[:, :channels]
    mono = Mixer(16_000, channels).mix(samples.tobytes())
    assert len(mono) == len(samples)
    assert np.abs(mono - samples.mean(axis=1)).max() <= 1


def test_full_scale_in_every_channel_does_not_overflow() -> None:
    loud = np.full((100, 8), 32_767, np.int16)
    assert Mixer(16_000, 8).mix(loud.tobytes()).min() == 32_767


def test_the_peak_is_over_all_channels_so_far() -> None:
    mixer = Mixer(16_000, 2)
    mixer.mix(np.array([[0, -16_384], [10, 10]], np.int16).tobytes())
    mixer.mix(np.array([[5, 5]], np.int16).tobytes())
    assert mixer.peak_dbfs == pytest.approx(-6.02, abs=0.01)


def test_the_peak_of_digital_silence_is_minus_infinity() -> None:
    mixer = Mixer(16_000, 1)
    mixer.mix(bytes(200))
    assert mixer.peak_dbfs == -math.inf
