"""Repetition loops in token sequences."""

from __future__ import annotations

from collections.abc import Sequence

LOOP_TOKENS = 12
"""Three rounds of the same tokens are a loop from this many tokens on: a speaker may well say "no,
no, no"."""
MAX_ROUND_TOKENS = 64
"""Longest round that is looked for."""
MIN_TAIL_TOKENS = 4
"""Fewer repeated tokens at the end of a text don't count."""


def is_repetition_loop(ids: Sequence[int]) -> bool:
    """Whether the sequence ends with three rounds of the same tokens."""
    return any(
        ids[-span:] == ids[-2 * span : -span] == ids[-3 * span : -2 * span]
        for span in range(LOOP_TOKENS // 3, min(MAX_ROUND_TOKENS, len(ids) // 3) + 1)
    )


def first_round(ids: Sequence[int]) -> Sequence[int]:
    """The tokens up to the end of the first of several rounds that end the sequence; all tokens
    where it doesn't end in a repetition loop.
    """
    if not is_repetition_loop(ids):
        return ids
    return ids[: len(ids) - repeated_tail(ids)] or ids


def repeated_tail(ids: Sequence[int]) -> int:
    """Number of last tokens that only repeat the tokens before them."""
    for span in range(1, min(MAX_ROUND_TOKENS, len(ids) - MIN_TAIL_TOKENS) + 1):
        repeated = 0
        while repeated + span < len(ids) and ids[-1 - repeated] == ids[-1 - repeated - span]:
            repeated += 1
        if repeated >= max(MIN_TAIL_TOKENS, span // 2):
            return repeated
    return 0
