"""Crosstalk: speech on a channel that belongs to the speaker of another channel.

Telephones, rooms and cables let a speaker's sound reach the channels of the others, later and
quieter. Crosstalk is a linearly filtered copy, so its spectrum can be predicted from the louder
channel's: the share of a channel's power for which that is possible is the coherence of the two
channels (Carter, "Coherence and time delay estimation", Proc. IEEE 75(2), 1987).

Coherence needs a second of audio, and answers in a conversation are shorter. So the level decides
at the beginning and the end of crosstalk, as in the echo suppressors of telephones: audio that is
no louder than the crosstalk just before or after it belongs to that crosstalk.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from sentivox.audio.vad import FRAME_SAMPLES
from sentivox.types import SAMPLE_RATE, Pcm

HOP_FRAMES = 8
"""Frames that are decided in one step: a quarter of a second."""
SPAN_FRAMES = 32
"""Frames over which the coherence for a hop is computed, the hop in the middle: a second."""
SIDE_FRAMES = (SPAN_FRAMES - HOP_FRAMES) // 2
NEIGHBOUR_HOPS = SIDE_FRAMES // HOP_FRAMES + 1
"""Hops on either side of a hop with crosstalk in which the level decides."""
MIN_SHARED_POWER = 0.5
"""Least share of a channel's power that is predictable from another channel, for crosstalk. Two
independent speakers share up to 0.3 of a second by chance; crosstalk through a room had 0.5 and
more, unless it was mostly echo (docs/log.md)."""
SAME_LEVEL_DB = 3.0
"""Channels within this level are equally loud; of these, the first channel is kept."""
OWN_SPEECH_DB = 6.0
"""A channel this much louder than its crosstalk has speech of its own."""
ECHO_FRAMES = 8
"""Frames for which the echo of crosstalk may last: a quarter of a second."""
MIN_SPEECH_PROBABILITY = 0.1
"""Hops whose speech probability is below it on every channel aren't searched for crosstalk."""
MAX_DELAY_SAMPLES = SAMPLE_RATE // 4
"""Largest delay of crosstalk; the echo of a telephone network is shorter."""
FFT_SAMPLES = 1024
SPEECH_BINS = slice(200 * FFT_SAMPLES // SAMPLE_RATE, 4_000 * FFT_SAMPLES // SAMPLE_RATE)
"""Bins from 200 Hz to 4 kHz, which hold the power of speech and no mains hum."""

FrameMask = npt.NDArray[np.bool_]
"""Whether each frame is crosstalk, shape (channels, frames)."""
Spectra = npt.NDArray[np.complex128]
"""Short-time spectra of one channel, shape (times, bins)."""


@dataclass(frozen=True, slots=True)
class CrosstalkSource:
    """Origin of the crosstalk on a channel."""

    channel: int
    gain_db: float
    """Level of the crosstalk relative to the source channel, in decibels."""


@dataclass(frozen=True, slots=True, eq=False)
class _Hop:
    sources: Mapping[int, CrosstalkSource]
    """Source of crosstalk by the channel that has it."""
    levels: npt.NDArray[np.float64]
    """Level of each frame in decibels, shape (channels, HOP_FRAMES)."""
    echo_levels: npt.NDArray[np.float64]
    """Highest level of each frame and the ECHO_FRAMES before it, shape (channels, HOP_FRAMES)."""


class CrosstalkDetector:
    """Streaming state of one clip: `feed` all channels together, then `flush` once.

    Both return a FrameMask of the frames that were decided, in order, about a second late.
    """

    def __init__(self, channels: int) -> None:
        self._pcm = np.zeros((channels, SIDE_FRAMES * FRAME_SAMPLES), np.int16)
        self._probabilities = np.zeros((channels, 0), np.float32)
        silent = np.full((channels, HOP_FRAMES), -np.inf)
        before = _Hop({}, silent, silent)
        self._hops = deque([before] * 2 * NEIGHBOUR_HOPS, 2 * NEIGHBOUR_HOPS + 1)
        self._lead_frames = NEIGHBOUR_HOPS * HOP_FRAMES
        """Frames of the silence assumed before the clip that are still to be decided."""

    def feed(self, pcm: npt.NDArray[np.int16], probabilities: npt.NDArray[np.float32]) -> FrameMask:
        """Crosstalk of the frames that became decidable.

        `pcm` has shape (channels, samples). `probabilities` are the speech probabilities of the
        frames that became complete with these samples, shape (channels, frames).
        """
        self._pcm = np.concatenate([self._pcm, pcm], axis=1)
        self._probabilities = np.concatenate([self._probabilities, probabilities], axis=1)
        decided = [np.zeros((len(pcm), 0), np.bool_)]
        while (
            self._probabilities.shape[1] >= HOP_FRAMES
            and self._pcm.shape[1] >= SPAN_FRAMES * FRAME_SAMPLES
        ):
            self._hops.append(self._next_hop())
            decided.append(self._middle_hop())
        return self._without_lead(np.concatenate(decided, axis=1))

    def flush(self, probabilities: npt.NDArray[np.float32]) -> FrameMask:
        """Crosstalk of the remaining frames, as if silence followed.

        `probabilities` are of the last frame if that frame is incomplete, shape (channels, 0 or 1).
        """
        fill = -(self._probabilities.shape[1] + probabilities.shape[1]) % HOP_FRAMES
        after = fill + NEIGHBOUR_HOPS * HOP_FRAMES
        channels = len(probabilities)
        silence = np.zeros((channels, (SPAN_FRAMES + 1 + after) * FRAME_SAMPLES), np.int16)
        no_speech = np.zeros((channels, after), np.float32)
        rest = self.feed(silence, np.concatenate([probabilities, no_speech], axis=1))
        return rest[:, : -fill or None]

    def _next_hop(self) -> _Hop:
        span = self._pcm[:, : SPAN_FRAMES * FRAME_SAMPLES]
        highest = self._probabilities[:, :HOP_FRAMES].max(axis=1)
        active = np.flatnonzero(highest >= MIN_SPEECH_PROBABILITY).tolist()
        sources = crosstalk_sources(span, active) if active else {}
        levels = _frame_levels_db(span)
        with_echo = np.lib.stride_tricks.sliding_window_view(levels, ECHO_FRAMES + 1, axis=1)
        hop = slice(SIDE_FRAMES, SIDE_FRAMES + HOP_FRAMES)
        self._pcm = self._pcm[:, HOP_FRAMES * FRAME_SAMPLES :].copy()
        self._probabilities = self._probabilities[:, HOP_FRAMES:].copy()
        return _Hop(
            sources,
            levels[:, hop],
            with_echo.max(axis=2)[:, SIDE_FRAMES - ECHO_FRAMES :][:, :HOP_FRAMES],
        )

    def _middle_hop(self) -> FrameMask:
        """Crosstalk in the middle one of the known hops, shape (channels, HOP_FRAMES)."""
        channels = range(len(self._pcm))
        middle = slice(NEIGHBOUR_HOPS * HOP_FRAMES, (NEIGHBOUR_HOPS + 1) * HOP_FRAMES)
        return np.stack([self._crosstalk(own)[middle] for own in channels])

    def _crosstalk(self, own: int) -> npt.NDArray[np.bool_]:
        """Crosstalk on a channel in all known hops, shape (frames,): the frames of hops that have a
        source, and the frames next to them up to the first louder one.
        """
        sources = [hop.sources.get(own) for hop in self._hops]
        certain = np.repeat([each is not None for each in sources], HOP_FRAMES)
        if certain.all() or not certain.any():
            return certain
        levels = np.concatenate([hop.levels[own] for hop in self._hops])
        quiet = np.zeros(len(levels), np.bool_)
        for channel, gain_db in {(each.channel, each.gain_db) for each in sources if each}:
            echo_levels = np.concatenate([hop.echo_levels[channel] for hop in self._hops])
            quiet |= levels < echo_levels + gain_db + OWN_SPEECH_DB
        return _spread(certain, quiet) | _spread(certain[::-1], quiet[::-1])[::-1]

    def _without_lead(self, decided: FrameMask) -> FrameMask:
        skipped = min(self._lead_frames, decided.shape[1])
        self._lead_frames -= skipped
        return decided[:, skipped:]


def crosstalk_sources(
    channels: npt.NDArray[np.int16], active: Iterable[int]
) -> dict[int, CrosstalkSource]:
    """Source of the crosstalk on each of the `active` channels that is mostly crosstalk.

    `channels` has shape (channels, samples). Of equally loud channels with the same speech, the
    first one is taken for the source.
    """
    spectra = [_spectra(each) for each in channels]
    levels = [_level_db(each) for each in spectra]

    def is_copy(own: int, other: int) -> bool:
        # Identical channels have no delay, and the search for one is slow.
        return (
            coherent_share(spectra[own], spectra[other]) >= MIN_SHARED_POWER
            or shared_power(channels[own], channels[other]) >= MIN_SHARED_POWER
        )

    sources = {}
    for own in active:
        copied = [
            other
            for other, level in enumerate(levels)
            if other != own and level >= levels[own] - SAME_LEVEL_DB and is_copy(own, other)
        ]
        alike = sorted([own, *copied])
        loudest = max(levels[each] for each in alike)
        source = next(each for each in alike if levels[each] >= loudest - SAME_LEVEL_DB)
        if source != own:
            sources[own] = CrosstalkSource(source, levels[own] - levels[source])
    return sources


def shared_power(own: Pcm, other: Pcm) -> float:
    """Share of the power of `own`, in [0, 1], that is predictable from `other` at the best delay.

    Both signals have the same length.
    """
    own, other = _aligned(own, other)
    return coherent_share(_spectra(own), _spectra(other))


def coherent_share(own: Spectra, other: Spectra) -> float:
    """Share of the power of `own`, in [0, 1], that is predictable from `other` without delay: their
    magnitude-squared coherence, weighted by the power of `own`.
    """
    cross = np.abs((own * np.conj(other)).sum(axis=0)) ** 2
    power = _power(own)
    return float((cross / np.maximum(_power(other), 1)).sum() / max(power.sum(), 1))


def _aligned(own: Pcm, other: Pcm) -> tuple[Pcm, Pcm]:
    """Both signals without the delay between them, where their cross-correlation peaks."""
    size = 2 * len(own)
    spectrum = np.fft.rfft(own, size) * np.conj(np.fft.rfft(other, size))
    correlation = np.abs(np.fft.irfft(spectrum, size))
    delays = np.concatenate(
        [correlation[-MAX_DELAY_SAMPLES:], correlation[: MAX_DELAY_SAMPLES + 1]]
    )
    delay = int(np.argmax(delays)) - MAX_DELAY_SAMPLES
    if delay >= 0:
        return own[delay:], other[: len(other) - delay]
    return own[:delay], other[-delay:]


def _spectra(pcm: Pcm) -> Spectra:
    hops = np.lib.stride_tricks.sliding_window_view(pcm, FFT_SAMPLES)[:: FFT_SAMPLES // 2]
    windowed = hops * np.hanning(FFT_SAMPLES).astype(np.float32)
    return np.fft.rfft(windowed, axis=1)[:, SPEECH_BINS]


def _power(spectra: Spectra) -> npt.NDArray[np.float64]:
    return (np.abs(spectra) ** 2).sum(axis=0, dtype=np.float64)


def _level_db(spectra: Spectra) -> float:
    return 10 * float(np.log10(_power(spectra).sum() + 1))


def _frame_levels_db(channels: npt.NDArray[np.int16]) -> npt.NDArray[np.float64]:
    """Level of each frame, shape (channels, frames), of the differences between samples: a
    high-pass filter against hum.
    """
    steps = np.diff(channels.astype(np.float64), prepend=0)
    power = (steps.reshape(len(channels), -1, FRAME_SAMPLES) ** 2).sum(axis=2)
    return 10 * np.log10(power + 1)


def _spread(
    certain: npt.NDArray[np.bool_], possible: npt.NDArray[np.bool_]
) -> npt.NDArray[np.bool_]:
    """`certain` and the `possible` frames that follow it without a gap."""
    spread = certain.copy()
    for frame in range(1, len(spread)):
        spread[frame] |= spread[frame - 1] and possible[frame]
    return spread
