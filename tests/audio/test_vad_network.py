"""The matrix-product network against silero VAD's published network."""

from __future__ import annotations

import numpy as np
import pytest

from sentivox.audio.segments import SegmentFinder
from sentivox.audio.vad import (
    CONTEXT_SAMPLES,
    FRAME_SAMPLES,
    FRAME_SECONDS,
    STATE_SHAPE,
    VadModel,
    VoiceActivityDetector,
)
from sentivox.audio.vad_network import silero_network
from sentivox.types import Pcm, SpeechDetection, SpeechSegment


@pytest.fixture(scope="module")
def reference() -> VadModel:
    return VadModel(network=silero_network())


def segments(model: VadModel, pcm: Pcm) -> list[SpeechSegment]:
    vad = VoiceActivityDetector(model)
    probabilities = np.concatenate([vad.feed(pcm), vad.flush()])
    return SegmentFinder(SpeechDetection()).finish(
        probabilities, len(probabilities) * FRAME_SECONDS
    )


@pytest.mark.parametrize("count", [1, 2, 7, 64])
def test_probabilities_and_state_equal_those_of_the_published_network(
    count: int, vad_model: VadModel, reference: VadModel, sentence: Pcm
) -> None:
    samples = (sentence / 32_768).astype(np.float32)
    starts = [FRAME_SAMPLES * number for number in range(1, 1 + count)]
    frames = np.stack([samples[at - CONTEXT_SAMPLES : at + FRAME_SAMPLES] for at in starts])
    hidden, cell = np.random.default_rng(0).normal(0, 0.3, (2, *STATE_SHAPE)).astype(np.float32)
    expected, *expected_states = reference.run(frames, hidden, cell)
    probabilities, *states = vad_model.run(frames, hidden, cell)
    assert probabilities.shape == (count,)
    assert np.allclose(probabilities, expected, atol=1e-4)
    for state, expected_state in zip(states, expected_states, strict=True):
        assert np.allclose(state, expected_state, atol=1e-3)


def test_segments_equal_those_of_the_published_network(
    vad_model: VadModel, reference: VadModel, sentence: Pcm
) -> None:
    noise = np.random.default_rng(0).normal(0, 300, 32_000).astype(np.int16)
    clip = np.concatenate([sentence, noise, sentence // 30, noise, sentence])
    found, expected = segments(vad_model, clip), segments(reference, clip)
    assert len(found) == 3
    assert [(each.start, each.end) for each in found] == [
        (each.start, each.end) for each in expected
    ]
    confidences = [each.vad_confidence for each in expected]
    assert [each.vad_confidence for each in found] == pytest.approx(confidences, abs=1e-3)
