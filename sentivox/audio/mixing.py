"""Many channels to one, or apart, and how loud the loudest sample was."""

from __future__ import annotations

import math
import warnings

import numpy as np

from sentivox.types import Pcm

with warnings.catch_warnings():
    # pydub looks for an ffmpeg program to decode files with; nothing here asks it to.
    warnings.filterwarnings("ignore", "Couldn't find ffmpeg or avconv", RuntimeWarning)
    # It also relies on audioop, which leaves the standard library after our Python.
    warnings.filterwarnings("ignore", category=DeprecationWarning)
    from pydub import AudioSegment as AudioSegment

SAMPLE_BYTES = 2
FULL_SCALE = 32_768


class Mixer:
    """The mean of all channels, piece by piece, while keeping the peak over all of them."""

    def __init__(self, sample_rate: int, channels: int) -> None:
        self._rate = sample_rate
        self._channels = channels
        self._peak = 0

    @property
    def peak_dbfs(self) -> float:
        """Loudest sample of any channel so far; -inf for digital silence."""
        return _dbfs(self._peak)

    def mix(self, interleaved: bytes) -> Pcm:
        """Whole frames of int16 in, mono at the same rate out."""
        piece = AudioSegment(
            data=interleaved,
            sample_width=SAMPLE_BYTES,
            frame_rate=self._rate,
            channels=self._channels,
        )
        self._peak = max(self._peak, piece.max)
        if self._channels <= 2:
            return np.frombuffer(piece.set_channels(1).raw_data, np.int16)
        # pydub adds more than two channels up in a Python loop, sample by sample.
        samples = np.frombuffer(interleaved, np.int16).reshape(-1, self._channels)
        mono: Pcm = (samples.sum(axis=1, dtype=np.int32) // self._channels).astype(np.int16)
        return mono


class Splitter:
    """Every channel by itself, piece by piece, while keeping the peak over all of them."""

    def __init__(self, channels: int) -> None:
        self._channels = channels
        self._peak = 0

    @property
    def peak_dbfs(self) -> float:
        """Loudest sample of any channel so far; -inf for digital silence."""
        return _dbfs(self._peak)

    def split(self, interleaved: bytes) -> list[Pcm]:
        """Whole frames of int16 in, one piece a channel out."""
        samples = np.frombuffer(interleaved, np.int16).reshape(-1, self._channels)
        if len(samples):
            self._peak = max(self._peak, int(samples.max()), -int(samples.min()))
        return [np.ascontiguousarray(channel) for channel in samples.T]


def _dbfs(peak: int) -> float:
    return 20 * math.log10(peak / FULL_SCALE) if peak else -math.inf
