"""The ceiling, against numbers that were computed by hand."""

from __future__ import annotations

import pytest

from benchmarks.capacity.ceiling import Precision, ceiling, encoder_flops
from benchmarks.capacity.ceilings import windows
from benchmarks.systems.system import AudioFile

FLOAT32 = Precision(158e9, 4, 4)
BYTES_PER_S = 23e9


@pytest.mark.parametrize(
    ("seconds", "gflop"), [(30, 87.4 + 9.4), (10, 23.0 + 3.1), (5, 10.7 + 1.6)]
)
def test_the_encoder_costs_more_than_in_proportion(seconds: float, gflop: float) -> None:
    assert encoder_flops(seconds) / 1e9 == pytest.approx(gflop, abs=0.1)


@pytest.mark.parametrize(("batch", "most"), [(1, 18.5), (8, 34.0)])
def test_a_full_window_is_limited_by_memory_alone_and_less_in_batches(
    batch: int, most: float
) -> None:
    assert ceiling([30.0], [100], FLOAT32, BYTES_PER_S, batch) == pytest.approx(most, rel=0.02)


def test_padding_is_what_short_files_pay_for() -> None:
    padded = ceiling([3.0], [10], FLOAT32, BYTES_PER_S, 8)
    alone = ceiling([3.0], [10], FLOAT32, BYTES_PER_S, 8, padded=False)
    assert alone > 5 * padded


def test_windows_add_up() -> None:
    one = ceiling([30.0], [100], FLOAT32, BYTES_PER_S, 8)
    assert ceiling([30.0] * 3, [100] * 3, FLOAT32, BYTES_PER_S, 8) == pytest.approx(one)


def test_a_file_is_cut_into_as_few_windows_as_it_needs() -> None:
    seconds, tokens = windows(
        [
            AudioFile(b"", 70.0, "en", "Please hold the line."),
            AudioFile(b"", 30.0, "en", "Hm"),
        ]
    )
    assert seconds == pytest.approx([70 / 3] * 3 + [30.0])
    assert sum(tokens[:3]) >= 4
