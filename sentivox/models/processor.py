"""What this machine's processor multiplies well. torch knows, and has no public way to ask."""

from __future__ import annotations

import torch

EIGHT_BITS: bool = torch.cpu._is_vnni_supported()
"""Both factors of a product; elsewhere one of them has seven, or sums overflow their 16 bits."""
BFLOAT16: bool = torch.cpu._is_avx512_bf16_supported()
