"""What this machine's processor multiplies well.

torch knows what it can multiply at all, and has no public way to ask.
"""

from __future__ import annotations

import time
from functools import cache

import torch

EIGHT_BITS: bool = torch.cpu._is_vnni_supported()
"""Both factors of a product; elsewhere one of them has seven, or sums overflow their 16 bits."""
BFLOAT16: bool = torch.cpu._is_avx512_bf16_supported()

PRODUCT = (256, 512, 512)
TIMES = 5


@cache
def products_dtype() -> torch.dtype:
    """In which of float32 and bfloat16 it multiplies large matrices faster, found by trying.

    AMD's processors take half of the time in bfloat16, and Intel's without AMX twice the time
    (docs/log.md).
    """
    if not BFLOAT16:
        return torch.float32
    rows, shared, columns = PRODUCT
    factors = torch.ones(rows, shared), torch.ones(columns, shared)
    tried = (torch.float32, torch.bfloat16)
    pairs = {dtype: [factor.to(dtype) for factor in factors] for dtype in tried}
    took = {
        dtype: min(_seconds(left, right) for _ in range(TIMES))
        for dtype, (left, right) in pairs.items()
    }
    return min(tried, key=took.__getitem__)


def _seconds(left: torch.Tensor, right: torch.Tensor) -> float:
    began = time.perf_counter()
    torch.nn.functional.linear(left, right)
    return time.perf_counter() - began
