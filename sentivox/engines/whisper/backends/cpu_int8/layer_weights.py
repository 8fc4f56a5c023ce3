"""Layers made from the tensors of a CTranslate2 model, by its names."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import torch

from sentivox.engines.int8_linear import Int8Linear, PackedInt8Linear, packed_linear
from sentivox.weights.ctranslate2_file import Tensor

HEAD_WIDTH = 64
"""Width of an attention head in every Whisper model."""

Norm = tuple[torch.Tensor, torch.Tensor]
"""Weight and bias of a layer norm."""


class LayerWeights:
    """The tensors of an encoder or a decoder."""

    def __init__(self, tensors: Mapping[str, Tensor]) -> None:
        self._tensors = tensors
        names = {name.split("/")[0] for name in tensors}
        self.layers = sum(name.startswith("layer_") and name != "layer_norm" for name in names)
        """Number of layers."""

    def tensor(self, name: str) -> torch.Tensor:
        """A tensor in float32."""
        return torch.from_numpy(self._tensors[name].astype(np.float32))

    def linear(self, name: str) -> Int8Linear:
        """A linear layer for many rows at a time."""
        return Int8Linear(self.tensor(f"{name}/weight"), self.tensor(f"{name}/bias"))

    def packed_linear(self, name: str) -> Int8Linear | PackedInt8Linear:
        """A linear layer for few rows at a time."""
        return packed_linear(self.tensor(f"{name}/weight"), self.tensor(f"{name}/bias"))

    def norm(self, name: str) -> Norm:
        """A layer norm."""
        return self.tensor(f"{name}/gamma"), self.tensor(f"{name}/beta")


def normed(x: torch.Tensor, norm: Norm) -> torch.Tensor:
    """Layer norm over the last dimension."""
    return torch.nn.functional.layer_norm(x, x.shape[-1:], *norm)
