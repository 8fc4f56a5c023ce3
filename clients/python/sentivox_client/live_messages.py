"""What a live session is told."""

from __future__ import annotations

from typing import Any, TypedDict

from sentivox_client.results import Json

LIVE_RATE = 24_000
"""Samples per second of what a session hears: 16-bit little-endian, mono."""
PIECE_BYTES = 2 * LIVE_RATE
"""A second of audio: what is sent in one message at most."""

SETTING_UP = "setting_up"
FINISHING = "finishing"
"""Names of messages, by which the service says what it has refused."""

COMMIT: Json = {"type": "input_audio_buffer.commit"}
CLEAR: Json = {"type": "input_audio_buffer.clear"}
FINISH: tuple[Json, ...] = (
    # 1. Ends the turn; refused when none is open.
    {**COMMIT, "event_id": FINISHING},
    # 2. Changes nothing, and is answered after everything that was said before it.
    {"type": "session.update", "session": {}, "event_id": FINISHING},
)


class LiveOptions(TypedDict, total=False):
    """What `AsyncSentivox.live` can be told."""

    model: str
    """"auto", or the id of one of `models()`."""
    language: str | None
    """A code from `languages()`; found out for each turn when it isn't given."""
    languages: list[str] | tuple[str, ...]
    """The only languages to choose from."""
    prompt: str | None
    """Words that came before, or names whose spelling to follow."""
    keywords: list[str] | tuple[str, ...]
    """Words to expect."""
    turn_silence_ms: int
    """The pause that ends a turn; 500 unless given."""
    manual: bool
    """True when only `commit()` ends a turn."""
    sentiment: bool
    """True unless given."""


def set_up(options: LiveOptions) -> Json:
    silence_ms = options.get("turn_silence_ms", 500)
    heard: dict[str, Any] = {
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
        "audio": {"input": heard},
        "sentiment": options.get("sentiment", True),
    }
    return {"type": "session.update", "session": session, "event_id": SETTING_UP}
