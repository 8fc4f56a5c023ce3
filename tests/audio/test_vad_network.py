"""The network laid out anew says what the published one says."""

from __future__ import annotations

import numpy as np
import onnxruntime as ort
import pytest

from sentivox.audio.vad import CONTEXT_SAMPLES, FRAME_SAMPLES, STATE_SHAPE, VadModel
from sentivox.audio.vad_network import published_file
from sentivox.types import Pcm


@pytest.mark.parametrize("count", [1, 2, 7, 64])
def test_likelihoods_and_state_are_those_of_the_published_network(
    count: int, voice_model: VadModel, sentence: Pcm
) -> None:
    published = ort.InferenceSession(published_file(), providers=["CPUExecutionProvider"])
    samples = (sentence / 32_768).astype(np.float32)
    starts = [FRAME_SAMPLES * number for number in range(1, 1 + count)]
    frames = np.stack([samples[at - CONTEXT_SAMPLES : at + FRAME_SAMPLES] for at in starts])
    state = np.random.default_rng(0).normal(0, 0.3, (2, *STATE_SHAPE)).astype(np.float32)
    hidden, cell = state[0], state[1]
    likely, *states = published.run(
        ["speech_probs", "hn", "cn"], {"input": frames, "h": hidden, "c": cell}
    )
    found, *found_states = voice_model.run(frames, hidden, cell)
    assert found.shape == (count,)
    assert np.allclose(found, likely.reshape(-1), atol=1e-4)
    for own, expected in zip(found_states, states, strict=True):
        assert np.allclose(own, expected, atol=1e-3)
