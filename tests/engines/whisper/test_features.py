"""Log-mel features, compared with those of transformers."""

from __future__ import annotations

import numpy as np
import torch
from transformers import WhisperFeatureExtractor

from sentivox.engines.whisper.features import MAX_FRAMES, log_mel
from tests.voices import spoken_pcm


def test_features_are_those_of_transformers() -> None:
    pcm = spoken_pcm("The weather is lovely today.")
    extractor = WhisperFeatureExtractor(feature_size=80)
    expected = extractor(pcm.astype(np.float32) / 32768, sampling_rate=16_000)["input_features"][0]
    assert np.abs(log_mel(pcm, MAX_FRAMES) - np.asarray(expected)).max() < 1e-3


def test_a_longer_clip_is_cut_and_a_shorter_one_padded_with_silence() -> None:
    pcm = spoken_pcm("The weather is lovely today.")
    assert log_mel(pcm, 50).shape == (80, 50)
    long = log_mel(pcm, 1000, mels=128)
    assert long.shape == (128, 1000)
    assert np.ptp(long[:, -100:]) == 0
    assert torch.from_numpy(long).dtype == torch.float32
