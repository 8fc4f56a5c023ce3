"""A telephone call: two speakers, one on each channel, whose speech overlaps at times."""

from __future__ import annotations

import math
import wave
from functools import cache
from io import BytesIO

import numpy as np
import numpy.typing as npt

from sentivox.types import SAMPLE_RATE, Pcm
from tests.voices import spoken_pcm

Channels = npt.NDArray[np.int16]
"""Shape (frames, channels)."""

TURNS = (
    ("A", 0.5, "Good morning, this is the service desk. How can I help you?"),
    ("B", -0.4, "My bus was very late, and nobody told me why. I am so angry."),
    ("A", 0.4, "I am very sorry about that. We will give you your money back."),
    ("B", -0.3, "Thank you so much. That is wonderful news."),
)
"""Speaker, seconds after the end of the previous turn (negative for overlap), and text."""
DELAY_SAMPLES = 128
"""Delay of crosstalk: 8 ms, or 2.7 metres."""


@cache
def call(bleed_db: float = -math.inf) -> Channels:
    """TURNS at SAMPLE_RATE, with crosstalk at `bleed_db` relative to the speaker's own channel."""
    clean = np.zeros((_samples(), 2), np.float32)
    for name, start, pcm in _placed():
        clean[start : start + len(pcm), "AB".index(name)] += pcm
    delayed = np.roll(clean[:, ::-1], DELAY_SAMPLES, axis=0)
    mixed: Channels = np.rint(clean + delayed * 10 ** (bleed_db / 20)).astype(np.int16)
    return mixed


def spoken_by(name: str) -> str:
    """The text of all turns of a speaker."""
    return " ".join(text for speaker, _, text in TURNS if speaker == name)


def as_wav(samples: Channels) -> bytes:
    """A 16-bit WAV file."""
    buffer = BytesIO()
    with wave.open(buffer, "wb") as file:
        file.setparams((samples.shape[1], 2, SAMPLE_RATE, 0, "NONE", ""))
        file.writeframes(samples.astype("<i2").tobytes())
    return buffer.getvalue()


def _placed() -> list[tuple[str, int, Pcm]]:
    placed, end = [], 0
    for name, pause_s, text in TURNS:
        pcm = spoken_pcm(text) // 2
        start = end + round(pause_s * SAMPLE_RATE)
        placed.append((name, start, pcm))
        end = start + len(pcm)
    return placed


def _samples() -> int:
    _, start, pcm = _placed()[-1]
    return start + len(pcm) + SAMPLE_RATE
