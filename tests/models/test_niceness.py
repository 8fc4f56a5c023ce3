"""Threads that give way to others, and those that they start."""

from __future__ import annotations

import os
import sys
import threading

import pytest

from sentivox.models.niceness import NICENESS, giving_way

pytestmark = pytest.mark.skipif(
    sys.platform != "linux", reason="only Linux has a niceness for each thread"
)


def niceness() -> int:
    return os.getpriority(os.PRIO_PROCESS, threading.get_native_id())


def niceness_of_a_new_thread() -> int:
    found: list[int] = []
    thread = threading.Thread(target=lambda: found.append(niceness()))
    thread.start()
    thread.join()
    return found[0]


def test_what_is_made_giving_way_has_threads_that_give_way() -> None:
    before = niceness()
    assert giving_way(niceness_of_a_new_thread) == min(19, before + NICENESS)


def test_the_caller_goes_on_as_before() -> None:
    before = niceness()
    giving_way(niceness)
    assert (niceness(), niceness_of_a_new_thread()) == (before, before)
