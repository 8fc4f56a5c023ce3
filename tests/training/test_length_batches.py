"""What is heard or read together."""

from __future__ import annotations

import random

from training.length_batches import batches, neighbours


def test_batches_hold_every_row_once_and_few_tokens() -> None:
    lengths = [5, 30, 7, 90, 12, 12, 3, 200]
    groups = batches(lengths, 100)
    assert sorted(row for group in groups for row in group) == list(range(len(lengths)))
    assert all(len(g) == 1 or len(g) * max(lengths[row] for row in g) <= 100 for g in groups)


def test_batches_that_chance_shuffles_are_the_same_ones_by_length() -> None:
    lengths = [3, 1, 2, 8, 5, 13, 1]
    plain = batches(lengths, 8)
    shuffled = batches(lengths, 8, random.Random(3))  # noqa: S311
    assert shuffled != plain
    assert sorted(sorted(lengths[row] for row in group) for group in shuffled) == sorted(
        [lengths[row] for row in group] for group in plain
    )


def test_neighbours_stay_in_order_and_the_longest_of_them_counts() -> None:
    lengths = [1.0, 4.0, 1.0, 1.0, 9.0, 1.0]
    assert neighbours(range(6), lengths, 8.0) == [[0, 1], [2, 3], [4], [5]]
