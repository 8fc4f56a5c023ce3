"""Steps that several threads share: a step for many texts costs little more than for one.

Threads with work to finish join the work in progress. One of them, the leader, takes the steps for
all until its own work is done, then another one leads. Steps of many rows are bound by arithmetic,
so others begin beside them, in a group of their own, where another core may be idle.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from threading import Event, Lock
from typing import Generic, Protocol, TypeVar

FULL_ROWS = 16
"""Rows of a step from which on it gains little from more (docs/log.md)."""


class Work(Protocol):
    @property
    def done(self) -> bool: ...

    @property
    def rows(self) -> int:
        """Most rows that it has in a step."""


W = TypeVar("W", bound=Work)


@dataclass(slots=True, eq=False)
class _Member(Generic[W]):
    work: W
    woken: Event = field(default_factory=Event)
    """Set when the work is over, or when this thread is to lead."""
    over: bool = False
    failure: BaseException | None = None


_Group = list[_Member[W]]
"""Members that share steps, in order of arrival. While there are any, one of them leads."""


class SharedSteps(Generic[W]):
    def __init__(self, step: Callable[[Sequence[W]], None]) -> None:
        """`step` advances all unfinished work of a group by one step, and several groups at the
        same time. All members of the group get what it raises.
        """
        self._step = step
        self._lock = Lock()
        self._groups: list[_Group[W]] = []

    def finish(self, work: W) -> None:
        """Returns once the work is done."""
        if work.done:
            return
        own = _Member(work)
        with self._lock:
            group = next((each for each in self._groups if not _is_full(each)), None)
            leads = group is None
            if group is None:
                group = []
                self._groups.append(group)
            group.append(own)
        if not leads:
            own.woken.wait()
        if not own.over:
            self._lead(own, group)
        if own.failure:
            raise own.failure

    def _lead(self, own: _Member[W], group: _Group[W]) -> None:
        while not own.over:
            with self._lock:
                members = list(group)
            failure = None
            try:
                self._step([each.work for each in members])
            except BaseException as exc:  # every member's failure, whichever thread leads
                failure = exc
            for each in members:
                each.failure = failure
                each.over = failure is not None or each.work.done
            self._release(own, group)

    def _release(self, leader: _Member[W], group: _Group[W]) -> None:
        """Wakes the members that are over, and the next leader if this one is."""
        with self._lock:
            woken = [each for each in group if each.over]
            group[:] = [each for each in group if not each.over]
            if leader.over:
                woken += group[:1]
            if not group:
                self._groups.remove(group)
        for each in woken:
            each.woken.set()


def _is_full(group: Sequence[_Member[W]]) -> bool:
    return sum(each.work.rows for each in group) >= FULL_ROWS
