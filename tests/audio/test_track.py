from __future__ import annotations

import math

import numpy as np
import pytest

from sentivox.audio.decoding.messages import StreamInfo
from sentivox.audio.track import Track
from sentivox.audio.vad import VadModel
from sentivox.types import SAMPLE_RATE, WINDOW_SECONDS, SpeechDetection


@pytest.fixture(params=[False, True], ids=["mixed", "split"])
def track(request: pytest.FixtureRequest, vad_model: VadModel) -> Track:
    stream = StreamInfo("pcm_s16le", SAMPLE_RATE, ("FL", "FR"), None)
    split = request.param
    return Track(stream, vad_model, SpeechDetection(), WINDOW_SECONDS, split_channels=split)


def test_the_peak_is_over_all_channels_so_far(track: Track) -> None:
    track.feed(np.array([[0, -16_384], [10, 10]], np.int16).tobytes())
    track.feed(np.array([[5, 5]], np.int16).tobytes())
    assert track.peak_dbfs == pytest.approx(-6.02, abs=0.01)


def test_the_peak_of_digital_silence_is_minus_infinity(track: Track) -> None:
    track.feed(bytes(200))
    assert track.peak_dbfs == -math.inf
