"""Transcripts of held-out clips by the class that serves the model."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from sentivox.engines.loading import load_recognizer
from sentivox.engines.protocols import RecognitionItem
from sentivox.settings import Device, RecognitionSettings
from sentivox.types import Recognition, RecognitionOptions, SpeechWindow
from training.ctc.clips import Clip
from training.ctc.error_rates import Transcribed
from training.ctc.vocabulary import spelled

BATCH_SIZE = 16


def transcribe(
    folder: Path, clips: Sequence[Clip], threads: int, device: Device
) -> list[Transcribed]:
    """Text of each clip by the exported model; empty for a clip that fails.

    Raise WeightsMissing or WeightsAltered.
    """
    recognizer = load_recognizer(
        RecognitionSettings(
            engine="ctc",
            model=str(folder.resolve()),
            device=device,
            compute_type="float32",
            threads=threads,
        )
    )
    transcribed = []
    for start in range(0, len(clips), BATCH_SIZE):
        some = clips[start : start + BATCH_SIZE]
        items = [
            RecognitionItem(SpeechWindow(0, 0.0, clip.pcm), RecognitionOptions(clip.language))
            for clip in some
        ]
        for clip, result in zip(some, recognizer.transcribe(items), strict=True):
            segments = result.segments if isinstance(result, Recognition) else ()
            text = "".join(segment.text for segment in segments)
            transcribed.append(Transcribed(clip, spelled(text, clip.language)))
    return transcribed
