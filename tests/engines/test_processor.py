"""The faster number format of a CPU, by its instruction sets and its maker."""

from __future__ import annotations

import pytest
import torch

from sentivox.engines import processor
from sentivox.engines.processor import fastest_dtype


@pytest.mark.parametrize(
    ("bfloat16", "amx", "amd", "dtype"),
    [
        (False, False, True, torch.float32),
        (True, False, False, torch.float32),
        (True, True, False, torch.bfloat16),
        (True, False, True, torch.bfloat16),
    ],
)
def test_bfloat16_is_taken_where_it_is_fast(
    bfloat16: bool, amx: bool, amd: bool, dtype: torch.dtype, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(torch.cpu, "_is_avx512_bf16_supported", lambda: bfloat16)
    monkeypatch.setattr(torch.cpu, "_is_amx_tile_supported", lambda: amx)
    monkeypatch.setattr(processor, "_is_amd", lambda: amd)
    assert fastest_dtype() is dtype


def test_this_machine_always_has_the_same_format() -> None:
    assert len({fastest_dtype() for _ in range(10)}) == 1
