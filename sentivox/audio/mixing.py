"""Many channels to one, and how loud the loudest sample was."""

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
    from pydub import AudioSegment

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
        return 20 * math.log10(self._peak / FULL_SCALE) if self._peak else -math.inf

    def mix(self, interleaved: bytes) -> Pcm:
        """Whole frames of int16 in, mono at the same rate out."""
        piece = AudioSegment(
            data=interleaved,
            sample_width=SAMPLE_BYTES,
            frame_rate=self._rate,
            channels=self._channels,
        )
        self._peak = max(self._peak, piece.max)
        return np.frombuffer(_to_mono(piece).raw_data, np.int16)


def _to_mono(piece: AudioSegment) -> AudioSegment:
    if piece.channels <= 2:
        return piece.set_channels(1)
    # set_channels would add these up in a Python loop, sample by sample.
    share = -20 * math.log10(piece.channels)
    quiet, *others = (channel.apply_gain(share) for channel in piece.split_to_mono())
    for channel in others:
        quiet = quiet.overlay(channel)
    return quiet
