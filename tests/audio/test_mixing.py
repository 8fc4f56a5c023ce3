from __future__ import annotations

import numpy as np
import pytest

from sentivox.audio.mixing import mix

NOISE = np.random.default_rng(0).integers(-20_000, 20_000, (4_001, 8)).astype(np.int16)


@pytest.mark.parametrize("channels", range(1, 9))
def test_mono_is_the_mean_of_all_channels(channels: int) -> None:
    samples = NOISE[:, :channels]
    mono = mix(samples.tobytes(), 16_000, channels)
    assert len(mono) == len(samples)
    assert np.abs(mono - samples.mean(axis=1)).max() <= 1


def test_full_scale_in_every_channel_does_not_overflow() -> None:
    loud = np.full((100, 8), 32_767, np.int16)
    assert mix(loud.tobytes(), 16_000, 8).min() == 32_767
