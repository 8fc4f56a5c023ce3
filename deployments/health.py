"""When a replica should be given up.

Serve replaces a replica after three failed checks in a row, one every `health_check_period_s`
(10 s in the shipped configs): a hung one is gone within HANG_SECONDS + 30 s.
"""

from __future__ import annotations

HANG_SECONDS = 80.0
"""Longer than any batch takes on the slowest machine that this was measured on."""


class ReplicaHung(RuntimeError):
    """Read by Serve's controller and by whoever reads its log."""


def check_not_hung(busy_seconds: float) -> None:
    if busy_seconds > HANG_SECONDS:
        raise ReplicaHung(f"One batch has been running for {busy_seconds:.0f} s.")
