"""Where the sound of a live session comes from: a microphone, a file or a pipe.

Each is an iterator of samples as the service hears them, LIVE_RATE, 16-bit, mono. It is opened when
it is asked for, and read by whoever iterates, who may have to wait.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Generator, Iterable
from pathlib import Path

from sentivox_client.live_messages import LIVE_RATE

PIECE_S = 0.1
PIECE_BYTES = int(2 * LIVE_RATE * PIECE_S)

Sound = Generator[bytes]


class NoSound(Exception):
    """A sentence that says why there is nothing to listen to."""


def opened(source: str | None) -> Sound:
    """None is the microphone and - standard input; raises NoSound."""
    if source is None:
        from sentivox_client.cli import microphone

        return microphone.opened()
    if source == "-":
        return _in_pieces(_standard_input())
    from sentivox_client.cli import recordings

    return _in_pieces(recordings.opened(Path(source)))


def _standard_input() -> Sound:
    # Not sys.stdin's own buffer: a thread that waits in it stops Python from ending.
    handle = sys.stdin.fileno()
    while some := os.read(handle, PIECE_BYTES):
        yield some


def _in_pieces(sound: Iterable[bytes]) -> Sound:
    rest = b""
    for some in sound:
        rest += some
        whole = len(rest) // PIECE_BYTES * PIECE_BYTES
        for at in range(0, whole, PIECE_BYTES):
            yield rest[at : at + PIECE_BYTES]
        rest = rest[whole:]
    if rest:
        yield rest
