"""What the service and its decoding child say to each other over two pipes.

To the child, per file: a header `<HQ` (length of the demuxer's name, length of the file), the name,
the file. From the child: READY once; then per file RECEIVED, INFO, PCM..., and END or FAILED, each
as `<cI` (kind, length of the payload) and the payload.

Only the standard library is imported, so that the child stays small.
"""

from __future__ import annotations

import json
import struct
from dataclasses import asdict, dataclass
from enum import Enum

REQUEST = struct.Struct("<HQ")
HEADER = struct.Struct("<cI")
SECONDS = struct.Struct("<d")
"""The payload of END: how far into the file the last decodable sound was."""
MAX_PAYLOAD = 32 * 1024 * 1024
"""A longer message is a child gone mad."""


class Kind(Enum):
    READY = b"R"
    RECEIVED = b"G"
    INFO = b"I"
    PCM = b"P"
    END = b"E"
    FAILED = b"F"


class Failure(Enum):
    """Why a file gave no audio."""

    NO_TRACK = b"no track"
    NO_SAMPLES = b"no samples"
    UNKNOWN_CODEC = b"unknown codec"
    UNREADABLE = b"unreadable"


@dataclass(frozen=True, slots=True)
class StreamInfo:
    """The sound track as FFmpeg found it; the PCM that follows is interleaved int16 like this."""

    codec: str
    sample_rate: int
    channels: int
    stated_seconds: float | None
    """Length according to the header."""

    def to_bytes(self) -> bytes:
        return json.dumps(asdict(self)).encode()

    @classmethod
    def from_bytes(cls, payload: bytes) -> StreamInfo:
        """Raise ValueError when the payload isn't one."""
        try:
            fields = json.loads(payload)
            stated = fields["stated_seconds"]
            return cls(
                str(fields["codec"]),
                int(fields["sample_rate"]),
                int(fields["channels"]),
                None if stated is None else float(stated),
            )
        except (KeyError, TypeError) as exc:
            raise ValueError("not a StreamInfo") from exc
