"""The most new tokens that the text of a window may have."""

from __future__ import annotations

from sentivox.engines.protocols import RecognitionItem
from sentivox.types import Priority

MAX_LENGTH = 448
"""Positions of Whisper's decoder."""
MAX_TEXT = MAX_LENGTH // 2
TOKENS_PER_SECOND = 12.5
SPARE_TOKENS = 16
"""Text longer than this over the rate of a context is a repetition loop, until a pass with full
context shows otherwise."""
SPARE_INTERIM_TOKENS = 8
"""SPARE_TOKENS of interim text, over the window's own length: a loop delays other requests."""


def max_new_tokens(item: RecognitionItem, context_s: float) -> int:
    """Most tokens of a window's text, its prefix included."""
    if item.options.priority is Priority.INTERIM:
        limit = SPARE_INTERIM_TOKENS + int(item.window.seconds * TOKENS_PER_SECOND)
    else:
        limit = SPARE_TOKENS + int(context_s * TOKENS_PER_SECOND)
    return min(MAX_TEXT, limit + len(item.options.prefix))
