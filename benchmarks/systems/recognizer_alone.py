"""A recogniser by itself: windows in batches, the language given."""

from __future__ import annotations

from collections.abc import Sequence

from preprocessing.speech_data import Recording
from sentivox.audio.clip_reader import ClipReader
from sentivox.engines.protocols import RecognitionItem, Recognizer
from sentivox.errors import SpeechError
from sentivox.settings import AudioDecoderSettings
from sentivox.types import RecognitionOptions, SpeechDetection, SpeechWindow

BATCH_SIZE = 8


def windows_of(clips: Sequence[Recording]) -> list[tuple[SpeechWindow, ...]]:
    """The windows of each clip, cut as those of an upload."""
    reader = ClipReader(AudioDecoderSettings(processes=1))
    return [
        reader.read(clip.path.read_bytes(), SpeechDetection(), clip.container).windows
        for clip in clips
    ]


def items_of(windows: Sequence[SpeechWindow], language: str) -> list[RecognitionItem]:
    """The windows as items of that language."""
    return [RecognitionItem(window, RecognitionOptions(language)) for window in windows]


def texts(recognizer: Recognizer, items: Sequence[RecognitionItem]) -> list[str]:
    """The text of each item, decoded in batches of BATCH_SIZE. Raises SpeechError."""
    found = []
    for at in range(0, len(items), BATCH_SIZE):
        for result in recognizer.transcribe(items[at : at + BATCH_SIZE]):
            if isinstance(result, SpeechError):
                raise result
            found.append("".join(segment.text for segment in result.segments))
    return found


def joined(texts: Sequence[str], counts: Sequence[int]) -> list[str]:
    """The text of each clip, from the texts of its windows; `counts` are windows per clip."""
    rest = iter(texts)
    return [" ".join(next(rest) for _ in range(count)) for count in counts]
