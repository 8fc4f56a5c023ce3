"""Streaming resampling of any rate to 16 kHz; equal to resampling the whole clip at once."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import numpy.typing as npt
import torch
from torchaudio.functional import resample

from sentivox.types import FULL_SCALE, SAMPLE_RATE, Pcm

LOWPASS_WIDTH = 6
ROLLOFF = 0.99
"""torchaudio's defaults, named because the overlap of two pieces follows from them."""
MAX_TERM = 1280
"""Largest numerator or denominator of the resampling ratio. The filter has (inputs + 2 width) taps
for each of `outputs` phases, so an odd rate like 44,101 would need gigabytes. Such a rate is
replaced by the nearest one whose ratio has no larger term: 44,101 by 44,100. Every usual rate is
exact; the largest error below 100 kHz is 0.04 %, at 63,975."""


class Resampler:
    """Streaming state of one clip: `feed` pieces of any length, then `flush` once.

    An output frame (`outputs` samples) is the filter applied to `inputs` samples and `width` more
    on either side (see `torchaudio.functional.resample`). So a piece is converted together with
    that many earlier samples, and its last samples wait for the following piece.
    """

    def __init__(self, rate: int) -> None:
        ratio = _ratio(rate)
        self._inputs, self._outputs = ratio.numerator, ratio.denominator
        cutoff = min(self._inputs, self._outputs) * ROLLOFF
        self._width = math.ceil(LOWPASS_WIDTH * self._inputs / cutoff)
        self._past_frames = math.ceil(self._width / self._inputs)
        past = self._past_frames * self._inputs
        self._kept: npt.NDArray[np.float32] = np.zeros(past, np.float32)
        self._samples_in = 0
        self._samples_out = 0

    def feed(self, samples: Pcm) -> Pcm:
        """The 16 kHz samples that became complete with these samples at the original rate."""
        if self._inputs == self._outputs:
            return samples
        self._samples_in += len(samples)
        scaled = samples.astype(np.float32) / FULL_SCALE
        self._kept = np.concatenate([self._kept, scaled])
        frames = (len(self._kept) - self._width) // self._inputs - self._past_frames
        return self._convert(frames)

    def flush(self) -> Pcm:
        """The remaining samples at the end of the clip, as if silence followed."""
        if self._inputs == self._outputs:
            return np.zeros(0, np.int16)
        total = math.ceil(self._samples_in * self._outputs / self._inputs)
        missing = total - self._samples_out
        frames = math.ceil(missing / self._outputs)
        future = np.zeros(self._inputs * frames + self._width, np.float32)
        self._kept = np.concatenate([self._kept, future])
        return self._convert(frames)[:missing]

    def _convert(self, frames: int) -> Pcm:
        if frames <= 0:
            return np.zeros(0, np.int16)
        end = (self._past_frames + frames) * self._inputs + self._width
        converted = resample(
            torch.from_numpy(self._kept[:end]),
            self._inputs,
            self._outputs,
            lowpass_filter_width=LOWPASS_WIDTH,
            rolloff=ROLLOFF,
        ).numpy()
        first = self._past_frames * self._outputs
        wanted = converted[first : first + frames * self._outputs]
        self._kept = self._kept[frames * self._inputs :].copy()
        self._samples_out += len(wanted)
        scaled = np.rint(wanted * FULL_SCALE)
        return np.clip(scaled, -FULL_SCALE, FULL_SCALE - 1).astype(np.int16)


def _ratio(rate: int) -> Fraction:
    """Input samples per output sample, approximated as MAX_TERM describes."""
    most = MAX_TERM * min(SAMPLE_RATE, rate) // rate
    return Fraction(rate, SAMPLE_RATE).limit_denominator(most)
