"""Autoscaling by backlog: enough replicas that none has more than some seconds of audio to process.

The number of requests doesn't show the load: one may hold half a second, the next thirty.
"""

from __future__ import annotations

from typing import Any

from ray.serve.config import AutoscalingContext

from sentivox.scheduling.scheduler import Scheduler

BACKLOG_S, BACKLOG_WINDOWS = "backlog_s", "backlog_windows"
"""Statistics that a replica reports: audio seconds that wait or are processed, and windows."""
USUAL_WINDOW_S = 10.0
"""Length of a window, where no replica has one to measure."""


class BacklogPolicy:
    """For Serve, which applies the bounds and delays of the `autoscaling_config` to its results."""

    def __init__(self, seconds_per_replica: float) -> None:
        self._seconds_per_replica = seconds_per_replica

    def __call__(self, context: AutoscalingContext) -> tuple[float, dict[str, Any]]:
        """The number of replicas that are wanted, and no state to keep."""
        if not context.current_num_replicas:
            return context.target_num_replicas, {}
        return backlog_s(context) / self._seconds_per_replica, {}


def backlog_of(scheduler: Scheduler) -> dict[str, float]:
    """The statistics that a replica reports to the policy."""
    seconds, windows = scheduler.backlog()
    return {BACKLOG_S: seconds, BACKLOG_WINDOWS: windows}


def backlog_s(context: AutoscalingContext) -> float:
    """Audio seconds in replicas and on the way to them.

    Of requests on the way only the number is known; they are assumed to be as long as the others.
    """
    reported = context.aggregated_metrics or {}
    inside_s = sum(reported.get(BACKLOG_S, {}).values())
    windows = sum(reported.get(BACKLOG_WINDOWS, {}).values())
    window_s = inside_s / windows if windows else USUAL_WINDOW_S
    return inside_s + (context.total_queued_requests or 0.0) * window_s
