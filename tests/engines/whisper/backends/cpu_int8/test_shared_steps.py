"""Work of several threads that shares steps."""

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
    """Work that is done after so many steps."""

    left: int
    fails: bool = False

    @property
    def done(self) -> bool:
        return self.left == 0


class Counting:
    """Steps that record how much work took part. The first step waits for `go_on`."""

    def __init__(self) -> None:
        self.sizes: list[int] = []
        self.begun, self.go_on = Event(), Event()
        self.steps = SharedSteps(self._step)

    def _step(self, counts: Sequence[Count]) -> None:
        self.begun.set()
        assert self.go_on.wait(LONG_S)
        assert not any(each.done for each in counts)
        self.sizes.append(len(counts))
        if any(each.fails for each in counts):
            raise MemoryError("Too much.")
        for each in counts:
            each.left -= 1


def side_by_side(counting: Counting, *counts: Count) -> list[BaseException | None]:
    """The exception of each work; all others join during the first one's first step."""
    with ThreadPoolExecutor(len(counts)) as pool:
        first = pool.submit(counting.steps.finish, counts[0])
        assert counting.begun.wait(LONG_S)
        others = [pool.submit(counting.steps.finish, each) for each in counts[1:]]
        while len(counting.steps._members) < len(counts):
            time.sleep(0.001)
        counting.go_on.set()
        return [each.exception(LONG_S) for each in (first, *others)]


def test_later_work_joins_and_continues_when_the_first_is_done() -> None:
    counting = Counting()
    counts = [Count(3), Count(1), Count(6), Count(2)]
    assert side_by_side(counting, *counts) == [None] * 4
    assert all(each.done for each in counts)
    assert counting.sizes == [1, 4, 3, 1, 1, 1, 1]


def test_work_that_is_done_takes_no_step() -> None:
    counting = Counting()
    counting.steps.finish(Count(0))
    assert counting.sizes == []


def test_a_failed_step_is_the_failure_of_all_work_in_it_but_of_no_later_work() -> None:
    counting = Counting()
    outcomes = side_by_side(counting, Count(3), Count(1, fails=True), Count(2))
    assert [type(each) for each in outcomes] == [MemoryError] * 3
    after = Count(2)
    counting.steps.finish(after)
    assert after.done


def test_all_work_is_finished_when_many_threads_join_and_leave() -> None:
    counting = Counting()
    counting.go_on.set()
    counts = [Count(1 + number % 7) for number in range(200)]
    with ThreadPoolExecutor(8) as pool:
        for each in [pool.submit(counting.steps.finish, count) for count in counts]:
            each.result(LONG_S)
    assert all(each.done for each in counts)
    assert sum(counting.sizes) == sum(1 + number % 7 for number in range(200))
