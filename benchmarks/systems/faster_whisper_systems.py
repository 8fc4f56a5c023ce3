"""faster-whisper in this process: one or two files at a time, or batches of a file's windows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from typing import Any

from faster_whisper import BatchedInferencePipeline, WhisperModel

from benchmarks.systems.system import THREADS, WEIGHTS, Answer, AudioFile
from sentivox.weights.resolve import resolve

BATCH_SIZE = 8

GREEDY: dict[str, Any] = {"beam_size": 1, "temperature": 0.0}
"""Greedy decoding without sampling: improbable text isn't decoded again."""
BEAM_5: dict[str, Any] = {"beam_size": 5}
"""The defaults of faster-whisper: beam 5, with its fallback over temperatures."""


class FasterWhisper:
    """One file at a time, on all cores. Implements `System`."""

    def __init__(self, weights: str = WEIGHTS, threads: int = THREADS, **options: Any) -> None:
        """`options` go to `WhisperModel.transcribe`; its defaults hold for all others."""
        self._model = _model(weights, threads)
        self._options = options

    def transcribe(self, files: Sequence[AudioFile], language: str | None = None) -> list[Answer]:
        """See System."""
        options = self._options | {"language": language}
        return [_answer(*self._model.transcribe(BytesIO(file.audio), **options)) for file in files]


class ConcurrentFasterWhisper:
    """As many files at the same time as there are cores, one thread each. Implements `System`."""

    def __init__(self, **options: Any) -> None:
        self._model = _model(WEIGHTS, 1, num_workers=THREADS)
        self._options = options

    def transcribe(self, files: Sequence[AudioFile], language: str | None = None) -> list[Answer]:
        """See System."""

        def transcribe(file: AudioFile) -> Answer:
            options = self._options | {"language": language}
            return _answer(*self._model.transcribe(BytesIO(file.audio), **options))

        with ThreadPoolExecutor(THREADS) as pool:
            return list(pool.map(transcribe, files))


class BatchedFasterWhisper:
    """Batches of one file's windows; files shorter than a window gain nothing. Implements
    `System`.
    """

    def __init__(self, **options: Any) -> None:
        self._pipeline = BatchedInferencePipeline(_model(WEIGHTS, THREADS))
        self._options = options

    def transcribe(self, files: Sequence[AudioFile], language: str | None = None) -> list[Answer]:
        """See System."""
        options = self._options | {"batch_size": BATCH_SIZE, "language": language}
        return [
            _answer(*self._pipeline.transcribe(BytesIO(file.audio), **options)) for file in files
        ]


def _model(weights: str, threads: int, num_workers: int = 1) -> WhisperModel:
    return WhisperModel(
        str(resolve(weights)),
        device="cpu",
        compute_type="int8",
        cpu_threads=threads,
        num_workers=num_workers,
    )


def _answer(segments: Iterable[Any], info: Any) -> Answer:
    # Decoding starts when the segments are read.
    return Answer(" ".join(segment.text.strip() for segment in segments), str(info.language))
