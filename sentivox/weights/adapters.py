"""Low-rank adapters added to Whisper's weights in CTranslate2's file, which both engines read."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load_file

from sentivox.errors import WeightsAltered
from sentivox.weights.ctranslate2_file import open_tensors
from sentivox.weights.low_rank import LORA_A, LORA_B
from sentivox.weights.whisper_names import renamed

ADAPTER_FILE = "adapter.safetensors"


def add_adapter(folder: Path, adapter: Path) -> None:
    """Adds B A to each weight of `folder`'s model.bin that the folder `adapter` has a pair for, A
    (rank, in) and B (out, rank), by the names that transformers has for the layers.

    The result is the same on every machine, to the bit: numbers of half precision are multiples of
    2^-24, so that of their products' sum not a bit is lost in double precision, and it is rounded
    once. Raises WeightsAltered where the two don't go together.
    """
    weights = renamed(open_tensors(folder / "model.bin"))
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
