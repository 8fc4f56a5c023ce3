"""Held-out clips through the class that serves."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from sentivox.engines.loading import load_recognizer
from sentivox.engines.protocols import RecognitionItem
from sentivox.settings import Device, RecognitionSettings
from sentivox.types import Recognition, RecognitionOptions, SpeechWindow
from training.ctc.clips import Clip
from training.ctc.error_rates import Heard
from training.ctc.vocabulary import spelled

HEARD_AT_ONCE = 16


def listen(folder: Path, clips: Sequence[Clip], threads: int, device: Device) -> list[Heard]:
    """What the exported model writes of each; what it refuses is an empty text.

    Raises WeightsMissing or WeightsAltered.
    """
    recognizer = load_recognizer(
        RecognitionSettings(
            engine="transformers_ctc",
            model=str(folder.resolve()),
            device=device,
            compute_type="float32",
            threads=threads,
        )
    )
    heard = []
    for start in range(0, len(clips), HEARD_AT_ONCE):
        some = clips[start : start + HEARD_AT_ONCE]
        items = [
            RecognitionItem(SpeechWindow(0, 0.0, clip.pcm), RecognitionOptions(clip.language))
            for clip in some
        ]
        for clip, answer in zip(some, recognizer.transcribe(items), strict=True):
            segments = answer.segments if isinstance(answer, Recognition) else ()
            text = "".join(segment.text for segment in segments)
            heard.append(Heard(clip, spelled(text, clip.language)))
    return heard
