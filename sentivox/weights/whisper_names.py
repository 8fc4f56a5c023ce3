"""CTranslate2's and transformers' names of Whisper's weights.

CTranslate2 stacks some tensors in one: keys and values in cross-attention, and queries, keys and
values in self-attention.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from sentivox.weights.ctranslate2_file import Tensor

_MODULES = {
    "self_attention/layer_norm": ("self_attn_layer_norm",),
    "self_attention/linear_0": ("self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj"),
    "self_attention/linear_1": ("self_attn.out_proj",),
    "attention/layer_norm": ("encoder_attn_layer_norm",),
    "attention/linear_0": ("encoder_attn.q_proj",),
    "attention/linear_1": ("encoder_attn.k_proj", "encoder_attn.v_proj"),
    "attention/linear_2": ("encoder_attn.out_proj",),
    "ffn/layer_norm": ("final_layer_norm",),
    "ffn/linear_0": ("fc1",),
    "ffn/linear_1": ("fc2",),
    "layer_norm": ("layer_norm",),
    "conv1": ("conv1",),
    "conv2": ("conv2",),
    "embeddings": ("embed_tokens",),
    "position_encodings": ("embed_positions",),
}
"""CTranslate2's name of a module, and transformers' names of the modules stacked in it."""
_PARAMETERS = {"gamma": "weight", "beta": "bias", "encodings": "weight"}


def renamed(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """CTranslate2's tensors by transformers' names, each a view of a given tensor."""
    found = {}
    for name, tensor in tensors.items():
        part, *modules, parameter = name.split("/")
        layer = ""
        if modules and modules[0].startswith("layer_") and modules[0] != "layer_norm":
            layer = f"layers.{modules.pop(0).removeprefix('layer_')}."
        stacked = _MODULES.get("/".join(modules), ())
        parts = np.split(tensor, len(stacked)) if stacked else []
        for module, piece in zip(stacked, parts, strict=True):
            own = _PARAMETERS.get(parameter, parameter)
            # Keys have no bias: it would add the same to the scores of all positions.
            if not (module.endswith("k_proj") and own == "bias"):
                found[f"model.{part}.{layer}{module}.{own}"] = piece
    return found
