"""Batches of about the same length, so that little is paid for padding."""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence


def batches(
    lengths: Sequence[int], most: int, chance: random.Random | None = None
) -> list[list[int]]:
    """Rows of about the same length, at most `most` of it together, padding included; shuffled with
    `chance`.
    """
    order = sorted(
        range(len(lengths)), key=lambda row: (lengths[row], chance.random() if chance else row)
    )
    groups = neighbours(order, lengths, most)
    if chance:
        chance.shuffle(groups)
    return groups


def neighbours(rows: Iterable[int], lengths: Sequence[float], most: float) -> list[list[int]]:
    """Rows in their order, cut into groups whose longest times their number is at most `most`. A
    row that is longer is a group of its own.
    """
    groups: list[list[int]] = []
    longest = 0.0
    for row in rows:
        longest = max(longest, lengths[row])
        if not groups or longest * (len(groups[-1]) + 1) > most:
            groups.append([])
            longest = lengths[row]
        groups[-1].append(row)
    return groups
