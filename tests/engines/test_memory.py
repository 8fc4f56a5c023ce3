"""When memory is given back, with a clock and a C library of the test's own."""

from __future__ import annotations

import time

import pytest

from sentivox.engines import memory
from sentivox.engines.memory import BETWEEN_S, RARELY_S, give_back_now_and_then


class Clock:
    """Batches at times; counts how often memory was given back."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = 1000.0
        self.given_back = 0
        monkeypatch.setattr(memory, "_last", memory._Last())
        monkeypatch.setattr(time, "monotonic", lambda: self.now)
        monkeypatch.setattr(memory, "give_back_freed_memory", self._give_back)
        give_back_now_and_then()

    def _give_back(self) -> None:
        self.given_back += 1

    def batch_after(self, seconds: float, *, much: bool = False) -> int:
        self.now += seconds
        give_back_now_and_then(much=much)
        return self.given_back


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock(monkeypatch)


def test_after_long_windows_it_is_given_back_often(clock: Clock) -> None:
    assert clock.batch_after(BETWEEN_S, much=True) == 2
    assert clock.batch_after(BETWEEN_S / 2, much=True) == 2
    assert clock.batch_after(BETWEEN_S / 2, much=True) == 3


def test_after_short_ones_rarely(clock: Clock) -> None:
    assert clock.batch_after(RARELY_S - 1) == 1
    assert clock.batch_after(1) == 2


def test_a_short_window_gives_back_what_a_long_one_left(clock: Clock) -> None:
    assert clock.batch_after(BETWEEN_S / 2, much=True) == 1
    assert clock.batch_after(BETWEEN_S / 2) == 2
    assert clock.batch_after(BETWEEN_S) == 2
