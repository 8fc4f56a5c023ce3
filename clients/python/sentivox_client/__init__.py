"""Client of a Sentivox server: `Sentivox` and, for asyncio, `AsyncSentivox`.

from sentivox_client import Sentivox

with Sentivox("http://127.0.0.1:8000") as client:
    transcript = client.transcribe("talk.mp3")
    print(transcript.language, transcript.text)
"""

from sentivox_client.client import AsyncSentivox, Sentivox
from sentivox_client.errors import (
    KeyRefused,
    NoAnswer,
    Overloaded,
    RequestRefused,
    SentivoxError,
    ServiceError,
    ServiceFailed,
)
from sentivox_client.live import LiveSession
from sentivox_client.live_events import (
    LiveError,
    LiveEvent,
    LiveText,
    LiveTurn,
    SpeechStarted,
    SpeechStopped,
)
from sentivox_client.results import (
    Language,
    LanguageDetection,
    LanguageProbability,
    Readiness,
    Segment,
    Sentiment,
    SentimentShift,
    Speaker,
    Stage,
    Transcript,
    Word,
)
from sentivox_client.retries import Retries
from sentivox_client.streams import AsyncSegmentStream, SegmentStream

__all__ = [
    "AsyncSegmentStream",
    "AsyncSentivox",
    "KeyRefused",
    "Language",
    "LanguageDetection",
    "LanguageProbability",
    "LiveError",
    "LiveEvent",
    "LiveSession",
    "LiveText",
    "LiveTurn",
    "NoAnswer",
    "Overloaded",
    "Readiness",
    "RequestRefused",
    "Retries",
    "Segment",
    "SegmentStream",
    "Sentiment",
    "SentimentShift",
    "Sentivox",
    "SentivoxError",
    "ServiceError",
    "ServiceFailed",
    "Speaker",
    "SpeechStarted",
    "SpeechStopped",
    "Stage",
    "Transcript",
    "Word",
]
