"""Models that the tests of a session share: each is loaded once."""

from __future__ import annotations

from pathlib import Path

import pytest

from sentivox.engines.whisper.tokenizer import WhisperTokenizer
from sentivox.weights.resolve import resolve
from tests.engines.whisper_backends import WHISPER, WhisperBackends


@pytest.fixture(scope="session")
def whisper_folder() -> Path:
    return resolve(WHISPER)


@pytest.fixture(scope="session")
def tokenizer(whisper_folder: Path) -> WhisperTokenizer:
    return WhisperTokenizer(whisper_folder)


@pytest.fixture(scope="session")
def backends(tokenizer: WhisperTokenizer) -> WhisperBackends:
    """Backends of Whisper base, each loaded at its first use."""
    return WhisperBackends(tokenizer)
