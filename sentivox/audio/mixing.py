"""Interleaved channels to mono or to separate channels."""

from __future__ import annotations

import warnings

import numpy as np

from sentivox.types import Pcm

with warnings.catch_warnings():
    # pydub looks for an ffmpeg program, which only its decoding of files would need.
    warnings.filterwarnings("ignore", "Couldn't find ffmpeg or avconv", RuntimeWarning)
    # pydub also imports audioop, which the standard library drops in Python 3.13.
    warnings.filterwarnings("ignore", category=DeprecationWarning)
    from pydub import AudioSegment as AudioSegment


def mix(interleaved: bytes, sample_rate: int, channels: int) -> Pcm:
    """The mean of all channels at the same rate; `interleaved` holds whole frames of int16."""
    if channels <= 2:
        piece = AudioSegment(
            data=interleaved, sample_width=2, frame_rate=sample_rate, channels=channels
        )
        return np.frombuffer(piece.set_channels(1).raw_data, np.int16)
    # pydub sums more than two channels in a Python loop over samples.
    samples = np.frombuffer(interleaved, np.int16).reshape(-1, channels)
    mono: Pcm = (samples.sum(axis=1, dtype=np.int32) // channels).astype(np.int16)
    return mono


def split(interleaved: bytes, channels: int) -> list[Pcm]:
    """One array of samples per channel; `interleaved` holds whole frames of int16."""
    samples = np.frombuffer(interleaved, np.int16).reshape(-1, channels)
    return [np.ascontiguousarray(channel) for channel in samples.T]
