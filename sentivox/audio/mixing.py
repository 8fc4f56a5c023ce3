"""Interleaved channels to mono or to separate channels, with the peak level."""

from __future__ import annotations

import math
import warnings

import numpy as np

from sentivox.types import Pcm

with warnings.catch_warnings():
    # pydub looks for an ffmpeg program, which only its decoding of files would need.
    warnings.filterwarnings("ignore", "Couldn't find ffmpeg or avconv", RuntimeWarning)
    # pydub also imports audioop, which the standard library drops in Python 3.13.
    warnings.filterwarnings("ignore", category=DeprecationWarning)
    from pydub import AudioSegment as AudioSegment

SAMPLE_BYTES = 2
FULL_SCALE = 32_768


class Mixer:
    """Mixes all channels down to their mean, piece by piece, and tracks the peak level."""

    def __init__(self, sample_rate: int, channels: int) -> None:
        self._rate = sample_rate
        self._channels = channels
        self._peak = 0

    @property
    def peak_dbfs(self) -> float:
        """Level of the loudest sample of any channel so far, in dBFS; -inf for digital silence."""
        return _dbfs(self._peak)

    def mix(self, interleaved: bytes) -> Pcm:
        """Mono samples at the same rate; `interleaved` holds whole frames of int16."""
        piece = AudioSegment(
            data=interleaved,
            sample_width=SAMPLE_BYTES,
            frame_rate=self._rate,
            channels=self._channels,
        )
        self._peak = max(self._peak, piece.max)
        if self._channels <= 2:
            return np.frombuffer(piece.set_channels(1).raw_data, np.int16)
        # pydub sums more than two channels in a Python loop over samples.
        samples = np.frombuffer(interleaved, np.int16).reshape(-1, self._channels)
        mono: Pcm = (samples.sum(axis=1, dtype=np.int32) // self._channels).astype(np.int16)
        return mono


class Splitter:
    """Separates the channels, piece by piece, and tracks the peak level over all of them."""

    def __init__(self, channels: int) -> None:
        self._channels = channels
        self._peak = 0

    @property
    def peak_dbfs(self) -> float:
        """Level of the loudest sample of any channel so far, in dBFS; -inf for digital silence."""
        return _dbfs(self._peak)

    def split(self, interleaved: bytes) -> list[Pcm]:
        """One array of samples per channel; `interleaved` holds whole frames of int16."""
        samples = np.frombuffer(interleaved, np.int16).reshape(-1, self._channels)
        if len(samples):
            self._peak = max(self._peak, int(samples.max()), -int(samples.min()))
        return [np.ascontiguousarray(channel) for channel in samples.T]


def _dbfs(peak: int) -> float:
    return 20 * math.log10(peak / FULL_SCALE) if peak else -math.inf
