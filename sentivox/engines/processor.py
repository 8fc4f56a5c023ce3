"""Instruction sets of this machine's CPU, as far as they decide the number format of layers.

torch has no public function for instruction sets.
"""

from __future__ import annotations

import time
from functools import cache

import torch

HAS_VNNI: bool = torch.cpu._is_vnni_supported()
"""Whether products of 8-bit factors are exact and fast. Elsewhere one factor has 7 bits, or sums
overflow their 16 bits."""
HAS_BFLOAT16: bool = torch.cpu._is_avx512_bf16_supported()
"""Whether there are instructions for products of bfloat16."""

TRIAL_SHAPE = (256, 512, 512)
"""Rows, inner dimension and columns of the matrices that are multiplied to compare formats."""
TRIALS = 5
"""Multiplications per format; the fastest one counts."""


@cache
def fastest_dtype() -> torch.dtype:
    """The faster one of float32 and bfloat16 for products of large matrices, by a measurement.

    With bfloat16 AMD's CPUs take half the time, and Intel's without AMX twice the time
    (docs/log.md).
    """
    if not HAS_BFLOAT16:
        return torch.float32
    rows, shared, columns = TRIAL_SHAPE
    factors = torch.ones(rows, shared), torch.ones(columns, shared)
    candidates = (torch.float32, torch.bfloat16)
    pairs = {dtype: [factor.to(dtype) for factor in factors] for dtype in candidates}
    seconds = {
        dtype: min(_seconds(left, right) for _ in range(TRIALS))
        for dtype, (left, right) in pairs.items()
    }
    return min(candidates, key=seconds.__getitem__)


def _seconds(left: torch.Tensor, right: torch.Tensor) -> float:
    began = time.perf_counter()
    torch.nn.functional.linear(left, right)
    return time.perf_counter() - began
