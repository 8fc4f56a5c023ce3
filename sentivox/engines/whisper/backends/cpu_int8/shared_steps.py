"""Work that goes on step by step, whoever asked for it: a step for many costs little more than for
one.

Threads that have something to finish join what is under way. One of them takes the steps, for all,
until its own work is done, and then another goes on.
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
class _Waiting(Generic[W]):
    work: W
    woken: Event = field(default_factory=Event)
    """It is over, or its turn to lead."""
    over: bool = False
    failure: BaseException | None = None


class SharedSteps(Generic[W]):
    def __init__(self, step: Callable[[Sequence[W]], None]) -> None:
        """`step` takes all work that isn't done a step further. What it raises, all of it gets."""
        self._step = step
        self._lock = Lock()
        self._waiting: list[_Waiting[W]] = []
        """In the order of arrival. If there are any, somebody leads."""

    def finish(self, work: W) -> None:
        """Returns once it's done."""
        if work.done:
            return
        own = _Waiting(work)
        with self._lock:
            leads = not self._waiting
            self._waiting.append(own)
        if not leads:
            own.woken.wait()
        if not own.over:
            self._lead(own)
        if own.failure:
            raise own.failure

    def _lead(self, own: _Waiting[W]) -> None:
        while not own.over:
            with self._lock:
                together = list(self._waiting)
            failure = None
            try:
                self._step([each.work for each in together])
            except BaseException as exc:  # it is everybody's, whoever leads
                failure = exc
            for each in together:
                each.failure = failure
                each.over = failure is not None or each.work.done
            self._part(own)

    def _part(self, leader: _Waiting[W]) -> None:
        """With those that are over."""
        with self._lock:
            over = [each for each in self._waiting if each.over]
            self._waiting = [each for each in self._waiting if not each.over]
            if leader.over:
                over += self._waiting[:1]
        for each in over:
            each.woken.set()
