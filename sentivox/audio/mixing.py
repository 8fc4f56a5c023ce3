"""Interleaved channels to mono or to separate channels."""

from __future__ import annotations

import warnings
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from sentivox.types import Pcm

with warnings.catch_warnings():
    # pydub looks for an ffmpeg program, which only its decoding of files would need.
    warnings.filterwarnings("ignore", "Couldn't find ffmpeg or avconv", RuntimeWarning)
    # pydub also imports audioop, which the standard library drops in Python 3.13.
    warnings.filterwarnings("ignore", category=DeprecationWarning)
    from pydub import AudioSegment as AudioSegment

WEIGHTS = {"FC": 1.0, "FL": 0.35, "FR": 0.35, "LFE": 0.0, "LFE2": 0.0}
"""Weights of a layout with a centre, by FFmpeg's channel names. Dialogue of films is in the centre
and music on both sides of it, so the sides are 9 dB lower and not 3, as for listening."""
OTHER_WEIGHT = 0.25
"""Weight of channels beside and behind."""
CANCELLED_POWER = 0.25
"""A mix with less than this fraction of the power of its weighted channels has lost them to a
channel of opposite phase; channels without correlation leave all of it."""
BLOCK_S = 0.5
"""Length over which power is compared."""


class Downmix:
    """Channels of one layout to mono."""

    def __init__(self, names: Sequence[str], sample_rate: int) -> None:
        """`names` are FFmpeg's channel names, in the order of the samples."""
        self._channels = len(names)
        self._rate = sample_rate
        self._weights = weights_of(names)
        self._equal = len(set(self._weights.tolist())) == 1
        self._block = max(1, int(sample_rate * BLOCK_S))

    def __call__(self, interleaved: bytes) -> Pcm:
        """`interleaved` holds whole frames of int16."""
        if self._channels == 1:
            return np.frombuffer(interleaved, np.int16)
        samples = np.frombuffer(interleaved, np.int16).reshape(-1, self._channels)
        mono = self._mean(interleaved, samples).copy()
        for start in range(0, len(mono), self._block):
            block = slice(start, start + self._block)
            powers = _power(samples[block]) * self._weights**2
            if _power(mono[block]) < CANCELLED_POWER * powers.sum():
                mono[block] = samples[block, int(powers.argmax())]
        return mono

    def _mean(self, interleaved: bytes, samples: Pcm) -> Pcm:
        if self._channels == 2 and self._equal:
            segment = AudioSegment(
                data=interleaved, sample_width=2, frame_rate=self._rate, channels=2
            )
            return np.frombuffer(segment.set_channels(1).raw_data, np.int16)
        mixed: Pcm = np.rint(samples @ self._weights).astype(np.int16)
        return mixed


def weights_of(names: Sequence[str]) -> npt.NDArray[np.float32]:
    """The weight of each channel; their sum is 1. All are equal in layouts without a centre."""
    weights = np.ones(len(names), np.float32)
    if "FC" in names and len(names) > 1:
        weights = np.array([WEIGHTS.get(name, OTHER_WEIGHT) for name in names], np.float32)
    return weights / weights.sum()


def split(interleaved: bytes, channels: int) -> list[Pcm]:
    """One array of samples per channel; `interleaved` holds whole frames of int16."""
    samples = np.frombuffer(interleaved, np.int16).reshape(-1, channels)
    return [np.ascontiguousarray(channel) for channel in samples.T]


def _power(samples: Pcm) -> npt.NDArray[np.float64]:
    """The mean power over the first axis."""
    power: npt.NDArray[np.float64] = np.square(samples, dtype=np.float64).mean(axis=0)
    return power
