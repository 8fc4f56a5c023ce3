"""Linear layers with int8 weights, for CPUs."""

from __future__ import annotations

import torch

from sentivox.engines.processor import HAS_VNNI


class Int8Linear(torch.nn.Module):
    """x @ weight.T + bias, with int8 weights and one scale for all inputs of a call."""

    def __init__(self, weight: torch.Tensor, bias: torch.Tensor | None) -> None:
        super().__init__()
        scales = (weight.abs().amax(1) / 127).clamp(min=1e-8).double()
        zeros = torch.zeros(len(scales), dtype=torch.long)
        int8_weight = torch.quantize_per_channel(weight, scales, zeros, 0, torch.qint8)
        self._packed = torch.ops.quantized.linear_prepack(int8_weight, bias)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return torch.ops.quantized.linear_dynamic(x, self._packed, not HAS_VNNI)


class RowwiseInt8Linear:
    """x @ weight.T + bias, with int8 weights and a scale for each row of the inputs: encoders need
    that precision (docs/log.md).
    """

    def __init__(self, weight: torch.Tensor, bias: torch.Tensor) -> None:
        numbers, scales = quantized(weight, 1)
        self._weight = numbers.t()
        self._scales = scales[:, 0]
        self._bias = bias

    def __call__(self, x: torch.Tensor) -> torch.Tensor:
        numbers, scales = quantized(x.flatten(0, -2), 1)
        sums = torch._int_mm(numbers, self._weight).float()
        torch.addcmul(self._bias, sums.mul_(scales), self._scales, out=sums)
        return sums.unflatten(0, x.shape[:-1])


def quantized(x: torch.Tensor, dimension: int) -> tuple[torch.Tensor, torch.Tensor]:
    """int8 numbers, and their scales, which are shared along that dimension: the number of greatest
    magnitude becomes 127.
    """
    greatest = torch.maximum(x.amax(dimension, keepdim=True), -x.amin(dimension, keepdim=True))
    scales = (greatest / 127).clamp_(min=1e-8)
    return (x / scales).round_().to(torch.int8), scales


def quantize(module: torch.nn.Module) -> None:
    """Replaces every float32 linear layer below `module` by an Int8Linear."""
    for name, child in module.named_children():
        if isinstance(child, torch.nn.Linear):
            setattr(module, name, Int8Linear(child.weight.detach(), child.bias))
        else:
            quantize(child)
