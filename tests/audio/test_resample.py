from __future__ import annotations

import numpy as np
import pytest
import torch
from torchaudio.functional import resample

from sentivox.audio.resample import Resampler
from sentivox.types import SAMPLE_RATE, Pcm


def signal(rate: int, seconds: float = 1.5) -> Pcm:
    samples = np.random.default_rng(rate).normal(0, 6_000, int(rate * seconds))
    return np.clip(samples, -32_768, 32_767).astype(np.int16)


def streamed(samples: Pcm, rate: int, piece: int) -> Pcm:
    resampler = Resampler(rate)
    pieces = [resampler.feed(samples[at : at + piece]) for at in range(0, len(samples), piece)]
    return np.concatenate([*pieces, resampler.flush()])


@pytest.mark.parametrize("rate", [4_000, 8_000, 11_025, 22_050, 44_100, 48_000, 96_000, 192_000])
@pytest.mark.parametrize("piece", [1_000, 7_919, 10**9])
def test_streaming_equals_resampling_the_whole_signal(rate: int, piece: int) -> None:
    samples = signal(rate)
    whole = resample(torch.from_numpy(samples / np.float32(32_768)), rate, SAMPLE_RATE).numpy()
    resampled = streamed(samples, rate, piece) / 32_768
    assert len(resampled) == len(whole)
    assert np.abs(resampled - whole.clip(-1, 1)).max() < 1e-4


def test_sixteen_kilohertz_is_returned_unchanged() -> None:
    samples = signal(SAMPLE_RATE)
    resampler = Resampler(SAMPLE_RATE)
    assert resampler.feed(samples) is samples
    assert len(resampler.flush()) == 0


@pytest.mark.parametrize("rate", [8_012, 16_006, 44_101, 383_987])
def test_odd_rates_keep_the_length(rate: int) -> None:
    resampled = streamed(signal(rate, 4), rate, rate)
    assert len(resampled) == pytest.approx(4 * SAMPLE_RATE, rel=4e-4)


def test_overshoot_is_clipped_without_integer_overflow() -> None:
    square = np.repeat(np.array([32_767, -32_768] * 50, np.int16), 40)
    resampled = streamed(square, 8_000, 500)
    assert np.abs(resampled[20:60]).min() > 20_000
    assert resampled[20:60].min() > 0


def test_no_samples_give_no_samples() -> None:
    assert len(Resampler(8_000).flush()) == 0
