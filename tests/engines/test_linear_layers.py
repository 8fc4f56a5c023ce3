"""Linear layers for CPUs, compared with torch's."""

from __future__ import annotations

import pytest
import torch

from sentivox.engines.int8_linear import (
    HAS_FBGEMM,
    Int8Linear,
    PackedInt8Linear,
    packed_linear,
    quantize,
)
from sentivox.engines.whisper.backends.torch.tall_linear import TallLinear


@pytest.mark.parametrize("shape", [(1, 8), (2, 8), (9, 8), (3, 4, 8)])
def test_a_tall_layer_is_exact(shape: tuple[int, ...]) -> None:
    weight, x = torch.randn(50, 8), torch.randn(shape)
    torch.testing.assert_close(TallLinear(weight)(x), torch.nn.functional.linear(x, weight))


PACKED = pytest.param(
    PackedInt8Linear,
    marks=pytest.mark.skipif(not HAS_FBGEMM, reason="this processor has no packed weights"),
)
both_kinds = pytest.mark.parametrize("kind", [Int8Linear, PACKED])


@both_kinds
def test_a_scale_per_row_keeps_the_precision_of_small_rows(
    kind: type[Int8Linear] | type[PackedInt8Linear],
) -> None:
    layer = torch.nn.Linear(64, 32).requires_grad_(False)
    x = torch.randn(5, 64) * torch.tensor([[1e-3], [1.0], [100.0], [0.0], [1.0]])
    own = kind(layer.weight, layer.bias)
    for row, exact in zip(own(x), layer(x), strict=True):
        torch.testing.assert_close(row, exact, atol=0.04 * float(exact.abs().max()), rtol=0.0)


@both_kinds
def test_a_row_does_not_depend_on_the_rows_beside_it(
    kind: type[Int8Linear] | type[PackedInt8Linear],
) -> None:
    own = kind(torch.randn(96, 64), torch.randn(96))
    x = torch.randn(40, 64)
    together = own(x)
    for rows in (1, 2, 3, 8, 17):
        assert torch.equal(own(x[5 : 5 + rows]), together[5 : 5 + rows])


def test_every_layer_below_a_module_is_replaced() -> None:
    inner = torch.nn.Sequential(torch.nn.Linear(4, 4), torch.nn.ReLU())
    module = torch.nn.Sequential(inner, torch.nn.Linear(4, 2)).requires_grad_(False)
    quantize(module)
    kinds = [type(each) for each in module.modules()]
    assert torch.nn.Linear not in kinds
    assert kinds.count(type(packed_linear(torch.zeros(2, 2), None))) == 2
