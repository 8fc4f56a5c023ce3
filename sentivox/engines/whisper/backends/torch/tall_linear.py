"""A linear layer with many more outputs than inputs, for CPUs."""

from __future__ import annotations

import torch

MIN_ROWS = 4
"""Rows from which on the transposed product is faster."""


class TallLinear(torch.nn.Module):
    """x @ weight.T in float32."""

    def __init__(self, weight: torch.Tensor) -> None:
        super().__init__()
        self._weight = weight

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        rows = x.flatten(0, -2)
        if len(rows) < MIN_ROWS:
            return torch.nn.functional.linear(x, self._weight)
        # Transposed: MKL takes three times as long for few rows times a wide matrix as for a tall
        # matrix times few columns.
        product = (self._weight @ rows.T).T.contiguous()
        return product.unflatten(0, x.shape[:-1])
