"""Work of several threads that is done in common steps."""

from __future__ import annotations

import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from threading import Event

from sentivox.engines.whisper.backends.cpu_int8.shared_steps import SharedSteps

LONG_S = 10.0


@dataclass(eq=False)
class Count:
    """To be counted down."""

    left: int
    fails: bool = False

    @property
    def done(self) -> bool:
        return self.left == 0


class Counting:
    """Steps that remember how many took part, and wait for a sign before the first."""

    def __init__(self) -> None:
        self.together: list[int] = []
        self.begun, self.go_on = Event(), Event()
        self.steps = SharedSteps(self._step)

    def _step(self, counts: Sequence[Count]) -> None:
        self.begun.set()
        assert self.go_on.wait(LONG_S)
        assert not any(each.done for each in counts)
        self.together.append(len(counts))
        if any(each.fails for each in counts):
            raise MemoryError("Too much.")
        for each in counts:
            each.left -= 1


def side_by_side(counting: Counting, *counts: Count) -> list[BaseException | None]:
    """What each came to; the others come while the first takes its first step."""
    with ThreadPoolExecutor(len(counts)) as pool:
        first = pool.submit(counting.steps.finish, counts[0])
        assert counting.begun.wait(LONG_S)
        others = [pool.submit(counting.steps.finish, each) for each in counts[1:]]
        while len(counting.steps._members) < len(counts):
            time.sleep(0.001)
        counting.go_on.set()
        return [each.exception(LONG_S) for each in (first, *others)]


def test_who_comes_later_joins_and_goes_on_when_the_first_are_done() -> None:
    counting = Counting()
    counts = [Count(3), Count(1), Count(6), Count(2)]
    assert side_by_side(counting, *counts) == [None] * 4
    assert all(each.done for each in counts)
    assert counting.together == [1, 4, 3, 1, 1, 1, 1]


def test_what_is_done_takes_no_step() -> None:
    counting = Counting()
    counting.steps.finish(Count(0))
    assert counting.together == []


def test_a_step_that_fails_fails_for_all_and_the_next_begins_anew() -> None:
    counting = Counting()
    outcomes = side_by_side(counting, Count(3), Count(1, fails=True), Count(2))
    assert [type(each) for each in outcomes] == [MemoryError] * 3
    after = Count(2)
    counting.steps.finish(after)
    assert after.done


def test_nobody_is_left_behind_however_many_come_and_go() -> None:
    counting = Counting()
    counting.go_on.set()
    counts = [Count(1 + number % 7) for number in range(200)]
    with ThreadPoolExecutor(8) as pool:
        for each in [pool.submit(counting.steps.finish, count) for count in counts]:
            each.result(LONG_S)
    assert all(each.done for each in counts)
    assert sum(counting.together) == sum(1 + number % 7 for number in range(200))
