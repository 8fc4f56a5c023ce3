"""Recognition items of synthetic speech, and the text of their results."""

from __future__ import annotations

from typing import Any

from sentivox.engines.protocols import RecognitionItem
from sentivox.types import (
    Pcm,
    Recognition,
    RecognitionOptions,
    SpeechWindow,
    TranscribedSegment,
    Word,
)
from tests.voices import spoken_pcm

SENTENCES = (
    "The weather is lovely today, and I am very happy about it.",
    "Please hold the line.",
    "Your order has been shipped and will arrive tomorrow morning.",
)


def item_of(pcm: Pcm, language: str = "en", start: float = 0.0, **options: Any) -> RecognitionItem:
    """A window of that audio, at `start` seconds of its clip."""
    window = SpeechWindow(0, start, pcm)
    return RecognitionItem(window, RecognitionOptions(language, **options))


def spoken_item(
    text: str, language: str = "en", start: float = 0.0, **options: Any
) -> RecognitionItem:
    """A window of `text` by a synthetic voice."""
    return item_of(spoken_pcm(text), language, start, **options)


def plain(text: str) -> str:
    """Letters and spaces only, in lower case."""
    return "".join(c for c in text.lower() if c.isalpha() or c == " ").strip()


def segments_of(result: object) -> tuple[TranscribedSegment, ...]:
    assert isinstance(result, Recognition)
    return result.segments


def text_of(result: object) -> str:
    """The plain text of a result."""
    return plain("".join(segment.text for segment in segments_of(result)))


def words_of(result: object) -> list[Word]:
    return [word for segment in segments_of(result) for word in segment.words]


def tokens_of(result: object) -> tuple[int, ...]:
    return tuple(token for segment in segments_of(result) for token in segment.tokens)
