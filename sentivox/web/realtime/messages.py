"""Messages of a live client: OpenAI's client events, and binary frames of audio."""

from __future__ import annotations

import base64
import binascii
import json
from dataclasses import dataclass
from typing import Any

from starlette.types import Message

from sentivox.errors import InvalidRequest


@dataclass(frozen=True, kw_only=True)
class ClientMessage:
    """Base class of all messages."""

    event_id: str | None = None
    """The client's id of the message."""


@dataclass(frozen=True)
class Append(ClientMessage):
    """`input_audio_buffer.append`, or a binary frame: audio in the session's format."""

    audio: bytes


class Commit(ClientMessage):
    """`input_audio_buffer.commit`."""


class Clear(ClientMessage):
    """`input_audio_buffer.clear`."""


@dataclass(frozen=True)
class Update(ClientMessage):
    """`session.update`."""

    session: object


@dataclass(frozen=True)
class InvalidMessage(ClientMessage):
    """A message that can't be parsed; it is answered by an error, and the session continues."""

    error: InvalidRequest


def size_of(message: Message) -> int:
    """Size of a message: bytes of a binary frame, characters of a text frame."""
    return len(message.get("bytes") or message.get("text") or b"")


def parse_message(message: Message) -> ClientMessage:
    """The message of a WebSocket frame; a binary frame is always audio."""
    if message.get("bytes") is not None:
        return Append(message["bytes"])
    event_id = None
    try:
        event = _parse_object(message.get("text") or "")
        name = event.get("event_id")
        event_id = name[:512] if isinstance(name, str) else None
        return _parse_event(event, event_id)
    except InvalidRequest as error:
        return InvalidMessage(error, event_id=event_id)


def _parse_object(text: str) -> dict[str, Any]:
    try:
        event = json.loads(text)
        if "\\u" in text:
            # JSON text can hold half of a surrogate pair, which can't be encoded in an answer.
            json.dumps(event, ensure_ascii=False).encode()
    except UnicodeEncodeError as error:
        raise InvalidRequest("The message has text that isn't Unicode.") from error
    except (ValueError, RecursionError) as error:
        raise InvalidRequest("The message isn't valid JSON.") from error
    if not isinstance(event, dict):
        raise InvalidRequest("The message should be a JSON object.")
    return event


def _parse_event(event: dict[str, Any], event_id: str | None) -> ClientMessage:
    match event.get("type"):
        case "input_audio_buffer.append":
            return Append(_decode_audio(event.get("audio")), event_id=event_id)
        case "input_audio_buffer.commit":
            return Commit(event_id=event_id)
        case "input_audio_buffer.clear":
            return Clear(event_id=event_id)
        case "session.update":
            return Update(event.get("session"), event_id=event_id)
        case str(other):
            raise InvalidRequest(
                f"Events of type '{other[:100]}' aren't answered here. There are "
                "session.update and input_audio_buffer.append, .commit and .clear.",
                "type",
            )
        case _:
            raise InvalidRequest("'type' should be text.", "type")


def _decode_audio(text: object) -> bytes:
    if not isinstance(text, str):
        raise InvalidRequest("'audio' should be base64 text.", "audio")
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise InvalidRequest("'audio' isn't valid base64.", "audio") from error
