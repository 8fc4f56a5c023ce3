"""Linear layers with int8 weights, for CPUs.

Every row of the inputs has a scale of its own, and products of integers are exact: a row's result
doesn't depend on the rows beside it.
"""

from __future__ import annotations

import torch

from sentivox.engines.processor import HAS_VNNI

LEVELS = 127 if HAS_VNNI else 63
"""Greatest magnitude of a packed layer's quantized input: without VNNI its products have 7 bits, or
their sums would overflow 16 bits."""
HAS_FBGEMM = "fbgemm" in torch.backends.quantized.supported_engines
"""Whether torch has packed weights whose inputs can have a given scale: on x86 processors only."""


class Int8Linear(torch.nn.Module):
    """x @ weight.T + bias, for many rows: encoders."""

    def __init__(self, weight: torch.Tensor, bias: torch.Tensor | None) -> None:
        super().__init__()
        numbers, scales = quantized(weight, 1)
        self._weight = numbers.t()
        self._scales = scales[:, 0]
        self._bias = torch.zeros(len(weight)) if bias is None else bias

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        numbers, scales = quantized(x.flatten(0, -2), 1)
        sums = torch._int_mm(numbers, self._weight).float()
        torch.addcmul(self._bias, sums.mul_(scales), self._scales, out=sums)
        return sums.unflatten(0, x.shape[:-1])


class PackedInt8Linear(torch.nn.Module):
    """x @ weight.T + bias, for few rows: decoders. The weights are packed once and not for every
    product.
    """

    def __init__(self, weight: torch.Tensor, bias: torch.Tensor | None) -> None:
        super().__init__()
        scales = (weight.abs().amax(1) / 127).clamp(min=1e-8).double()
        zeros = torch.zeros(len(scales), dtype=torch.long)
        int8_weight = torch.quantize_per_channel(weight, scales, zeros, 0, torch.qint8)
        # oneDNN's packed weights, which torch may prefer, take no given scale.
        torch.backends.quantized.engine = "fbgemm"
        self._packed = torch.ops.quantized.linear_prepack(int8_weight, None)
        self._bias = torch.zeros(len(weight)) if bias is None else bias

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        scales = torch.linalg.vector_norm(x, torch.inf, -1, keepdim=True).clamp_(min=1e-8)
        products = torch.ops.quantized.linear_with_input_q_dq_qweight_dq_output_fp32(
            x / scales, 1 / LEVELS, LEVELS + 1, self._packed
        )
        return torch.addcmul(self._bias, products, scales)


def packed_linear(weight: torch.Tensor, bias: torch.Tensor | None) -> Int8Linear | PackedInt8Linear:
    """A layer for few rows, of packed weights where this machine has them."""
    return PackedInt8Linear(weight, bias) if HAS_FBGEMM else Int8Linear(weight, bias)


def quantized(x: torch.Tensor, dimension: int) -> tuple[torch.Tensor, torch.Tensor]:
    """int8 numbers, and their scales, which are shared along that dimension: the number of greatest
    magnitude becomes 127.
    """
    greatest = torch.maximum(x.amax(dimension, keepdim=True), -x.amin(dimension, keepdim=True))
    scales = (greatest / 127).clamp_(min=1e-8)
    return (x / scales).round_().to(torch.int8), scales


def quantize(module: torch.nn.Module) -> None:
    """Replaces every float32 linear layer below `module` by one for few rows in int8."""
    for name, child in module.named_children():
        if isinstance(child, torch.nn.Linear):
            setattr(module, name, packed_linear(child.weight.detach(), child.bias))
        else:
            quantize(child)
