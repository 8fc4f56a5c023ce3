"""How many tokens the text of a window may have."""

from __future__ import annotations

from sentivox.models.base import RecognitionItem
from sentivox.types import Priority

MAX_LENGTH = 448
"""Positions of Whisper's decoder."""
MAX_TEXT = MAX_LENGTH // 2
TOKENS_PER_SECOND = 12.5
SPARE_TOKENS = 16
"""More text than this for a context's length is a loop, until the full context says otherwise."""
SPARE_DRAFT_TOKENS = 8
"""The same for a draft, over the window's own length: a loop costs others their turn."""


def room_for(item: RecognitionItem, context_s: float) -> int:
    """Tokens that the text of a window may have, prefix included."""
    if item.options.priority is Priority.DRAFT:
        room = SPARE_DRAFT_TOKENS + int(item.window.seconds * TOKENS_PER_SECOND)
    else:
        room = SPARE_TOKENS + int(context_s * TOKENS_PER_SECOND)
    return min(MAX_TEXT, room + len(item.options.prefix))
