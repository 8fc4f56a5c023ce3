"""faster-whisper in this process: one file after the other, or one's windows at once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from io import BytesIO
from typing import Any

from faster_whisper import BatchedInferencePipeline, WhisperModel

from benchmarks.system import THREADS, WEIGHTS, Answer, Sound
from sentivox.weights.resolve import resolve

BATCH = 8


class FasterWhisper:
    """With its defaults but for the beam, and for what `options` say."""

    def __init__(self, **options: Any) -> None:
        self._model = _model()
        self._options = options

    def hear(self, sounds: Sequence[Sound]) -> list[Answer]:
        return [
            _answer(*self._model.transcribe(BytesIO(sound.audio), beam_size=1, **self._options))
            for sound in sounds
        ]


class BatchedFasterWhisper:
    """Its batches are of one file's windows, so that short files gain nothing."""

    def __init__(self) -> None:
        self._pipeline = BatchedInferencePipeline(_model())

    def hear(self, sounds: Sequence[Sound]) -> list[Answer]:
        return [
            _answer(*self._pipeline.transcribe(BytesIO(sound.audio), beam_size=1, batch_size=BATCH))
            for sound in sounds
        ]


def _model() -> WhisperModel:
    return WhisperModel(
        str(resolve(WEIGHTS)), device="cpu", compute_type="int8", cpu_threads=THREADS
    )


def _answer(segments: Iterable[Any], info: Any) -> Answer:
    # Nothing is written before the segments are asked for.
    return Answer(" ".join(segment.text.strip() for segment in segments), str(info.language))
