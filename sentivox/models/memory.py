"""Memory that a model frees and asks for again with every batch."""

from __future__ import annotations

import ctypes
import sys
import time
from collections.abc import Callable

M_TRIM_THRESHOLD, M_MMAP_MAX, M_ARENA_MAX = -1, -4, -8
"""Parameters of glibc's mallopt(3)."""
KEPT_BYTES = 1 << 30
"""Freed memory up to this stays with the process: more than a batch of eight half minutes needs."""
BETWEEN_S = 1.0
_given_back = [-BETWEEN_S]
"""When, on the clock that goes on steadily."""


def keep_freed_memory() -> None:
    """Have the C library hand freed memory out again instead of giving it back to the system.

    An encoder frees and allocates hundreds of megabytes with each batch, and each time the system
    maps and clears their pages anew: a third to two thirds of the time of a batch with 30 s of
    context (docs/log.md). Does nothing where the C library isn't glibc.
    """
    if mallopt := _of_glibc("mallopt"):
        mallopt(M_ARENA_MAX, 1)
        mallopt(M_MMAP_MAX, 0)
        mallopt(M_TRIM_THRESHOLD, KEPT_BYTES)


def give_back_now_and_then() -> None:
    """After batches: what they leave lies between what is still in use, where it isn't given back
    by itself. Each time would cost long windows a twentieth.
    """
    now = time.monotonic()
    if now - _given_back[0] >= BETWEEN_S:
        _given_back[0] = now
        give_back_freed_memory()


def give_back_freed_memory() -> None:
    """Loading a model takes several times the memory that it then needs."""
    if malloc_trim := _of_glibc("malloc_trim"):
        malloc_trim(0)


def _of_glibc(function: str) -> Callable[..., int] | None:
    if not sys.platform.startswith("linux"):
        return None
    found: Callable[..., int] | None = getattr(ctypes.CDLL(None), function, None)
    return found
