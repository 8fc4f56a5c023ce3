"""Which voices on a channel are really those of another, heard through it.

A telephone, a room or a cable lets the one who speaks through to the channels of the others, later
and quieter. What passes through them is filtered but not changed otherwise, so its spectrum can be
computed from the louder channel's: the share of a channel's power for which that is possible is
their coherence (Carter, "Coherence and time delay estimation", Proc. IEEE 75(2), 1987).

Coherence needs a second of sound, and people take less to answer. So where a channel that lets
another through begins or stops to do so, its level decides, as in the echo suppressors of
telephones: what is no louder than what came through just before or after belongs to it.
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
"""Decided at once: a quarter of a second."""
SPAN_FRAMES = 32
"""WindowLanguages to for that, on both sides of it: a second."""
SIDE_FRAMES = (SPAN_FRAMES - HOP_FRAMES) // 2
REACH_HOPS = SIDE_FRAMES // HOP_FRAMES + 1
"""So far from a hop that lets another channel through, the level decides."""
SHARED = 0.5
"""Two voices that have nothing to do with each other share up to 0.3 of a second by chance; what
came through a room was 0.5 and more, unless it was mostly echo (measured, see docs/log.md)."""
ALIKE_DB = 3.0
"""Channels this near in level are as loud as each other, and the first of them is kept."""
LOUDER_DB = 6.0
"""What is this much louder than what comes through is a channel's own."""
LASTING_FRAMES = 8
"""Echoes go on for a quarter of a second after what caused them."""
FAINTEST = 0.1
"""Less likely to be speech than this isn't worth a look."""
MOST_DELAY = SAMPLE_RATE // 4
"""Samples; echoes of telephones stay below."""
FFT_SAMPLES = 1024
BAND = slice(200 * FFT_SAMPLES // SAMPLE_RATE, 4_000 * FFT_SAMPLES // SAMPLE_RATE)
"""Where speech has its power, and hum has none."""

Frames = npt.NDArray[np.bool_]
"""Shape (channels, frames)."""
Spectra = npt.NDArray[np.complex128]
"""Shape (moments, bins)."""


@dataclass(frozen=True, slots=True)
class Passing:
    """What comes through to a channel."""

    source: int
    """The channel it comes from."""
    gain_db: float
    """Its level here over that there."""


@dataclass(frozen=True, slots=True, eq=False)
class _Hop:
    passing: Mapping[int, Passing]
    """By the channel it comes through to."""
    levels: npt.NDArray[np.float64]
    """Decibels, shape (channels, HOP_FRAMES)."""
    lasting: npt.NDArray[np.float64]
    """The loudest of each frame and the LASTING_FRAMES before, as `levels`."""


class Crosstalk:
    """State of one clip: `feed` all channels at once, then `flush` once."""

    def __init__(self, channels: int) -> None:
        self._pcm = np.zeros((channels, SIDE_FRAMES * FRAME_SAMPLES), np.int16)
        self._voices = np.zeros((channels, 0), np.float32)
        silent = np.full((channels, HOP_FRAMES), -np.inf)
        before = _Hop({}, silent, silent)
        self._hops = deque([before] * 2 * REACH_HOPS, 2 * REACH_HOPS + 1)
        self._early = REACH_HOPS * HOP_FRAMES
        """Frames of the silence before the clip, still to be decided."""

    def feed(self, pcm: npt.NDArray[np.int16], voices: npt.NDArray[np.float32]) -> Frames:
        """For every frame that is decided by now, whether a channel only lets another through.

        `pcm` has shape (channels, samples), `voices`, the probabilities of speech in the frames
        that became complete, shape (channels, frames), and so has the answer. Answers come in
        order, about a second late.
        """
        self._pcm = np.concatenate([self._pcm, pcm], axis=1)
        self._voices = np.concatenate([self._voices, voices], axis=1)
        decided = [np.zeros((len(pcm), 0), np.bool_)]
        while (
            self._voices.shape[1] >= HOP_FRAMES
            and self._pcm.shape[1] >= SPAN_FRAMES * FRAME_SAMPLES
        ):
            self._hops.append(self._next())
            decided.append(self._decided())
        return self._without_silence(np.concatenate(decided, axis=1))

    def flush(self, voices: npt.NDArray[np.float32]) -> Frames:
        """The rest, as if silence followed; `voices` are of the last frame if it is incomplete."""
        fill = -(self._voices.shape[1] + voices.shape[1]) % HOP_FRAMES
        after = fill + REACH_HOPS * HOP_FRAMES
        silence = np.zeros((len(voices), (SPAN_FRAMES + 1 + after) * FRAME_SAMPLES), np.int16)
        unvoiced = np.zeros((len(voices), after), np.float32)
        return self.feed(silence, np.concatenate([voices, unvoiced], axis=1))[:, : -fill or None]

    def _next(self) -> _Hop:
        span = self._pcm[:, : SPAN_FRAMES * FRAME_SAMPLES]
        voiced = np.flatnonzero(self._voices[:, :HOP_FRAMES].max(axis=1) >= FAINTEST).tolist()
        passing = passing_to(span, voiced) if voiced else {}
        levels = _frame_levels_db(span)
        lasting = np.lib.stride_tricks.sliding_window_view(levels, LASTING_FRAMES + 1, axis=1)
        hop = slice(SIDE_FRAMES, SIDE_FRAMES + HOP_FRAMES)
        self._pcm = self._pcm[:, HOP_FRAMES * FRAME_SAMPLES :].copy()
        self._voices = self._voices[:, HOP_FRAMES:].copy()
        return _Hop(
            passing,
            levels[:, hop],
            lasting.max(axis=2)[:, SIDE_FRAMES - LASTING_FRAMES :][:, :HOP_FRAMES],
        )

    def _decided(self) -> Frames:
        """The hop in the middle of those that are known."""
        channels = range(len(self._pcm))
        middle = slice(REACH_HOPS * HOP_FRAMES, (REACH_HOPS + 1) * HOP_FRAMES)
        return np.stack([self._passes(own)[middle] for own in channels])

    def _passes(self, own: int) -> npt.NDArray[np.bool_]:
        """The frames of all hops that let another through, and those beside them as far as nothing
        louder comes in between.
        """
        passing = [hop.passing.get(own) for hop in self._hops]
        certain = np.repeat([each is not None for each in passing], HOP_FRAMES)
        if certain.all() or not certain.any():
            return certain
        levels = np.concatenate([hop.levels[own] for hop in self._hops])
        quiet = np.zeros(len(levels), np.bool_)
        for source, gain_db in {(each.source, each.gain_db) for each in passing if each}:
            lasting = np.concatenate([hop.lasting[source] for hop in self._hops])
            quiet |= levels < lasting + gain_db + LOUDER_DB
        return _spread(certain, quiet) | _spread(certain[::-1], quiet[::-1])[::-1]

    def _without_silence(self, decided: Frames) -> Frames:
        skipped = min(self._early, decided.shape[1])
        self._early -= skipped
        return decided[:, skipped:]


def passing_to(channels: npt.NDArray[np.int16], voiced: Iterable[int]) -> dict[int, Passing]:
    """What most of each `voiced` channel is, where that is on another, louder one too.

    `channels` has shape (channels, samples). Of channels as loud as each other the first is kept.
    """
    spectra = [_spectra(each) for each in channels]
    levels = [_level_db(each) for each in spectra]

    def has_all_of(other: int, own: int) -> bool:
        # Copies, which all channels may be, have no delay, and to look for one takes long.
        return (
            explained(spectra[own], spectra[other]) >= SHARED
            or shared(channels[own], channels[other]) >= SHARED
        )

    found = {}
    for own in voiced:
        louder = [
            other
            for other, level in enumerate(levels)
            if other != own and level >= levels[own] - ALIKE_DB and has_all_of(other, own)
        ]
        alike = sorted([own, *louder])
        loudest = max(levels[each] for each in alike)
        source = next(each for each in alike if levels[each] >= loudest - ALIKE_DB)
        if source != own:
            found[own] = Passing(source, levels[own] - levels[source])
    return found


def shared(own: Pcm, other: Pcm) -> float:
    """The share of the power of `own` that `other` explains, in [0, 1], whatever the delay between
    them; both as long.
    """
    own, other = _aligned(own, other)
    return explained(_spectra(own), _spectra(other))


def explained(own: Spectra, other: Spectra) -> float:
    """The same of two that are aligned: their coherence, weighted by the power of `own`."""
    cross = np.abs((own * np.conj(other)).sum(axis=0)) ** 2
    power = _power(own)
    return float((cross / np.maximum(_power(other), 1)).sum() / max(power.sum(), 1))


def _aligned(own: Pcm, other: Pcm) -> tuple[Pcm, Pcm]:
    """Without the delay between them, which is where their correlation peaks."""
    size = 2 * len(own)
    spectrum = np.fft.rfft(own, size) * np.conj(np.fft.rfft(other, size))
    correlation = np.abs(np.fft.irfft(spectrum, size))
    near = np.concatenate([correlation[-MOST_DELAY:], correlation[: MOST_DELAY + 1]])
    delay = int(np.argmax(near)) - MOST_DELAY
    if delay >= 0:
        return own[delay:], other[: len(other) - delay]
    return own[:delay], other[-delay:]


def _spectra(pcm: Pcm) -> Spectra:
    moments = np.lib.stride_tricks.sliding_window_view(pcm, FFT_SAMPLES)[:: FFT_SAMPLES // 2]
    windowed = moments * np.hanning(FFT_SAMPLES).astype(np.float32)
    return np.fft.rfft(windowed, axis=1)[:, BAND]


def _power(spectra: Spectra) -> npt.NDArray[np.float64]:
    return (np.abs(spectra) ** 2).sum(axis=0, dtype=np.float64)


def _level_db(spectra: Spectra) -> float:
    return 10 * float(np.log10(_power(spectra).sum() + 1))


def _frame_levels_db(channels: npt.NDArray[np.int16]) -> npt.NDArray[np.float64]:
    """Shape (channels, frames); of the differences between samples, which hum hardly has."""
    steps = np.diff(channels.astype(np.float64), prepend=0)
    power = (steps.reshape(len(channels), -1, FRAME_SAMPLES) ** 2).sum(axis=2)
    return 10 * np.log10(power + 1)


def _spread(
    certain: npt.NDArray[np.bool_], possible: npt.NDArray[np.bool_]
) -> npt.NDArray[np.bool_]:
    """Forward from what is certain through what is possible."""
    found = certain.copy()
    for frame in range(1, len(found)):
        found[frame] |= found[frame - 1] and possible[frame]
    return found
