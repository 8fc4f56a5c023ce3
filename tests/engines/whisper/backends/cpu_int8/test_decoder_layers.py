"""What tokens find in the sound, held to attention with keys and values."""

from __future__ import annotations

import numpy as np
import torch

from sentivox.engines.whisper.backends.cpu_int8.decoder_layers import _CrossAttentionLayer
from sentivox.engines.whisper.backends.cpu_int8.encoder_outputs import HEAD_WIDTH, EncoderOutputs
from sentivox.engines.whisper.backends.cpu_int8.key_value_cache import KeyValueCache
from sentivox.engines.whisper.backends.cpu_int8.layer_weights import LayerWeights

HEADS = 2
WIDTH = HEADS * HEAD_WIDTH
LENGTHS = (40, 70, 40)


def tensors() -> dict[str, np.ndarray]:
    chance = np.random.default_rng(0)
    rows = {"linear_0": WIDTH, "linear_1": 2 * WIDTH, "linear_2": WIDTH}
    found = {}
    for name, outputs in rows.items():
        found[f"{name}/weight"] = chance.normal(size=(outputs, WIDTH)) / WIDTH**0.5
        found[f"{name}/bias"] = chance.normal(size=outputs)
    return {f"sound/{name}": tensor.astype(np.float32) for name, tensor in found.items()}


def by_keys_and_values(x: torch.Tensor, clips: list[torch.Tensor]) -> torch.Tensor:
    weights = {name.removeprefix("sound/"): torch.tensor(own) for name, own in tensors().items()}

    def linear(name: str, states: torch.Tensor) -> torch.Tensor:
        return torch.nn.functional.linear(
            states, weights[f"{name}/weight"], weights[f"{name}/bias"]
        )

    found = []
    for own, clip in zip(x, clips, strict=True):
        query, key, value = (
            states.unflatten(-1, (HEADS, HEAD_WIDTH)).transpose(0, 1)
            for states in (linear("linear_0", own), *linear("linear_1", clip).chunk(2, -1))
        )
        mixed = torch.nn.functional.scaled_dot_product_attention(query, key, value)
        found.append(linear("linear_2", mixed.transpose(0, 1).flatten(1)))
    return torch.stack(found)


def test_no_keys_or_values_are_needed_for_what_they_say() -> None:
    torch.manual_seed(0)
    clips = [torch.randn(length, WIDTH) for length in LENGTHS]
    x = torch.randn(len(clips), 4, WIDTH)
    memories = [
        KeyValueCache(EncoderOutputs.of(some), 1, HEADS, [4] * len(some), 0)
        for some in (clips[:2], clips[2:])
    ]
    found = _CrossAttentionLayer(LayerWeights(tensors()), "sound")(x, memories)
    expected = by_keys_and_values(x, clips)
    # Queries and what comes out are products in eight bits.
    assert (found - expected).norm() < 0.03 * expected.norm()
