"""Whisper's picture of sound by torch, for a GPU that will hear it anyway.

The formula is that of whisper_features.py, which does without torch.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch

from sentivox.engines.whisper.features import (
    FFT_SAMPLES,
    FLOOR,
    HOP_SAMPLES,
    RANGE,
    mel_filters,
)
from sentivox.types import Pcm

LOUDEST = 32768.0
"""Of 16-bit samples."""


class LogMel:
    def __init__(self, mels: int, device: torch.device | str) -> None:
        self._device = device
        self._hann = torch.hann_window(FFT_SAMPLES, device=device)
        self._filters = torch.from_numpy(mel_filters(mels)).to(device)

    def __call__(self, clips: Sequence[Pcm], frames: int) -> torch.Tensor:
        """As `log_mel` gives it for each, float32 (clips, mels, frames), on the device."""
        samples = np.zeros((len(clips), frames * HOP_SAMPLES), np.int16)
        for row, pcm in zip(samples, clips, strict=True):
            heard = pcm[: len(row)]
            row[: len(heard)] = heard
        # As integers they are half as long on their way to the device.
        sound = torch.from_numpy(samples).to(self._device).float() / LOUDEST
        spectrum = torch.stft(
            sound, FFT_SAMPLES, HOP_SAMPLES, window=self._hann, return_complex=True
        )[..., :frames]
        logs = (self._filters @ spectrum.abs().square()).clamp_(min=FLOOR).log10_()
        loudest = logs.amax((1, 2), keepdim=True)
        return (torch.maximum(logs, loudest - RANGE) + 4.0) / 4.0
