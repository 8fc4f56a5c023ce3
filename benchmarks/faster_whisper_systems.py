"""faster-whisper in this process: one file after the other, two at a time, or one file's windows at
once.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from typing import Any

from faster_whisper import BatchedInferencePipeline, WhisperModel

from benchmarks.system import THREADS, WEIGHTS, Answer, Sound
from sentivox.weights.resolve import resolve

BATCH = 8


class FasterWhisper:
    """Its own defaults, but for the beam and what `options` say."""

    def __init__(self, weights: str = WEIGHTS, beam_size: int = 1, **options: Any) -> None:
        self._model = _model(weights)
        self._options = options | {"beam_size": beam_size}

    def hear(self, sounds: Sequence[Sound]) -> list[Answer]:
        return [
            _answer(*self._model.transcribe(BytesIO(sound.audio), **self._options))
            for sound in sounds
        ]


class ConcurrentFasterWhisper:
    """As many files at the same time as there are cores, with one thread each."""

    def __init__(self) -> None:
        self._model = _model(WEIGHTS, cpu_threads=1, num_workers=THREADS)

    def hear(self, sounds: Sequence[Sound]) -> list[Answer]:
        with ThreadPoolExecutor(THREADS) as pool:
            return list(pool.map(self._transcribe, sounds))

    def _transcribe(self, sound: Sound) -> Answer:
        return _answer(*self._model.transcribe(BytesIO(sound.audio), beam_size=1, temperature=0.0))


class BatchedFasterWhisper:
    """Batches of one file's windows, so that short files gain nothing."""

    def __init__(self) -> None:
        self._pipeline = BatchedInferencePipeline(_model(WEIGHTS))

    def hear(self, sounds: Sequence[Sound]) -> list[Answer]:
        return [
            _answer(*self._pipeline.transcribe(BytesIO(sound.audio), beam_size=1, batch_size=BATCH))
            for sound in sounds
        ]


def _model(weights: str, cpu_threads: int = THREADS, num_workers: int = 1) -> WhisperModel:
    return WhisperModel(
        str(resolve(weights)),
        device="cpu",
        compute_type="int8",
        cpu_threads=cpu_threads,
        num_workers=num_workers,
    )


def _answer(segments: Iterable[Any], info: Any) -> Answer:
    # Decoding starts when the segments are read.
    return Answer(" ".join(segment.text.strip() for segment in segments), str(info.language))
