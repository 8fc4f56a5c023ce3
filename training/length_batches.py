"""Batches of rows of similar length, which need little padding."""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence


def batches(lengths: Sequence[int], most: int, rng: random.Random | None = None) -> list[list[int]]:
    """Batches of rows of similar length. The length of a batch, padding included, is at most
    `most`, unless a single row is longer. Batches are shuffled if `rng` is given.
    """
    order = sorted(
        range(len(lengths)), key=lambda row: (lengths[row], rng.random() if rng else row)
    )
    groups = consecutive_groups(order, lengths, most)
    if rng:
        rng.shuffle(groups)
    return groups


def consecutive_groups(
    rows: Iterable[int], lengths: Sequence[float], most: float
) -> list[list[int]]:
    """Rows in order, cut into groups whose longest length times their size is at most `most`. A
    longer row is a group of its own.
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
