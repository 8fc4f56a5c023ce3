"""Batches of rows of similar length."""

from __future__ import annotations

import random

from training.length_batches import batches, consecutive_groups


def test_batches_have_every_row_once_and_a_bounded_length() -> None:
    lengths = [5, 30, 7, 90, 12, 12, 3, 200]
    groups = batches(lengths, 100)
    assert sorted(row for group in groups for row in group) == list(range(len(lengths)))
    assert all(len(g) == 1 or len(g) * max(lengths[row] for row in g) <= 100 for g in groups)


def test_shuffled_batches_are_the_same_ones_by_length() -> None:
    lengths = [3, 1, 2, 8, 5, 13, 1]
    plain = batches(lengths, 8)
    shuffled = batches(lengths, 8, random.Random(3))  # noqa: S311
    assert shuffled != plain
    assert sorted(sorted(lengths[row] for row in group) for group in shuffled) == sorted(
        [lengths[row] for row in group] for group in plain
    )


def test_consecutive_groups_are_bounded_by_their_longest_row() -> None:
    lengths = [1.0, 4.0, 1.0, 1.0, 9.0, 1.0]
    assert consecutive_groups(range(6), lengths, 8.0) == [[0, 1], [2, 3], [4], [5]]
