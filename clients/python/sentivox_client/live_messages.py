"""Messages that the client sends in a live session, and the session's options."""

from __future__ import annotations

from typing import Any, TypedDict

from sentivox_client.results import Json

LIVE_RATE = 24_000
"""Sampling rate of a session's audio in Hz: 16-bit little-endian, mono."""
PIECE_BYTES = 2 * LIVE_RATE
"""Largest message with audio: one second."""

BEGIN_EVENT_ID = "begin"
FINISH_EVENT_ID = "finish"
"""Ids of messages; the server's `error` event repeats the id of the message it refuses."""

COMMIT: Json = {"type": "input_audio_buffer.commit"}
CLEAR: Json = {"type": "input_audio_buffer.clear"}
FINISH: tuple[Json, ...] = (
    # 1. Ends the turn; refused when there is none.
    {**COMMIT, "event_id": FINISH_EVENT_ID},
    # 2. Changes nothing; the server answers it after all messages before it.
    {"type": "session.update", "session": {}, "event_id": FINISH_EVENT_ID},
)


class LiveOptions(TypedDict, total=False):
    """Options of `AsyncSentivox.live`."""

    model: str
    """An id from `models()`; default "auto"."""
    language: str | None
    """A code from `languages()`, or a tag such as "zh-TW"; default None: detected for each turn."""
    languages: list[str] | tuple[str, ...]
    """Language detection chooses among these codes only; default: among all."""
    prompt: str | None
    """Text before the audio, or names whose spelling to follow."""
    keywords: list[str] | tuple[str, ...]
    """Words that are likely to occur."""
    turn_silence_ms: int
    """Length of the pause that ends a turn, in milliseconds; default 500."""
    manual: bool
    """Whether only `commit()` ends a turn; default False."""
    sentiment: bool
    """Whether to return the sentiment of each turn; default True."""


def session_update(options: LiveOptions) -> Json:
    """The `session.update` message that sets a session's options."""
    silence_ms = options.get("turn_silence_ms", 500)
    audio_input: dict[str, Any] = {
        "transcription": {
            "model": options.get("model", "auto"),
            "language": options.get("language"),
            "languages": list(options.get("languages", ())) or None,
            "prompt": options.get("prompt"),
            "keywords": list(options.get("keywords", ())) or None,
        },
        "turn_detection": None
        if options.get("manual", False)
        else {"type": "server_vad", "silence_duration_ms": silence_ms},
    }
    session = {
        "type": "transcription",
        "audio": {"input": audio_input},
        "sentiment": options.get("sentiment", True),
    }
    return {"type": "session.update", "session": session, "event_id": BEGIN_EVENT_ID}
