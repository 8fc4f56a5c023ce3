"""How the stages of this application are doing."""

from __future__ import annotations

from ray import serve
from ray.serve.schema import DeploymentStatusOverview, ReplicaState, ServeStatus

from sentivox.web.service import StageStatus

WORKING = {"HEALTHY", "UPSCALING", "DOWNSCALING"}


def stage_statuses(application: str) -> dict[str, StageStatus]:
    """Every deployment of `application` by name. Blocks for a call to the controller."""
    status: ServeStatus = serve.status()
    if application not in status.applications:
        return {}
    deployments = status.applications[application].deployments
    return {name: _stage(overview) for name, overview in deployments.items()}


def _stage(overview: DeploymentStatusOverview) -> StageStatus:
    """A deployment that is healthy without a replica is one that may sleep."""
    replicas = overview.replica_states.get(ReplicaState.RUNNING, 0)
    asleep = overview.status == "HEALTHY" and replicas == 0
    return StageStatus(
        ready=asleep or (overview.status in WORKING and replicas > 0),
        required=not asleep,
        replicas=replicas,
        message=overview.message,
    )
