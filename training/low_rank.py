"""Low-rank adaptation (Hu et al. 2021, https://arxiv.org/abs/2106.09685, equation 3)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import cast

import torch
from torch import nn

from sentivox.weights.adapters import LORA_A, LORA_B


class LowRankLinear(nn.Module):
    """A frozen linear layer plus a trained product of two low-rank matrices, which is zero at
    first.

    The frozen layer may compute in half precision; the trained matrices are in single precision.
    """

    def __init__(self, frozen: nn.Linear, rank: int) -> None:
        super().__init__()
        self.frozen = frozen
        self.a = nn.Parameter(torch.randn(rank, frozen.in_features) / frozen.in_features**0.5)
        self.b = nn.Parameter(torch.zeros(frozen.out_features, rank))

    def forward(self, inputs: torch.Tensor) -> torch.Tensor:
        a, b = self.a.to(inputs.dtype), self.b.to(inputs.dtype)
        low = nn.functional.linear(nn.functional.linear(inputs, a), b)
        outputs: torch.Tensor = self.frozen(inputs) + low
        return outputs


def adapt(model: nn.Module, names: Iterable[str], rank: int) -> list[nn.Parameter]:
    """Wrap each named linear layer in a LowRankLinear; return the new parameters."""
    added = []
    for name in names:
        parent, _, child = name.rpartition(".")
        adapted = LowRankLinear(cast("nn.Linear", model.get_submodule(name)), rank)
        setattr(model.get_submodule(parent), child, adapted)
        added += [adapted.a, adapted.b]
    return added


def pairs(model: nn.Module) -> dict[str, torch.Tensor]:
    """The trained matrices, by the names of their layers and LORA_A or LORA_B."""
    matrices = {}
    for name, module in model.named_modules():
        if isinstance(module, LowRankLinear):
            matrices[name + LORA_A] = module.a.detach()
            matrices[name + LORA_B] = module.b.detach()
    return matrices
