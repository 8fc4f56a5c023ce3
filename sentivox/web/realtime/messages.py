"""What a live client says: OpenAI's client events, and binary frames of audio."""

from __future__ import annotations

import base64
import binascii
import json
from dataclasses import dataclass
from typing import Any

from starlette.types import Message

from sentivox.errors import InvalidRequest


@dataclass(frozen=True, slots=True)
class Append:
    audio: bytes
    event_id: str | None = None


@dataclass(frozen=True, slots=True)
class Commit:
    event_id: str | None = None


@dataclass(frozen=True, slots=True)
class Clear:
    event_id: str | None = None


@dataclass(frozen=True, slots=True)
class Update:
    session: object
    event_id: str | None = None


@dataclass(frozen=True, slots=True)
class Mistake:
    """Something that can't be understood; the session goes on."""

    error: InvalidRequest
    event_id: str | None = None


ClientMessage = Append | Commit | Clear | Update | Mistake


def size_of(message: Message) -> int:
    """Bytes of audio, or letters of text."""
    return len(message.get("bytes") or message.get("text") or b"")


def parse_message(message: Message) -> ClientMessage:
    """A binary frame is audio and nothing else."""
    if message.get("bytes") is not None:
        return Append(message["bytes"])
    try:
        event = _loaded(message.get("text") or "")
    except InvalidRequest as error:
        return Mistake(error)
    if not isinstance(event, dict):
        return Mistake(InvalidRequest("The message should be a JSON object."))
    name = event.get("event_id")
    event_id = name[:512] if isinstance(name, str) else None
    try:
        return _understood(event, event_id)
    except InvalidRequest as error:
        return Mistake(error, event_id)


def _loaded(text: str) -> object:
    try:
        event = json.loads(text)
        if "\\u" in text:
            # Half of a surrogate pair can be written in JSON, and couldn't be sent back.
            json.dumps(event, ensure_ascii=False).encode()
    except UnicodeEncodeError as error:
        raise InvalidRequest("The message has text that isn't Unicode.") from error
    except (ValueError, RecursionError) as error:
        raise InvalidRequest("The message isn't valid JSON.") from error
    return event


def _understood(event: dict[str, Any], event_id: str | None) -> ClientMessage:
    match event.get("type"):
        case "input_audio_buffer.append":
            return Append(_audio(event.get("audio")), event_id)
        case "input_audio_buffer.commit":
            return Commit(event_id)
        case "input_audio_buffer.clear":
            return Clear(event_id)
        case "session.update":
            return Update(event.get("session"), event_id)
        case str(other):
            raise InvalidRequest(
                f"Events of type '{other[:100]}' aren't answered here. There are "
                "session.update and input_audio_buffer.append, .commit and .clear.",
                "type",
            )
        case _:
            raise InvalidRequest("'type' should be text.", "type")


def _audio(text: object) -> bytes:
    if not isinstance(text, str):
        raise InvalidRequest("'audio' should be base64 text.", "audio")
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise InvalidRequest("'audio' isn't valid base64.", "audio") from error
