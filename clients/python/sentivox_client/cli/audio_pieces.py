"""The pieces in which live audio is read and sent, and the error when there is none."""

from __future__ import annotations

from sentivox_client.live_messages import LIVE_RATE

PIECE_S = 0.1
PIECE_BYTES = int(2 * LIVE_RATE * PIECE_S)


class NoAudio(Exception):
    """A sentence that says why there is no audio to transcribe."""
