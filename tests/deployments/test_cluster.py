from __future__ import annotations

import pytest
from ray.serve._private.common import DeploymentStatus as Status
from ray.serve._private.common import DeploymentStatusTrigger as Trigger
from ray.serve._private.common import ReplicaState
from ray.serve.schema import DeploymentStatusOverview

from deployments.cluster import stage_of
from sentivox.web.service import StageStatus


def seen(status: Status, trigger: Trigger, **replicas: int) -> StageStatus:
    states = {ReplicaState(name): count for name, count in replicas.items()}
    return stage_of(DeploymentStatusOverview(status, trigger, states, ""))


@pytest.mark.parametrize(
    ("status", "trigger"),
    [
        (Status.HEALTHY, Trigger.CONFIG_UPDATE_COMPLETED),
        (Status.UPSCALING, Trigger.AUTOSCALING),
        (Status.DOWNSCALING, Trigger.AUTOSCALING),
        (Status.UPDATING, Trigger.CONFIG_UPDATE_STARTED),
    ],
)
def test_a_stage_with_a_replica_answers_while_others_come_and_go(
    status: Status, trigger: Trigger
) -> None:
    stage = seen(status, trigger, RUNNING=1, STARTING=1, STOPPING=1)
    assert stage == StageStatus(ready=True, required=True, replicas=1)


@pytest.mark.parametrize(
    ("status", "trigger", "replicas"),
    [
        (Status.HEALTHY, Trigger.DOWNSCALE_COMPLETED, {}),
        (Status.UPSCALING, Trigger.AUTOSCALING, {"STARTING": 1}),
        (Status.DOWNSCALING, Trigger.AUTOSCALING, {"STOPPING": 1}),
    ],
)
def test_a_family_that_sleeps_wakes_or_falls_asleep_is_no_failure(
    status: Status, trigger: Trigger, replicas: dict[str, int]
) -> None:
    assert seen(status, trigger, **replicas) == StageStatus(ready=True, required=False, replicas=0)


@pytest.mark.parametrize(
    ("status", "trigger", "replicas"),
    [
        (Status.UPDATING, Trigger.CONFIG_UPDATE_STARTED, {"STARTING": 1}),
        (Status.UPSCALING, Trigger.CONFIG_UPDATE_STARTED, {"STARTING": 1}),
        (Status.UNHEALTHY, Trigger.REPLICA_STARTUP_FAILED, {"STARTING": 1}),
        (Status.UNHEALTHY, Trigger.HEALTH_CHECK_FAILED, {"RUNNING": 1}),
        (Status.DEPLOY_FAILED, Trigger.REPLICA_STARTUP_FAILED, {}),
    ],
)
def test_a_stage_that_starts_or_fails_is_waited_for(
    status: Status, trigger: Trigger, replicas: dict[str, int]
) -> None:
    stage = seen(status, trigger, **replicas)
    assert not stage.ready
    assert stage.required
