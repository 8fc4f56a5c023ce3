"""Intervals at which freed memory is returned, with a fake clock and a fake C library."""

from __future__ import annotations

import time

import pytest

from sentivox.engines import memory
from sentivox.engines.memory import INTERVAL_S, LARGE_INTERVAL_S, trim_memory_at_intervals


class Batches:
    """Batches at given times, and the number of trims so far."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = 1000.0
        self.trims = 0
        monkeypatch.setattr(time, "monotonic", lambda: self.now)
        monkeypatch.setattr(memory, "trim_memory", self._trim)
        # Whatever earlier tests left, the interval begins here.
        trim_memory_at_intervals(large=True)
        self.trims = 0

    def _trim(self) -> None:
        self.trims += 1

    def after(self, seconds: float, *, large: bool = False) -> int:
        """A batch `seconds` after the last one; the number of trims after it."""
        self.now += seconds
        trim_memory_at_intervals(large=large)
        return self.trims


@pytest.fixture
def batches(monkeypatch: pytest.MonkeyPatch) -> Batches:
    monkeypatch.setattr(memory, "_last", memory._LastTrim())
    return Batches(monkeypatch)


def test_large_batches_are_followed_by_frequent_trims(batches: Batches) -> None:
    assert batches.after(LARGE_INTERVAL_S, large=True) == 1
    assert batches.after(LARGE_INTERVAL_S / 2, large=True) == 1
    assert batches.after(LARGE_INTERVAL_S / 2, large=True) == 2


def test_small_batches_are_followed_by_rare_trims(batches: Batches) -> None:
    assert batches.after(INTERVAL_S - 1) == 0
    assert batches.after(1) == 1


def test_a_small_batch_trims_the_memory_of_a_large_one(batches: Batches) -> None:
    assert batches.after(LARGE_INTERVAL_S / 2, large=True) == 0
    assert batches.after(LARGE_INTERVAL_S / 2) == 1
    assert batches.after(LARGE_INTERVAL_S) == 1
