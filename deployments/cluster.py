"""How the stages of this application are doing."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping

from ray import serve
from ray.serve.schema import DeploymentStatusOverview, ReplicaState, ServeStatus

from sentivox.web.service import StageStatus

WORKING = {"HEALTHY", "UPSCALING", "DOWNSCALING", "UPDATING"}
"""States in which the replicas that run answer."""
FRESH_SECONDS = 2.0


class Cluster:
    """Asks the controller at most once in FRESH_SECONDS, and never twice at the same time.

    Serve builds its status out of global state: two calls from two threads trip over each other.
    """

    def __init__(self, application: str) -> None:
        self._application = application
        self._asking = asyncio.Lock()
        self._stages: dict[str, StageStatus] = {}
        self._asked_at = -FRESH_SECONDS

    async def stages(self) -> Mapping[str, StageStatus]:
        """Every deployment by name."""
        async with self._asking:
            if time.monotonic() - self._asked_at >= FRESH_SECONDS:
                self._stages = await asyncio.to_thread(_stages, self._application)
                self._asked_at = time.monotonic()
        return self._stages


def _stages(application: str) -> dict[str, StageStatus]:
    status: ServeStatus = serve.status()
    if application not in status.applications:
        return {}
    deployments = status.applications[application].deployments
    return {name: stage_of(overview) for name, overview in deployments.items()}


def stage_of(overview: DeploymentStatusOverview) -> StageStatus:
    """A deployment without a replica sleeps if it is healthy so, or if autoscaling wakes it or has
    just put it to sleep.
    """
    replicas = overview.replica_states.get(ReplicaState.RUNNING, 0)
    may_sleep = overview.status == "HEALTHY" or overview.status_trigger == "AUTOSCALING"
    asleep = may_sleep and replicas == 0
    return StageStatus(
        ready=asleep or (overview.status in WORKING and replicas > 0),
        required=not asleep,
        replicas=replicas,
        message=overview.message,
    )
