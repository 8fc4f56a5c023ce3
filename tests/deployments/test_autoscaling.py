from __future__ import annotations

from typing import Any

import pytest
from ray.serve._private.common import DeploymentID, ReplicaID
from ray.serve.config import AutoscalingConfig, AutoscalingContext

from deployments.autoscaling import BACKLOG_S, BACKLOG_WINDOWS, USUAL_WINDOW_S, BacklogPolicy

STAGE = DeploymentID("asr_germanic", "sentivox")


def context(
    backlogs: list[float], *, inside: float = 0.0, queued: float = 0.0, **changes: Any
) -> AutoscalingContext:
    """A stage: seconds of audio in each replica, in `inside` requests together."""
    replicas = [ReplicaID(str(number), STAGE) for number in range(len(backlogs))]
    values: dict[str, Any] = {
        "current_num_replicas": len(backlogs),
        "target_num_replicas": len(backlogs),
        "aggregated_metrics": {
            BACKLOG_S: dict(zip(replicas, backlogs, strict=True)),
            BACKLOG_WINDOWS: dict.fromkeys(replicas[:1], inside),
        },
    }
    return AutoscalingContext(
        deployment_id=STAGE,
        deployment_name=STAGE.name,
        app_name=STAGE.app_name,
        running_replicas=replicas,
        total_num_requests=inside + queued,
        total_queued_requests=queued,
        raw_metrics={},
        capacity_adjusted_min_replicas=0,
        capacity_adjusted_max_replicas=8,
        policy_state={},
        last_scale_up_time=None,
        last_scale_down_time=None,
        current_time=None,
        config=None,
        **(values | changes),
    )


def wanted(context: AutoscalingContext) -> float:
    replicas, state = BacklogPolicy(seconds_per_replica=60)(context)
    assert state == {}
    return replicas


@pytest.mark.parametrize(
    ("backlogs", "replicas"), [([0.0], 0), ([60.0], 1), ([90.0, 90.0], 3), ([10.0, 20.0], 0.5)]
)
def test_the_number_of_replicas_follows_the_backlog(backlogs: list[float], replicas: float) -> None:
    assert wanted(context(backlogs, inside=4)) == replicas


def test_queued_requests_count_as_much_as_the_others() -> None:
    assert wanted(context([60.0], inside=4, queued=8)) == 3


def test_without_statistics_requests_count_as_usual_windows() -> None:
    silent = context([0.0], queued=12, aggregated_metrics={})
    assert wanted(silent) == 12 * USUAL_WINDOW_S / 60


def test_a_sleeping_stage_is_woken_by_serve_itself() -> None:
    assert wanted(context([], queued=3, target_num_replicas=1)) == 1


def test_serve_finds_the_policy_by_its_name_in_a_config() -> None:
    config = AutoscalingConfig(
        policy={
            "policy_function": "deployments.autoscaling:BacklogPolicy",
            "policy_kwargs": {"seconds_per_replica": 60},
        }
    )
    assert config.policy.get_policy() is BacklogPolicy
