"""Comparison of two latencies of the same files, and the owners of processes."""

from __future__ import annotations

from collections import defaultdict

import pytest

from benchmarks.graph_overhead import Latencies, summary
from benchmarks.long_memory import deployment_of


def test_files_are_compared_one_by_one() -> None:
    stages = defaultdict(float, {"asr": 0.9, "language_id": 0.3})
    found = summary(Latencies([0.2, 0.4, 0.9], [0.1, 0.35, 0.8], stages))
    assert (found["server_p50_ms"], found["engine_p50_ms"]) == (400, 350)
    assert found["difference_p50_ms"] == 100
    assert found["ratio_p50"] == pytest.approx(1.143)


def test_what_isnt_a_stage_is_the_rest() -> None:
    found = summary(Latencies([1.0, 1.0], [0.9, 0.9], defaultdict(float, {"asr": 1.5})))
    assert found["stages_ms"] == {"asr": 750, "rest": 250}


@pytest.mark.parametrize(
    ("command", "deployment"),
    [
        ("ray::ServeReplica:sentivox:asr_slavic.handle_request_with_rejection", "asr_slavic"),
        ("ray::ServeReplica:sentivox:ingress", "ingress"),
        ("ray::ServeController.run_control_loop", None),
        ("/usr/bin/python -m deployments.local ray::ServeReplica:x:y", None),
    ],
)
def test_replicas_are_recognised_by_their_command_lines(
    command: str, deployment: str | None
) -> None:
    assert deployment_of(command) == deployment
