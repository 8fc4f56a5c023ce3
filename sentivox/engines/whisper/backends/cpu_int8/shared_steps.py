"""Steps that several threads share: a step for many texts costs little more than for one.

Threads with work to finish join the work in progress. One of them, the leader, takes the steps for
all until its own work is done, then another one leads.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from threading import Event, Lock
from typing import Generic, Protocol, TypeVar


class Work(Protocol):
    @property
    def done(self) -> bool: ...


W = TypeVar("W", bound=Work)


@dataclass(slots=True, eq=False)
class _Member(Generic[W]):
    work: W
    woken: Event = field(default_factory=Event)
    """Set when the work is over, or when this thread is to lead."""
    over: bool = False
    failure: BaseException | None = None


class SharedSteps(Generic[W]):
    def __init__(self, step: Callable[[Sequence[W]], None]) -> None:
        """`step` advances all unfinished work by one step. All members get what it raises."""
        self._step = step
        self._lock = Lock()
        self._members: list[_Member[W]] = []
        """In order of arrival. While there are any, one of them leads."""

    def finish(self, work: W) -> None:
        """Returns once the work is done."""
        if work.done:
            return
        own = _Member(work)
        with self._lock:
            leads = not self._members
            self._members.append(own)
        if not leads:
            own.woken.wait()
        if not own.over:
            self._lead(own)
        if own.failure:
            raise own.failure

    def _lead(self, own: _Member[W]) -> None:
        while not own.over:
            with self._lock:
                members = list(self._members)
            failure = None
            try:
                self._step([each.work for each in members])
            except BaseException as exc:  # every member's failure, whichever thread leads
                failure = exc
            for each in members:
                each.failure = failure
                each.over = failure is not None or each.work.done
            self._release(own)

    def _release(self, leader: _Member[W]) -> None:
        """Wakes the members that are over, and the next leader if this one is."""
        with self._lock:
            woken = [each for each in self._members if each.over]
            self._members = [each for each in self._members if not each.over]
            if leader.over:
                woken += self._members[:1]
        for each in woken:
            each.woken.set()
