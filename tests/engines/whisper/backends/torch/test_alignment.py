"""The path of dynamic time warping between tokens and encoder positions."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import numpy.typing as npt
import pytest

from sentivox.engines.whisper.backends.torch.alignment import best_path


def test_clear_attention_gives_its_own_path() -> None:
    attention = np.full((3, 6), -1.0, np.float32)
    attention[[0, 0, 1, 1, 1, 2], range(6)] = 1.0
    path = best_path(attention)
    assert path == [(0, 0), (0, 1), (1, 2), (1, 3), (1, 4), (2, 5)]


def test_a_single_token_has_all_positions() -> None:
    assert best_path(np.zeros((1, 4), np.float32)) == [(0, 0), (0, 1), (0, 2), (0, 3)]


def test_a_single_position_has_all_tokens() -> None:
    assert best_path(np.zeros((3, 1), np.float32)) == [(0, 0), (1, 0), (2, 0)]


@pytest.mark.parametrize("seed", range(5))
def test_no_other_path_has_a_higher_sum(seed: int) -> None:
    attention = np.random.default_rng(seed).normal(size=(4, 7)).astype(np.float32)
    path = best_path(attention)
    assert path[0] == (0, 0)
    assert path[-1] == (3, 6)
    assert all((b[0] - a[0], b[1] - a[1]) in {(0, 1), (1, 0), (1, 1)} for a, b in pairwise(path))
    highest = highest_sum(attention, 3, 6)
    assert sum(attention[cell] for cell in path) == pytest.approx(highest, abs=1e-4)


def highest_sum(attention: npt.NDArray[np.float32], i: int, j: int) -> float:
    """Highest sum of a path to a cell, found by trying every path."""
    before = [(i - 1, j - 1), (i - 1, j), (i, j - 1)]
    sums = [highest_sum(attention, *cell) for cell in before if min(cell) >= 0]
    return float(attention[i, j]) + max(sums, default=0.0)
