"""Crosstalk between channels, and speech that belongs to its own channel."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pytest

from sentivox.audio.crosstalk import (
    HOP_FRAMES,
    CrosstalkDetector,
    CrosstalkSource,
    crosstalk_sources,
    shared_power,
)
from sentivox.audio.vad import FRAME_SAMPLES, VadModel, VoiceActivityDetector
from sentivox.types import SAMPLE_RATE, Pcm
from tests.calls import Channels, call
from tests.voices import spoken_pcm

ONE = spoken_pcm("The quick brown fox jumps over the lazy dog.")[SAMPLE_RATE // 2 :][:SAMPLE_RATE]
ANOTHER = spoken_pcm("Please hold the line, somebody will be with you.")[:SAMPLE_RATE]


def quieter(pcm: Pcm, decibels: float, delay: int = 0) -> Pcm:
    return np.rint(np.roll(pcm, delay) * 10 ** (-decibels / 20)).astype(np.int16)


def in_a_room(pcm: Pcm) -> Pcm:
    """Reverberated signal: as much reverberation as direct sound, T60 of 0.3 s."""
    samples = np.arange(int(0.3 * SAMPLE_RATE))
    noise = np.random.default_rng(0).normal(size=len(samples))
    tail = noise * 10 ** (-3 * samples / len(samples))
    response = np.concatenate([[1.0], tail / np.sqrt((tail**2).sum())])
    return np.rint(np.convolve(pcm, response)[: len(pcm)] / 2).astype(np.int16)


def speech_probabilities(channels: Channels) -> np.ndarray:
    """Speech probabilities, shape (channels, frames); the last frame is padded with silence."""
    model = VadModel()
    rows = []
    for channel in channels.T:
        vad = VoiceActivityDetector(model)
        rows.append(np.concatenate([vad.feed(channel), vad.flush()]))
    return np.stack(rows)


def crosstalk_mask(channels: Channels, piece: int = 24_000) -> np.ndarray:
    """Crosstalk of each frame, shape (channels, frames), from pieces of `piece` samples."""
    probabilities, detector = speech_probabilities(channels), CrosstalkDetector(channels.shape[1])
    whole = len(channels) // FRAME_SAMPLES
    ends = [*range(0, len(channels), piece), len(channels)]
    decided = [
        detector.feed(
            channels[start:end].T,
            probabilities[:, start // FRAME_SAMPLES : end // FRAME_SAMPLES],
        )
        for start, end in pairwise(ends)
    ]
    return np.concatenate([*decided, detector.flush(probabilities[:, whole:])], axis=1)


def test_two_speakers_share_little_power() -> None:
    assert shared_power(ONE, ANOTHER) < 0.3


@pytest.mark.parametrize("decibels", [0, 20, 40])
@pytest.mark.parametrize("delay", [0, 100, 3_000])
def test_a_delayed_or_attenuated_copy_shares_its_power(decibels: float, delay: int) -> None:
    assert shared_power(quieter(ONE, decibels, delay), ONE) > 0.9


def test_a_reverberated_copy_shares_half_of_its_power() -> None:
    assert shared_power(quieter(in_a_room(ONE), 20), ONE) > 0.5


def test_the_louder_channel_is_the_source() -> None:
    sources = crosstalk_sources(np.stack([quieter(ONE, 20, delay=100), ONE]), [0, 1])
    assert list(sources) == [0]
    assert sources[0].channel == 1
    assert sources[0].gain_db == pytest.approx(-20, abs=0.2)


def test_one_of_identical_channels_is_kept() -> None:
    increasing_level = np.stack([ONE, quieter(ONE, -2), quieter(ONE, -4)])
    assert list(crosstalk_sources(increasing_level, range(3))) == [0, 2]
    assert crosstalk_sources(np.stack([ONE, ONE]), range(2)) == {1: CrosstalkSource(0, 0.0)}
    assert list(crosstalk_sources(np.stack([ONE] * 8), range(8))) == [1, 2, 3, 4, 5, 6, 7]


@pytest.mark.parametrize("bleed_db", [-40, -30, -20, -15])
def test_each_channel_of_a_call_keeps_its_own_speech_only(bleed_db: float) -> None:
    clean, mixed = call(), call(bleed_db)
    own = speech_probabilities(clean) > 0.5
    speech = speech_probabilities(mixed) > 0.5
    kept = ~crosstalk_mask(mixed)
    assert (speech & own & kept).sum() > 0.95 * (speech & own).sum()
    assert (speech & ~own & kept).sum() < 0.1 * (speech & ~own).sum() + HOP_FRAMES


def test_a_call_without_crosstalk_is_kept() -> None:
    assert not crosstalk_mask(call(-math.inf)).any()


def test_silence_and_a_single_channel_have_no_crosstalk() -> None:
    assert not crosstalk_mask(np.zeros((SAMPLE_RATE, 2), np.int16)).any()
    assert not crosstalk_mask(call()[:, :1]).any()


@pytest.mark.parametrize("piece", [100, 4_000, 1_000_000])
def test_pieces_of_any_length_give_the_same_result(piece: int) -> None:
    mixed = call(-20)
    assert np.array_equal(crosstalk_mask(mixed, piece), crosstalk_mask(mixed))


@pytest.mark.parametrize("samples", [1, 511, 512, 4_096, 20_000])
def test_every_frame_of_a_clip_is_decided(samples: int) -> None:
    frames = math.ceil(samples / FRAME_SAMPLES)
    assert crosstalk_mask(call(-20)[:samples]).shape == (2, frames)
