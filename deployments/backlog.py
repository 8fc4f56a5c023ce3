"""How many replicas a stage needs: so many that none has more than some seconds of audio to hear.

Requests alone don't tell: one may hold half a second, the next thirty.
"""

from __future__ import annotations

from typing import Any

from ray.serve.config import AutoscalingContext

from deployments.batch_gate import BatchGate

BACKLOG_S, BACKLOG_WINDOWS = "backlog_s", "backlog_windows"
"""What stages call the seconds of audio that wait or are heard in a replica, and their number."""
USUAL_S = 10.0
"""Of a window, where no replica has one that tells."""


class BacklogPolicy:
    """For Serve, which applies the bounds and delays of the `autoscaling_config` to its answers."""

    def __init__(self, seconds_a_replica: float) -> None:
        self._seconds_a_replica = seconds_a_replica

    def __call__(self, context: AutoscalingContext) -> tuple[float, dict[str, Any]]:
        """Replicas that are wanted, and nothing to remember."""
        if not context.current_num_replicas:
            return context.target_num_replicas, {}
        return backlog_s(context) / self._seconds_a_replica, {}


def backlog_of(gate: BatchGate) -> dict[str, float]:
    """What a replica tells the policy."""
    seconds, windows = gate.backlog()
    return {BACKLOG_S: seconds, BACKLOG_WINDOWS: windows}


def backlog_s(context: AutoscalingContext) -> float:
    """In replicas, and on the way to them: those are known by their number, and taken to be as long
    as the others.
    """
    told = context.aggregated_metrics or {}
    inside_s = sum(told.get(BACKLOG_S, {}).values())
    windows = sum(told.get(BACKLOG_WINDOWS, {}).values())
    each_s = inside_s / windows if windows else USUAL_S
    return inside_s + (context.total_queued_requests or 0.0) * each_s
