from __future__ import annotations

from benchmarks.short_beside_long import summary


def test_added_latency_is_the_median_over_files() -> None:
    found = summary(alone=[0.1, 0.2, 0.9], beside=[0.4, 0.3, 1.0])
    assert found == {
        "alone_p50_ms": 200,
        "alone_max_ms": 900,
        "beside_p50_ms": 400,
        "beside_max_ms": 1000,
        "added_p50_ms": 100,
    }
