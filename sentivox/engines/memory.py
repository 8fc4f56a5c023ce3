"""Memory that models free and allocate again with each batch, by glibc's mallopt(3)."""

from __future__ import annotations

import ctypes
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass

M_TRIM_THRESHOLD, M_MMAP_MAX, M_ARENA_MAX = -1, -4, -8
"""Parameters of mallopt."""
KEPT_BYTES = 1 << 30
"""Freed memory that a process keeps: more than a batch of eight windows of 30 s needs."""
LARGE_INTERVAL_S, INTERVAL_S = 1.0, 20.0
"""Least seconds between two trims after large batches, and after others. More frequent trims of
small batches would take a tenth of the time, to clear the pages again (docs/log.md)."""


@dataclass(slots=True)
class _LastTrim:
    """The last trim at intervals."""

    at: float = -INTERVAL_S
    """Time of `time.monotonic`."""
    large_since: bool = False
    """Whether there has been a large batch since."""


_last = _LastTrim()


def keep_freed_memory() -> None:
    """Makes the C library reuse freed memory rather than return it to the operating system.

    An encoder frees and allocates hundreds of megabytes with each batch. If they are returned, the
    system maps and clears their pages again, which takes a third to two thirds of the time of a
    batch with 30 s of context (docs/log.md). Does nothing where the C library isn't glibc.
    """
    if mallopt := _glibc_function("mallopt"):
        mallopt(M_ARENA_MAX, 1)
        mallopt(M_MMAP_MAX, 0)
        mallopt(M_TRIM_THRESHOLD, KEPT_BYTES)


def trim_memory_at_intervals(*, large: bool = False) -> None:
    """Calls `trim_memory` if the last call is long enough ago; to be called after each batch.

    Freed memory between blocks in use isn't returned otherwise. `large` batches have windows with
    about 30 s of context.
    """
    now = time.monotonic()
    _last.large_since |= large
    if now - _last.at >= (LARGE_INTERVAL_S if _last.large_since else INTERVAL_S):
        _last.at, _last.large_since = now, False
        trim_memory()


def trim_memory() -> None:
    """Returns freed memory to the operating system.

    To be called after a model is loaded, which takes several times the memory of the model itself.
    """
    if malloc_trim := _glibc_function("malloc_trim"):
        malloc_trim(0)


def _glibc_function(name: str) -> Callable[..., int] | None:
    if not sys.platform.startswith("linux"):
        return None
    return getattr(ctypes.CDLL(None), name, None)
