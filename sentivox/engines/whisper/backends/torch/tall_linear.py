"""A linear layer with many more outputs than inputs, for processors."""

from __future__ import annotations

import torch

FEW_ROWS = 4


class TallLinear(torch.nn.Module):
    """x @ weight.T in single precision."""

    def __init__(self, weight: torch.Tensor) -> None:
        super().__init__()
        self._weight = weight

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        rows = x.flatten(0, -2)
        if len(rows) < FEW_ROWS:
            return torch.nn.functional.linear(x, self._weight)
        # The same numbers: MKL takes three times as long for a few rows by a wide matrix as for a
        # tall matrix by a few columns.
        product = (self._weight @ rows.T).T.contiguous()
        return product.unflatten(0, x.shape[:-1])
