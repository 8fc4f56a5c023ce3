"""Cross-attention of a decoder layer, compared with attention by keys and values."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
import torch

from sentivox.engines.whisper.backends.cpu_int8.cross_attention import cross_attention
from sentivox.engines.whisper.backends.cpu_int8.decoder_layers import CrossAttentionLayer
from sentivox.engines.whisper.backends.cpu_int8.keys_and_values import (
    Encoded,
    KeysAndValues,
)
from sentivox.engines.whisper.backends.cpu_int8.layer_weights import HEAD_WIDTH, LayerWeights

HEADS = 2
WIDTH = HEADS * HEAD_WIDTH
LENGTHS = (40, 70, 40)
TOKENS = (4, 1, 3)
NAME = "attention"


def random_weights() -> dict[str, np.ndarray]:
    generator = np.random.default_rng(0)
    rows = {"linear_0": WIDTH, "linear_1": 2 * WIDTH, "linear_2": WIDTH}
    weights = {}
    for name, outputs in rows.items():
        weights[f"{name}/weight"] = generator.normal(size=(outputs, WIDTH)) / WIDTH**0.5
        weights[f"{name}/bias"] = generator.normal(size=outputs)
    return {f"{NAME}/{name}": tensor.astype(np.float32) for name, tensor in weights.items()}


def by_keys_and_values(x: Sequence[torch.Tensor], clips: Sequence[torch.Tensor]) -> torch.Tensor:
    """The reference: one clip at a time by torch's attention."""
    weights = {
        name.removeprefix(f"{NAME}/"): torch.tensor(own) for name, own in random_weights().items()
    }

    def linear(name: str, states: torch.Tensor) -> torch.Tensor:
        return torch.nn.functional.linear(
            states, weights[f"{name}/weight"], weights[f"{name}/bias"]
        )

    results = []
    for own, clip in zip(x, clips, strict=True):
        query, key, value = (
            states.unflatten(-1, (HEADS, HEAD_WIDTH)).transpose(0, 1)
            for states in (linear("linear_0", own), *linear("linear_1", clip).chunk(2, -1))
        )
        mixed = torch.nn.functional.scaled_dot_product_attention(query, key, value)
        results.append(linear("linear_2", mixed.transpose(0, 1).flatten(1)))
    return torch.cat(results)


@pytest.fixture
def layer() -> CrossAttentionLayer:
    return CrossAttentionLayer(LayerWeights(random_weights()), NAME)


def encoded(layer: CrossAttentionLayer, clips: Sequence[torch.Tensor], keys: bool) -> list[Encoded]:
    """The clips with keys and values, or without."""
    if keys:
        return [KeysAndValues([layer.keys_and_values(clip)]) for clip in clips]
    return [cross_attention(clip) for clip in clips]


with_and_without_keys = pytest.mark.parametrize("keys", [True, False])


@with_and_without_keys
def test_cross_attention_is_that_of_torch(layer: CrossAttentionLayer, keys: bool) -> None:
    torch.manual_seed(0)
    clips = [torch.randn(length, WIDTH) for length in LENGTHS]
    x = torch.randn(sum(TOKENS), WIDTH)
    found = layer(x, 0, TOKENS, encoded(layer, clips, keys))
    expected = by_keys_and_values(x.split(TOKENS), clips)
    # The linear layers before and after attention are in int8.
    assert (found - expected).norm() < 0.03 * expected.norm()


@with_and_without_keys
def test_a_clip_does_not_depend_on_the_clips_beside_it(
    layer: CrossAttentionLayer, keys: bool
) -> None:
    torch.manual_seed(0)
    clips = encoded(layer, [torch.randn(length, WIDTH) for length in LENGTHS], keys)
    x = torch.randn(sum(TOKENS), WIDTH)
    together = layer(x, 0, TOKENS, clips).split(TOKENS)
    for own, clip, found in zip(x.split(TOKENS), clips, together, strict=True):
        assert torch.equal(layer(own, 0, [len(own)], [clip]), found)
