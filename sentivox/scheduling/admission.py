"""Admission control: a request is admitted if its predicted latency meets the objective.

Without a limit a queue grows until every answer comes too late to be of use. Work in progress is
counted in audio seconds, because the stages' time is proportional to them, and the throughput is
measured. Files of more than 30 s are always admitted and not counted: `windows_in_flight` bounds
what each of them takes at a time.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from sentivox.errors import Overloaded
from sentivox.settings import AdmissionSlo
from sentivox.types import WINDOW_SECONDS

INITIAL_SECONDS_PER_BYTE = 1 / 32_000
"""Length of a file by its size before any file was decoded: 16 bits at 16 kHz."""
INITIAL_RTFX = 20.0
"""Throughput before it was measured, in audio seconds per second."""
BUSY_FILES = 8
"""With fewer files in progress stages wait for each other, and the throughput isn't the most that
they can do."""
TOLERANCE = 1.3
"""Requests whose predicted latency is up to this many times the objective are admitted, because the
prediction errs on the high side: files in progress count in full, and part of each is done."""
RTFX_MEMORY = 0.99
"""Weight of earlier measurements of the throughput when another file is done."""
LENGTH_MEMORY = 0.95
"""Weight of earlier measurements of seconds per byte when another file is decoded."""


@dataclass(slots=True, eq=False)
class FileInProgress:
    """One admitted file."""

    size: int
    """Bytes."""
    seconds: float
    """Audio seconds that count; 0 for a file of more than 30 s."""


class Admission:
    """Admission control of one ingress replica."""

    def __init__(
        self, slo: AdmissionSlo | None = None, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """Without an objective every request is admitted."""
        self._slo = slo
        self._clock = clock
        self._files: list[FileInProgress] = []
        self._seconds_per_byte = INITIAL_SECONDS_PER_BYTE
        self._done_s, self._busy_s = INITIAL_RTFX, 1.0
        """Audio seconds done of late, and the time that they took while the stages were busy."""
        self._since = 0.0

    @contextmanager
    def admit(self, size: int) -> Iterator[FileInProgress]:
        """Around all work for one file of `size` bytes. Raises Overloaded."""
        file = FileInProgress(max(1, size), _counted(size * self._seconds_per_byte))
        if self._slo and not self._meets(file, self._slo):
            raise Overloaded(
                "Too much is being transcribed right now. Try again in a few seconds.",
                None,
                math.ceil(self._predicted_latency_s()),
            )
        self._files.append(file)
        if self._short_files() == BUSY_FILES:
            self._since = self._clock()
        try:
            yield file
        finally:
            self._files.remove(file)

    def decoded(self, file: FileInProgress, seconds: float) -> None:
        """The length of the file is known now."""
        file.seconds = _counted(seconds)
        error = seconds / file.size - self._seconds_per_byte
        self._seconds_per_byte += (1 - LENGTH_MEMORY) * error

    def done(self, file: FileInProgress) -> None:
        """The file is transcribed: updates the measured throughput.

        While the stages aren't busy a low throughput is forgotten step by step: otherwise no
        request would be admitted that could measure a higher one.
        """
        if file.seconds and self._short_files() >= BUSY_FILES:
            now = self._clock()
            done_s, busy_s = file.seconds, now - self._since
            self._since = now
        elif self._done_s < INITIAL_RTFX * self._busy_s:
            done_s, busy_s = (1 - RTFX_MEMORY) * INITIAL_RTFX, 1 - RTFX_MEMORY
        else:
            return
        self._done_s = RTFX_MEMORY * self._done_s + done_s
        self._busy_s = RTFX_MEMORY * self._busy_s + busy_s

    def _meets(self, file: FileInProgress, slo: AdmissionSlo) -> bool:
        """A file that comes while no other is in progress is always admitted."""
        if not (self._files and file.seconds):
            return True
        allowed_s = slo.base_s + slo.per_audio_second * file.seconds
        return self._predicted_latency_s(file.seconds) <= TOLERANCE * allowed_s

    def _predicted_latency_s(self, seconds: float = 0.0) -> float:
        """Seconds until the files in progress and `seconds` more of audio are done."""
        in_progress = sum(file.seconds for file in self._files) + seconds
        return in_progress * self._busy_s / self._done_s

    def _short_files(self) -> int:
        return sum(file.seconds > 0 for file in self._files)


def _counted(seconds: float) -> float:
    return seconds if seconds <= WINDOW_SECONDS else 0.0
