"""Instruction sets of this machine's CPU, as far as they decide the number format of layers.

torch has no public function for instruction sets.
"""

from __future__ import annotations

from pathlib import Path

import torch

HAS_VNNI: bool = torch.cpu._is_vnni_supported()
"""Whether products of 8-bit factors are exact and fast. Elsewhere one factor has 7 bits, or sums
overflow their 16 bits."""


def fastest_dtype() -> torch.dtype:
    """The faster one of float32 and bfloat16 for products of large matrices.

    A measurement would decide otherwise on a busy machine, and the results with it. With bfloat16
    AMD's CPUs take half the time, and Intel's without AMX twice the time (docs/log.md).
    """
    if not torch.cpu._is_avx512_bf16_supported():
        return torch.float32
    fast = torch.cpu._is_amx_tile_supported() or _is_amd()
    return torch.bfloat16 if fast else torch.float32


def _is_amd() -> bool:
    try:
        return "AuthenticAMD" in Path("/proc/cpuinfo").read_text("utf-8")
    except OSError:
        return False
