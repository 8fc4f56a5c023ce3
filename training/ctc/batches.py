"""Batches of clips of similar length, limited by seconds.

Batches depend on the seed and the epoch only, so a resumed run continues with the next batch.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from training.ctc.options import CtcOptions
from training.length_batches import consecutive_groups

LENGTH_JITTER = 0.15
"""Largest relative change of lengths before sorting, which varies the neighbours between epochs."""

Rows = list[int]


@dataclass(frozen=True, slots=True)
class WorkerRank:
    """Number of a worker among all workers."""

    rank: int = 0
    workers: int = 1


@dataclass(frozen=True, slots=True)
class Update:
    """The batches of one weight update."""

    epoch: int
    number: int
    """Number of the update in its epoch."""
    passes: tuple[Rows, ...]
    """Rows of clips of each batch, whose gradients are accumulated."""


def updates(
    seconds: Sequence[float], options: CtcOptions, worker: WorkerRank, epoch: int, number: int
) -> Iterator[Update]:
    """Endless updates from an update of an epoch on; workers have equally many, with other
    clips.
    """
    while True:
        of_epoch = epoch_updates(seconds, options, worker, epoch)
        for each in range(number, len(of_epoch)):
            yield Update(epoch, each, tuple(of_epoch[each]))
        epoch, number = epoch + 1, 0


def epoch_updates(
    seconds: Sequence[float], options: CtcOptions, worker: WorkerRank, epoch: int
) -> list[list[Rows]]:
    """The updates of one epoch for one worker; each has `accumulate` batches."""
    rng = np.random.default_rng([options.seed, epoch])
    rows = list(range(len(seconds)))
    if epoch < options.first_short_epochs:
        rows = [row for row in rows if seconds[row] <= options.short_seconds] or rows
    groups = batches_of_similar_length(seconds, rows, options.batch_seconds, rng)
    share = options.accumulate * worker.workers
    # Some batches are used twice, so that all workers have equally many.
    groups += [groups[number % len(groups)] for number in range(-len(groups) % share)]
    own = groups[worker.rank :: worker.workers]
    return [
        own[start : start + options.accumulate] for start in range(0, len(own), options.accumulate)
    ]


def batches_of_similar_length(
    seconds: Sequence[float], rows: Sequence[int], most: float, rng: np.random.Generator
) -> list[Rows]:
    """Shuffled groups of rows, whose longest clip times their size is at most `most` seconds."""
    jitter = dict(
        zip(rows, rng.uniform(1 - LENGTH_JITTER, 1 + LENGTH_JITTER, len(rows)), strict=True)
    )
    order = sorted(rows, key=lambda row: seconds[row] * jitter[row])
    groups = consecutive_groups(order, seconds, most)
    rng.shuffle(groups)
    return groups
