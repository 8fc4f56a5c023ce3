"""Work that can wait gives way to work that can't, whichever process does it.

The stages of a small machine share its cores, and a turn's last words shouldn't have to share them
with drafts and files. On Linux every thread has a niceness of its own, and hands it on to the
threads that it starts.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

NICENESS = 10
"""More than others: they get nine times the time while both want all of it; see sched(7)."""

T = TypeVar("T")


def give_way() -> None:
    """From now on this thread, and those that it starts, take what others leave. There's no way
    back without privileges. Does nothing where the system isn't Linux.
    """
    if sys.platform == "linux":
        os.nice(NICENESS)


def giving_way(make: Callable[[], T]) -> T:
    """What `make` returns; the threads that it starts give way."""
    with ThreadPoolExecutor(1, initializer=give_way) as thread:
        return thread.submit(make).result()
