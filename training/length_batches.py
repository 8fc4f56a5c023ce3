"""Batches of about the same length, so that little is paid for padding."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence


def batches(
    lengths: Sequence[int], most: int, chance: random.Random | None = None
) -> Iterator[list[int]]:
    """Rows of about the same length, at most `most` of it together, padding included; shuffled with
    `chance`.
    """
    order = sorted(
        range(len(lengths)), key=lambda row: (lengths[row], chance.random() if chance else row)
    )
    groups: list[list[int]] = [[]]
    for row in order:
        if groups[-1] and (len(groups[-1]) + 1) * lengths[row] > most:
            groups.append([])
        groups[-1].append(row)
    if chance:
        chance.shuffle(groups)
    yield from (group for group in groups if group)
