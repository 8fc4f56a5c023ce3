"""Low-rank adapters: their format, and their addition to a Whisper model of CTranslate2.

An adapter has a pair of thin matrices for each layer that it changes. Their product B A is added to
the layer's weight: Hu et al. 2021, https://arxiv.org/abs/2106.09685, equation 3.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load_file

from sentivox.errors import WeightsAltered
from sentivox.weights.ctranslate2_file import read_tensors
from sentivox.weights.whisper_names import renamed

ADAPTER_FILE = "adapter.safetensors"
LORA_A, LORA_B = ".lora_a", ".lora_b"
"""Suffixes of the matrices' names after the layer's name: A is (rank, in) and B (out, rank)."""


def add_adapter(folder: Path, adapter: Path) -> None:
    """Adds the adapter in the folder `adapter` to the weights in `folder`'s model.bin.

    Layers have the names of transformers. The result is the same on every machine, bit for bit:
    numbers in half precision are multiples of 2^-24, so the sum of their products is exact in
    double precision and is rounded once. Raises WeightsAltered where the adapter doesn't fit.
    """
    weights = renamed(read_tensors(folder / "model.bin", "", "r+"))
    try:
        pairs = load_file(adapter / ADAPTER_FILE)
        for name in pairs:
            if name.endswith(LORA_A):
                owner = name.removesuffix(LORA_A)
                a, b = (pairs[owner + part].astype(np.float64) for part in (LORA_A, LORA_B))
                weight = weights[f"{owner}.weight"]
                weight[...] = (weight.astype(np.float64) + b @ a).astype(weight.dtype)
    except (KeyError, ValueError, SafetensorError) as exc:
        raise WeightsAltered(
            f"The adapter '{adapter.name}' isn't for the model that it is to be added to."
        ) from exc
