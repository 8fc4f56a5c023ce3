"""The log-mel spectrogram by torch, compared with the one by NumPy."""

from __future__ import annotations

import numpy as np
import pytest

from sentivox.engines.whisper.backends.torch.log_mel import LogMel
from sentivox.engines.whisper.features import MAX_FRAMES, log_mel
from tests.voices import spoken_pcm


@pytest.mark.parametrize(("frames", "mels"), [(MAX_FRAMES, 80), (300, 128), (50, 80)])
def test_torch_and_numpy_compute_the_same_features(frames: int, mels: int) -> None:
    clips = [spoken_pcm("Please hold the line."), spoken_pcm("Good morning."), np.zeros(9, "i2")]
    features = LogMel(mels, "cpu")(clips, frames).numpy()
    expected = np.stack([log_mel(pcm, frames, mels) for pcm in clips])
    assert features.shape == (3, mels, frames)
    assert np.abs(features - expected).max() < 2e-3
