"""The times of requests, and which answers count as good."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.arrivals import (
    NO_RESPONSE,
    Loop,
    Reply,
    clients_with_good_answers,
    slo_settings,
    summary,
    times,
)


def test_a_longer_file_may_take_longer() -> None:
    assert Reply(200, 1.9, audio_s=3.0).good
    assert not Reply(200, 1.9, audio_s=2.0).good


def test_only_answers_are_good() -> None:
    assert not Reply(429, 0.1, 3.0, has_retry_after=True).good
    assert not Reply(500, 0.1, 3.0).good


def test_every_request_is_counted_once() -> None:
    replies = [
        Reply(200, 1.0, 4.0),
        Reply(200, 9.0, 4.0),
        Reply(429, 0.1, 4.0, has_retry_after=True),
        Reply(429, 0.1, 4.0),
        Reply(NO_RESPONSE, 5.0, 4.0),
    ]
    row = summary(0.8, replies, seconds=2.0, capacity=4.0)
    assert (row.sent, row.completed, row.refused, row.failed) == (5, 2, 1, 2)
    assert row.goodput == 0.2
    assert row.goodput_of_capacity == 0.5
    assert (row.p50_s, row.p95_s) == (1.0, 9.0)


def test_there_is_no_latency_without_completed_requests() -> None:
    row = summary(3.0, [Reply(503, 0.1, 4.0)], seconds=2.0, capacity=4.0)
    assert (row.p50_s, row.p95_s, row.goodput) == (None, None, 0.0)


def test_requests_arrive_at_the_rate_and_at_the_same_times_in_every_run() -> None:
    sent = times(5.0, 1000.0, np.random.default_rng(1))
    assert sent == times(5.0, 1000.0, np.random.default_rng(1))
    assert len(sent) == pytest.approx(5000, rel=0.05)
    assert all(0 < at < 1000 for at in sent)


@pytest.mark.parametrize(("most", "found"), [(0, 1), (1, 1), (5, 4), (8, 8)])
def test_the_capacity_is_that_of_the_most_clients_with_good_answers(most: int, found: int) -> None:
    assert (
        clients_with_good_answers(lambda clients: Loop(10.0, 1.0 if clients <= most else 0.98))
        == found
    )


def test_the_shipped_objective_is_measured_by_default() -> None:
    assert slo_settings(None) == {}
    assert slo_settings(["none"]) == {"ingress": {"admission_slo": None}}
    assert slo_settings(["1", "0.3"]) == {
        "ingress": {"admission_slo": {"base_s": 1.0, "per_audio_second": 0.3}}
    }
