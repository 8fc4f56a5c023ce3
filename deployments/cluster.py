"""Status of the application's deployments, from Serve's controller."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping

from ray import serve
from ray.serve.schema import DeploymentStatusOverview, ReplicaState, ServeStatus

from sentivox.web.service import StageStatus

WORKING = {"HEALTHY", "UPSCALING", "DOWNSCALING", "UPDATING"}
"""States of a deployment in which its running replicas answer requests."""
FRESH_SECONDS = 2.0
"""Seconds for which a status is reused."""


class Cluster:
    """Requests the status at most once in FRESH_SECONDS, and never concurrently.

    `serve.status` uses global state and isn't safe to call from two threads.
    """

    def __init__(self, application: str) -> None:
        self._application = application
        self._lock = asyncio.Lock()
        self._stages: dict[str, StageStatus] = {}
        self._updated_at = -FRESH_SECONDS

    async def stages(self) -> Mapping[str, StageStatus]:
        """Status of all deployments by name."""
        async with self._lock:
            if time.monotonic() - self._updated_at >= FRESH_SECONDS:
                self._stages = await asyncio.to_thread(_stages, self._application)
                self._updated_at = time.monotonic()
        return self._stages


def _stages(application: str) -> dict[str, StageStatus]:
    status: ServeStatus = serve.status()
    if application not in status.applications:
        return {}
    deployments = status.applications[application].deployments
    return {name: stage_of(overview) for name, overview in deployments.items()}


def stage_of(overview: DeploymentStatusOverview) -> StageStatus:
    """Status of a deployment.

    A deployment without replicas is scaled to zero if it is healthy, or if autoscaling is starting
    or has just stopped its replicas; then it isn't required to be ready.
    """
    replicas = overview.replica_states.get(ReplicaState.RUNNING, 0)
    may_be_zero = overview.status == "HEALTHY" or overview.status_trigger == "AUTOSCALING"
    scaled_to_zero = may_be_zero and replicas == 0
    return StageStatus(
        ready=scaled_to_zero or (overview.status in WORKING and replicas > 0),
        required=not scaled_to_zero,
        replicas=replicas,
        message=overview.message,
    )
