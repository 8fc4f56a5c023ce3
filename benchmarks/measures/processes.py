"""Memory and processor time of a process and its children."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from types import TracebackType
from typing import Self

import psutil

SAMPLE_SECONDS = 0.5
TERMINATION_S = 10.0
"""Seconds that a process has to end before it is killed."""
CPU_SHARE = 0.05
"""Most processor time that measuring memory may take, as a share of a core."""
CPU_SHARE_IN_TIMED_RUN = 0.01
"""Most processor time that measuring memory may take while speed is measured, as a share of a core:
a server has many processes, an engine one."""


def family(pid: int) -> list[psutil.Process]:
    """The process and all its descendants; none once it has ended."""
    try:
        parent = psutil.Process(pid)
        return [parent, *parent.children(recursive=True)]
    except psutil.Error:
        return []


def memory_mb(processes: Sequence[psutil.Process]) -> float:
    """Memory of all processes in MiB, shared pages counted once (PSS)."""
    total = 0
    for process in processes:
        try:
            total += process.memory_full_info().pss
        except psutil.Error:
            continue
    return total / 2**20


def cpu_seconds(processes: Sequence[psutil.Process]) -> float:
    """Processor time of all processes, user and system."""
    total = 0.0
    for process in processes:
        try:
            times = process.cpu_times()
        except psutil.Error:
            continue
        total += times.user + times.system
    return total


def end(processes: Sequence[psutil.Process]) -> None:
    """Terminates the processes, and kills those that don't end within TERMINATION_S."""
    for process in processes:
        with suppress(psutil.Error):
            process.terminate()
    _, left = psutil.wait_procs(processes, timeout=TERMINATION_S)
    for process in left:
        with suppress(psutil.Error):
            process.kill()


class PeakMemory:
    """Peak memory between entering and leaving, in MiB by name.

    `taken` is called twice a second or, where that would need more than `share` of a core, less
    often.
    """

    def __init__(self, taken: Callable[[], Mapping[str, float]], share: float = CPU_SHARE) -> None:
        self._taken = taken
        self._share = share
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self.peaks: dict[str, float] = {}
        self.peak = 0.0
        """Peak of the sum over all names."""

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
        """One sample."""
        self.peak = max(self.peak, sum(taken.values()))
        for name, value in taken.items():
            self.peaks[name] = max(self.peaks.get(name, 0.0), value)
