"""Log-mel features by torch, for encoders on a GPU.

The formula is that of `sentivox.engines.whisper.features`, which needs no torch.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch

from sentivox.engines.whisper.features import (
    DYNAMIC_RANGE,
    FFT_SAMPLES,
    HOP_SAMPLES,
    MIN_POWER,
    mel_filters,
)
from sentivox.types import FULL_SCALE, Pcm


class LogMel:
    """Computes features on the device."""

    def __init__(self, mels: int, device: torch.device | str) -> None:
        self._device = device
        self._hann = torch.hann_window(FFT_SAMPLES, device=device)
        self._filters = torch.from_numpy(mel_filters(mels)).to(device)

    def __call__(self, clips: Sequence[Pcm], frames: int) -> torch.Tensor:
        """The features that `log_mel` gives for each clip, float32 (clips, mels, frames)."""
        samples = np.zeros((len(clips), frames * HOP_SAMPLES), np.int16)
        for row, pcm in zip(samples, clips, strict=True):
            kept = pcm[: len(row)]
            row[: len(kept)] = kept
        # Integers are half as many bytes on their way to the device.
        scaled = torch.from_numpy(samples).to(self._device).float() / FULL_SCALE
        spectrum = torch.stft(
            scaled, FFT_SAMPLES, HOP_SAMPLES, window=self._hann, return_complex=True
        )[..., :frames]
        logs = (self._filters @ spectrum.abs().square()).clamp_(min=MIN_POWER).log10_()
        loudest = logs.amax((1, 2), keepdim=True)
        return (torch.maximum(logs, loudest - DYNAMIC_RANGE) + 4.0) / 4.0
