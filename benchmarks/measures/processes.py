"""What a process and all that it started take: memory and processor time."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from types import TracebackType
from typing import Self

import psutil

SAMPLE_SECONDS = 0.5
PATIENCE_S = 10.0
MOST_OF_THE_TIME = 0.05
"""Asking how much memory processes take costs time too: no more than this share of a core."""
HARDLY_ANY_TIME = 0.01
"""The same where speed is measured: a server has many processes, an engine one."""


def family(pid: int) -> list[psutil.Process]:
    """The process and all below it; none once it's gone."""
    try:
        parent = psutil.Process(pid)
        return [parent, *parent.children(recursive=True)]
    except psutil.Error:
        return []


def memory_mb(processes: Sequence[psutil.Process]) -> float:
    """MiB in all, pages that they share counted once (PSS)."""
    total = 0
    for process in processes:
        try:
            total += process.memory_full_info().pss
        except psutil.Error:
            continue
    return total / 2**20


def cpu_seconds(processes: Sequence[psutil.Process]) -> float:
    """Of all of them together, in their own code and in the kernel."""
    total = 0.0
    for process in processes:
        try:
            times = process.cpu_times()
        except psutil.Error:
            continue
        total += times.user + times.system
    return total


def end(processes: Sequence[psutil.Process]) -> None:
    """At their own pace, or else at once."""
    for process in processes:
        with suppress(psutil.Error):
            process.terminate()
    _, left = psutil.wait_procs(processes, timeout=PATIENCE_S)
    for process in left:
        with suppress(psutil.Error):
            process.kill()


class PeakMemory:
    """The most that was taken between entering and leaving, in MiB, by name.

    `taken` is asked twice a second or, where that would take more than `share` of the time, less
    often.
    """

    def __init__(
        self, taken: Callable[[], Mapping[str, float]], share: float = MOST_OF_THE_TIME
    ) -> None:
        self._taken = taken
        self._share = share
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self.peaks: dict[str, float] = {}
        self.peak = 0.0
        """Of the sum over all names."""

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._ended.set()
        self._thread.join()

    def _watch(self) -> None:
        while True:
            began = time.perf_counter()
            self.note(self._taken())
            took = time.perf_counter() - began
            if self._ended.wait(max(SAMPLE_SECONDS, took / self._share)):
                return

    def note(self, taken: Mapping[str, float]) -> None:
        self.peak = max(self.peak, sum(taken.values()))
        for name, value in taken.items():
            self.peaks[name] = max(self.peaks.get(name, 0.0), value)
