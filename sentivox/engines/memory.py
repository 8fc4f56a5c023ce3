"""Memory that a model frees and asks for again with every batch."""

from __future__ import annotations

import ctypes
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass

M_TRIM_THRESHOLD, M_MMAP_MAX, M_ARENA_MAX = -1, -4, -8
"""Parameters of glibc's mallopt(3)."""
KEPT_BYTES = 1 << 30
"""Freed memory up to this stays with the process: more than a batch of eight half minutes needs."""
BETWEEN_S, RARELY_S = 1.0, 20.0
"""After batches that leave much, and after others, where clearing the pages anew would take a tenth
of the time (docs/log.md)."""


@dataclass(slots=True)
class _Last:
    """Time at which memory was given back, on the clock that goes on steadily."""

    at: float = -RARELY_S
    much: bool = False
    """Was left since."""


_last = _Last()


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


def give_back_now_and_then(*, much: bool = False) -> None:
    """After batches: what they leave lies between what is still in use, where it isn't given back
    by itself. Windows of half a minute leave `much`.
    """
    now = time.monotonic()
    _last.much |= much
    if now - _last.at >= (BETWEEN_S if _last.much else RARELY_S):
        _last.at, _last.much = now, False
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
