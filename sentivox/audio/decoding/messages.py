"""Protocol between the service and its decoding child process, over two pipes.

To the child, per file: a header REQUEST, the demuxer's name, the file. From the child: READY once;
then per file RECEIVED, INFO, PCM..., and END or FAILED, each as `<cI` (kind, length of the payload)
and the payload.

Only the standard library is imported, so that the child process stays small.
"""

from __future__ import annotations

import json
import struct
from dataclasses import asdict, dataclass
from enum import Enum

REQUEST = struct.Struct("<HQHd")
"""Length of the demuxer's name, length of the file, number of the audio track from 1 or 0 for the
default one, and the longest audio in seconds."""
HEADER = struct.Struct("<cI")
SECONDS = struct.Struct("<d")
"""Payload of END: end of the last decoded frame, in seconds from the start of the file."""
MAX_PAYLOAD = 32 * 1024 * 1024
"""Longest payload of a working child process."""


class Kind(Enum):
    """Kind of a message from the child process."""

    READY = b"R"
    RECEIVED = b"G"
    INFO = b"I"
    PCM = b"P"
    END = b"E"
    FAILED = b"F"


class Failure(Enum):
    """Reason why a file has no decodable audio."""

    NO_TRACK = b"no track"
    NO_SAMPLES = b"no samples"
    UNKNOWN_CODEC = b"unknown codec"
    NO_SUCH_TRACK = b"no such track"
    UNREADABLE = b"unreadable"


class UndecodableError(Exception):
    """The file has no decodable audio."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure)
        self.failure = failure


@dataclass(frozen=True, slots=True)
class StreamInfo:
    """Format of the audio stream and of the interleaved int16 PCM that follows."""

    codec: str
    sample_rate: int
    channel_names: tuple[str, ...]
    """FFmpeg's names in the order of the samples: FL, FR, FC, LFE, ..."""
    stated_seconds: float | None
    """Length according to the file's header; None if not stated."""
    track: int = 1
    """Number of the audio track, from 1."""
    tracks: int = 1
    """Number of audio tracks of the file."""
    other_tracks: tuple[int, ...] = ()
    """Other tracks that can be decoded, the best first; none where the track was requested."""

    @property
    def channels(self) -> int:
        return len(self.channel_names)

    def to_bytes(self) -> bytes:
        return json.dumps(asdict(self)).encode()

    @classmethod
    def from_bytes(cls, payload: bytes) -> StreamInfo:
        """Parse the payload of INFO; raise ValueError for an invalid payload."""
        try:
            fields = json.loads(payload)
            stated = fields["stated_seconds"]
            return cls(
                str(fields["codec"]),
                int(fields["sample_rate"]),
                tuple(map(str, fields["channel_names"])),
                None if stated is None else float(stated),
                int(fields["track"]),
                int(fields["tracks"]),
                tuple(map(int, fields["other_tracks"])),
            )
        except (KeyError, TypeError) as exc:
            raise ValueError("not a StreamInfo") from exc
