from __future__ import annotations

import numpy as np
import pytest

from sentivox.engines.whisper.backends.torch.log_mel import LogMel
from sentivox.engines.whisper.features import MAX_FRAMES, log_mel
from tests.voices import spoken_pcm


@pytest.mark.parametrize(("frames", "mels"), [(MAX_FRAMES, 80), (300, 128), (50, 80)])
def test_torch_sees_what_numpy_sees(frames: int, mels: int) -> None:
    clips = [spoken_pcm("Please hold the line."), spoken_pcm("Good morning."), np.zeros(9, "i2")]
    seen = LogMel(mels, "cpu")(clips, frames).numpy()
    expected = np.stack([log_mel(pcm, frames, mels) for pcm in clips])
    assert seen.shape == (3, mels, frames)
    assert np.abs(seen - expected).max() < 2e-3
