"""Whisper's encoder by torch, from samples to what was heard."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from transformers import WhisperForConditionalGeneration

from sentivox.engines.whisper.backends.torch.layers import encode
from sentivox.engines.whisper.backends.torch.log_mel import LogMel
from sentivox.engines.whisper.features import FRAMES_PER_SECOND, log_mel
from sentivox.types import Pcm

SECONDS_AT_ONCE = 480.0
"""A GPU is no faster with more, and what lies between its layers takes 30 kB a position."""


class BatchEncoder:
    def __init__(self, model: WhisperForConditionalGeneration) -> None:
        self._model = model
        self._mels: int = model.config.num_mel_bins
        self._on_device = LogMel(self._mels, model.device) if model.device.type == "cuda" else None

    def __call__(self, clips: Sequence[Pcm], context_s: float) -> torch.Tensor:
        """Each with silence after it: (clips, positions, width), 50 positions a second."""
        size = max(1, int(SECONDS_AT_ONCE / context_s))
        parts = [
            encode(self._model, self._features(clips[at : at + size], context_s))
            for at in range(0, len(clips), size)
        ]
        return parts[0] if len(parts) == 1 else torch.cat(parts)

    def _features(self, clips: Sequence[Pcm], context_s: float) -> torch.Tensor:
        frames = int(context_s * FRAMES_PER_SECOND)
        if self._on_device:
            return self._on_device(clips, frames).to(self._model.dtype)
        features = np.stack([log_mel(pcm, frames, self._mels) for pcm in clips])
        return torch.from_numpy(features).to(self._model.dtype)
