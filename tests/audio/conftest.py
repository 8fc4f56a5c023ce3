from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from sentivox.audio.clip_reader import ClipReader
from sentivox.audio.vad import VadModel
from sentivox.settings import AudioDecoderSettings
from sentivox.types import Pcm
from tests.voices import spoken_pcm


@pytest.fixture(scope="session")
def reader() -> Iterator[ClipReader]:
    reader = ClipReader(AudioDecoderSettings(processes=1, memory_mb=256))
    yield reader
    reader.close()


@pytest.fixture(scope="session")
def vad_model() -> VadModel:
    return VadModel()


@pytest.fixture(scope="session")
def sentence() -> Pcm:
    """Half a second of silence, a spoken sentence at half volume, half a second of silence."""
    silence = np.zeros(8_000, np.int16)
    spoken = spoken_pcm("The quick brown fox jumps over the lazy dog.") // 2
    return np.concatenate([silence, spoken, silence])
