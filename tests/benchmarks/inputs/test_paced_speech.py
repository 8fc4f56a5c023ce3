"""Recordings as one stream, and the times of their speech."""

from __future__ import annotations

import io
import wave
from pathlib import Path

import numpy as np
import pytest

from benchmarks.inputs.paced_speech import PAUSE_S, paced_speech
from preprocessing.speech_data import Recording

RATE = 16_000


def recorded(path: Path) -> Recording:
    """Half a second that is faint, one that is loud, a quarter that is faint."""
    level = np.repeat([20, 8_000, 20], [RATE // 2, RATE, RATE // 4])
    noise = np.random.default_rng(0).uniform(-1, 1, len(level))
    with wave.open(str(path), "wb") as writer:
        writer.setparams((1, 2, RATE, 0, "NONE", "not compressed"))
        writer.writeframes((noise * level).astype(np.int16).tobytes())
    return Recording(path, "en", "Hold.", 1.75, "made up")


def test_a_clip_begins_with_its_file_and_its_speech_with_the_loud_part(tmp_path: Path) -> None:
    clip = recorded(tmp_path / "clip.wav")
    speech = paced_speech([clip, clip], RATE)
    first, second = speech.spoken
    assert (first.begin, first.onset, first.end) == pytest.approx((2.0, 2.5, 3.5), abs=0.03)
    assert second.begin == pytest.approx(first.begin + 1.75 + PAUSE_S)
    assert speech.seconds == pytest.approx(2 * 1.75 + 3 * PAUSE_S)


def test_a_stream_can_be_uploaded(tmp_path: Path) -> None:
    speech = paced_speech([recorded(tmp_path / "clip.wav")], RATE)
    with wave.open(io.BytesIO(speech.wav())) as reader:
        assert (reader.getnchannels(), reader.getframerate()) == (1, RATE)
        assert reader.readframes(reader.getnframes()) == speech.pcm.tobytes()
