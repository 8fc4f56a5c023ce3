"""Which clips are heard together: those of like length, by their seconds rather than their number.

Everything follows from the seed and the epoch, so a run that was interrupted goes on with the batch
that would have come next.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from training.ctc.options import CtcOptions
from training.length_batches import neighbours

SPREAD = 0.15
"""Lengths are sorted after a change by at most this share, or neighbours were always the same."""

Rows = list[int]


@dataclass(frozen=True, slots=True)
class Place:
    """Which of the workers this is."""

    rank: int = 0
    workers: int = 1


@dataclass(frozen=True, slots=True)
class Update:
    epoch: int
    number: int
    """Of the update in its epoch."""
    passes: tuple[Rows, ...]
    """Rows of the clips heard together, pass after pass."""


def updates(
    seconds: Sequence[float], options: CtcOptions, place: Place, epoch: int, number: int
) -> Iterator[Update]:
    """Without end, from a place in an epoch on; every worker has as many, of other clips."""
    while True:
        found = epoch_of(seconds, options, place, epoch)
        for each in range(number, len(found)):
            yield Update(epoch, each, tuple(found[each]))
        epoch, number = epoch + 1, 0


def epoch_of(
    seconds: Sequence[float], options: CtcOptions, place: Place, epoch: int
) -> list[list[Rows]]:
    """The updates of one epoch for one worker; each has `accumulate` passes."""
    chance = np.random.default_rng([options.seed, epoch])
    rows = list(range(len(seconds)))
    if epoch < options.first_short_epochs:
        rows = [row for row in rows if seconds[row] <= options.short_seconds] or rows
    groups = of_like_seconds(seconds, rows, options.batch_seconds, chance)
    share = options.accumulate * place.workers
    # Some come twice where they can't be shared out evenly, so that nobody waits for a batch.
    groups += [groups[number % len(groups)] for number in range(-len(groups) % share)]
    own = groups[place.rank :: place.workers]
    return [
        own[start : start + options.accumulate] for start in range(0, len(own), options.accumulate)
    ]


def of_like_seconds(
    seconds: Sequence[float], rows: Sequence[int], most: float, chance: np.random.Generator
) -> list[Rows]:
    """Groups in any order, whose longest clip times their number is at most `most` seconds."""
    jitter = dict(zip(rows, chance.uniform(1 - SPREAD, 1 + SPREAD, len(rows)), strict=True))
    order = sorted(rows, key=lambda row: seconds[row] * jitter[row])
    groups = neighbours(order, seconds, most)
    chance.shuffle(groups)
    return groups
