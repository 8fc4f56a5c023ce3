"""Whisper's encoder on processors: products in int8, as CTranslate2 has them, and attention and
convolutions in what the processor multiplies faster, float32 or bfloat16.

What a layer makes of half a minute is 12 MB, more than a processor keeps at hand. So whatever
concerns one position alone is done for some of them at a time, all of it, and attention for some
queries.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import torch
from torch.nn import functional

from sentivox.engines.processor import products_dtype
from sentivox.engines.whisper.backends.cpu_int8.encoder_outputs import HEAD_WIDTH
from sentivox.engines.whisper.backends.cpu_int8.layer_weights import LayerWeights, normed
from sentivox.engines.whisper.features import Features
from sentivox.weights.ctranslate2_file import Tensor

POSITIONS_AT_ONCE = 256


class Int8Encoder:
    def __init__(self, tensors: Mapping[str, Tensor]) -> None:
        """`tensors` are those of CTranslate2's file below `encoder/`."""
        weights = LayerWeights(tensors)
        self._dtype = products_dtype()
        self._convolutions = [
            [weights.tensor(f"{name}/{part}").to(self._dtype) for part in ("weight", "bias")]
            for name in ("conv1", "conv2")
        ]
        self._positions = weights.tensor("position_encodings/encodings")
        self._layers = [
            _Layer(weights, f"layer_{number}", self._dtype) for number in range(weights.layers)
        ]
        self._norm = weights.norm("layer_norm")

    @property
    def mels(self) -> int:
        return self._convolutions[0][0].shape[1]

    def __call__(self, features: Features) -> torch.Tensor:
        """(mels, frames) -> float32 (half as many positions, width)."""
        with torch.inference_mode():
            x = torch.from_numpy(features)[None].to(self._dtype)
            for stride, (weight, bias) in enumerate(self._convolutions, 1):
                x = functional.gelu(functional.conv1d(x, weight, bias, stride, padding=1))
            x = x[0].t().float().contiguous()
            x += self._positions[: len(x)]
            for layer in self._layers:
                layer(x)
            return normed(x, self._norm)


class _Layer:
    def __init__(self, weights: LayerWeights, name: str, dtype: torch.dtype) -> None:
        """Attention is in `dtype`."""
        self._dtype = dtype
        self._own_norm = weights.norm(f"{name}/self_attention/layer_norm")
        self._own = weights.rowwise(f"{name}/self_attention/linear_0")
        self._own_out = weights.rowwise(f"{name}/self_attention/linear_1")
        self._wide_norm = weights.norm(f"{name}/ffn/layer_norm")
        self._wide = weights.rowwise(f"{name}/ffn/linear_0")
        self._narrow = weights.rowwise(f"{name}/ffn/linear_1")

    def __call__(self, x: torch.Tensor) -> None:
        """Changes (positions, width) in place."""
        heads = x.shape[1] // HEAD_WIDTH
        asked = torch.empty(3, heads, len(x), HEAD_WIDTH, dtype=self._dtype)
        for some in _parts(len(x)):
            together = self._own(normed(x[some], self._own_norm))
            asked[:, :, some] = together.view(-1, 3, heads, HEAD_WIDTH).permute(1, 2, 0, 3)
        found = _attended(*asked) if self._dtype is torch.bfloat16 else _attended_exactly(*asked)
        for some in _parts(len(x)):
            part = x[some]
            part += self._own_out(found[some].float())
            part += self._narrow(functional.gelu(self._wide(normed(part, self._wide_norm))))


def _attended(queries: torch.Tensor, keys: torch.Tensor, values: torch.Tensor) -> torch.Tensor:
    """(heads, positions, HEAD_WIDTH) each -> (positions, width). In bfloat16, of which torch's own
    attention takes half as long again.
    """
    heads, positions, _ = queries.shape
    queries = queries * HEAD_WIDTH**-0.5
    found = torch.empty(positions, heads, HEAD_WIDTH, dtype=queries.dtype)
    for head in range(heads):
        across = keys[head].t()
        for some in _parts(positions):
            found[some, head] = (queries[head, some] @ across).softmax(-1) @ values[head]
    return found.flatten(1)


def _attended_exactly(
    queries: torch.Tensor, keys: torch.Tensor, values: torch.Tensor
) -> torch.Tensor:
    """The same in float32, of which torch's own attention takes less time."""
    found = functional.scaled_dot_product_attention(queries[None], keys[None], values[None])
    return found[0].transpose(0, 1).flatten(1)


def _parts(positions: int) -> Iterator[slice]:
    for first in range(0, positions, POSITIONS_AT_ONCE):
        yield slice(first, first + POSITIONS_AT_ONCE)
