from __future__ import annotations

from benchmarks.short_beside_long import summary


def test_how_much_later_an_answer_comes_is_told_file_by_file() -> None:
    told = summary(alone=[0.1, 0.2, 0.9], beside=[0.4, 0.3, 1.0])
    assert told == {
        "alone_p50_ms": 200,
        "alone_max_ms": 900,
        "beside_p50_ms": 400,
        "beside_max_ms": 1000,
        "later_p50_ms": 100,
    }
