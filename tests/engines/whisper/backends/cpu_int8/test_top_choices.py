"""The greatest numbers of a row, found by blocks."""

from __future__ import annotations

import pytest
import torch

from sentivox.engines.whisper.backends.cpu_int8.top_choices import BLOCK, top_choices


@pytest.mark.parametrize("count", [2, 10])
@pytest.mark.parametrize("columns", [10, 255, BLOCK, BLOCK + 1, 2 * BLOCK, 51_865])
def test_they_are_those_of_topk(columns: int, count: int) -> None:
    rows = torch.randn(40, columns, generator=torch.Generator().manual_seed(columns))
    assert torch.equal(top_choices(rows, count), rows.topk(count).indices)


def test_both_may_be_in_one_block_or_in_the_last_columns() -> None:
    rows = torch.zeros(2, 3 * BLOCK + 10)
    rows[0, BLOCK + 3], rows[0, BLOCK + 200] = 1.0, 2.0
    rows[1, 3 * BLOCK + 9], rows[1, 3 * BLOCK + 1] = 2.0, 1.0
    assert top_choices(rows, 2).tolist() == [
        [BLOCK + 200, BLOCK + 3],
        [3 * BLOCK + 9, 3 * BLOCK + 1],
    ]


def test_minus_infinity_is_smaller_than_any_number() -> None:
    rows = torch.full((1, 2 * BLOCK + 5), -torch.inf)
    rows[0, 7] = 0.0
    assert top_choices(rows, 2)[0, 0].item() == 7
