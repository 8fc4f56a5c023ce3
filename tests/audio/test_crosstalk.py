"""Voices that come through to another channel, told from those that belong there."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pytest

from sentivox.audio.crosstalk import HOP_FRAMES, Crosstalk, Passing, passing_to, shared
from sentivox.audio.vad import FRAME_SAMPLES, VadModel, VoiceActivityDetector
from sentivox.types import SAMPLE_RATE, Pcm
from tests.calls import Channels, call
from tests.voices import spoken_pcm

ONE = spoken_pcm("The quick brown fox jumps over the lazy dog.")[SAMPLE_RATE // 2 :][:SAMPLE_RATE]
ANOTHER = spoken_pcm("Please hold the line, somebody will be with you.")[:SAMPLE_RATE]


def quieter(pcm: Pcm, decibels: float, delay: int = 0) -> Pcm:
    return np.rint(np.roll(pcm, delay) * 10 ** (-decibels / 20)).astype(np.int16)


def in_a_room(pcm: Pcm) -> Pcm:
    """With as much reverberation as direct sound, gone by 60 dB after 0.3 s."""
    samples = np.arange(int(0.3 * SAMPLE_RATE))
    noise = np.random.default_rng(0).normal(size=len(samples))
    tail = noise * 10 ** (-3 * samples / len(samples))
    response = np.concatenate([[1.0], tail / np.sqrt((tail**2).sum())])
    return np.rint(np.convolve(pcm, response)[: len(pcm)] / 2).astype(np.int16)


def voices_of(channels: Channels) -> np.ndarray:
    """Probabilities of shape (channels, frames), the last frame filled up."""
    model = VadModel()
    found = []
    for channel in channels.T:
        activity = VoiceActivityDetector(model)
        found.append(np.concatenate([activity.feed(channel), activity.flush()]))
    return np.stack(found)


def passing(channels: Channels, piece: int = 24_000) -> np.ndarray:
    """Of each frame, shape (channels, frames), fed piece by piece."""
    voices, crosstalk = voices_of(channels), Crosstalk(channels.shape[1])
    whole = len(channels) // FRAME_SAMPLES
    ends = [*range(0, len(channels), piece), len(channels)]
    decided = [
        crosstalk.feed(
            channels[start:end].T,
            voices[:, start // FRAME_SAMPLES : end // FRAME_SAMPLES],
        )
        for start, end in pairwise(ends)
    ]
    return np.concatenate([*decided, crosstalk.flush(voices[:, whole:])], axis=1)


def test_two_voices_share_little() -> None:
    assert shared(ONE, ANOTHER) < 0.3


@pytest.mark.parametrize("decibels", [0, 20, 40])
@pytest.mark.parametrize("delay", [0, 100, 3_000])
def test_a_voice_that_comes_through_is_shared_however_quiet_or_late(
    decibels: float, delay: int
) -> None:
    assert shared(quieter(ONE, decibels, delay), ONE) > 0.9


def test_a_voice_that_comes_through_a_room_is_shared() -> None:
    assert shared(quieter(in_a_room(ONE), 20), ONE) > 0.5


def test_of_one_voice_the_louder_channel_is_its_own() -> None:
    found = passing_to(np.stack([quieter(ONE, 20, delay=100), ONE]), [0, 1])
    assert list(found) == [0]
    assert found[0].source == 1
    assert found[0].gain_db == pytest.approx(-20, abs=0.2)


def test_of_the_same_on_every_channel_one_is_kept() -> None:
    louder_and_louder = np.stack([ONE, quieter(ONE, -2), quieter(ONE, -4)])
    assert list(passing_to(louder_and_louder, range(3))) == [0, 2]
    assert passing_to(np.stack([ONE, ONE]), range(2)) == {1: Passing(0, 0.0)}
    assert list(passing_to(np.stack([ONE] * 8), range(8))) == [1, 2, 3, 4, 5, 6, 7]


@pytest.mark.parametrize("bleed_db", [-40, -30, -20, -15])
def test_in_a_call_everybody_keeps_their_own_voice_only(bleed_db: float) -> None:
    clean, mixed = call(), call(bleed_db)
    own = voices_of(clean) > 0.5
    heard = voices_of(mixed) > 0.5
    through = passing(mixed)
    assert (heard & own & ~through).sum() > 0.95 * (heard & own).sum()
    assert (heard & ~own & ~through).sum() < 0.1 * (heard & ~own).sum() + HOP_FRAMES


def test_without_crosstalk_everything_is_kept() -> None:
    assert not passing(call(-math.inf)).any()


def test_silence_and_one_channel_have_none() -> None:
    assert not passing(np.zeros((SAMPLE_RATE, 2), np.int16)).any()
    assert not passing(call()[:, :1]).any()


@pytest.mark.parametrize("piece", [100, 4_000, 1_000_000])
def test_pieces_make_no_difference(piece: int) -> None:
    mixed = call(-20)
    assert np.array_equal(passing(mixed, piece), passing(mixed))


@pytest.mark.parametrize("samples", [1, 511, 512, 4_096, 20_000])
def test_every_frame_of_a_clip_is_decided(samples: int) -> None:
    frames = math.ceil(samples / FRAME_SAMPLES)
    assert passing(call(-20)[:samples]).shape == (2, frames)
