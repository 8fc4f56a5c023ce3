"""BERT's encoder for serving: the layers of Devlin et al. 2018 and nothing else.

It reads a folder in the format of `transformers` and gives the states of its `BertModel`, which is
the reference in `tests/engines/sentiment/test_bert.py`. Importing that class takes three times as
long as importing torch and running this encoder, which would delay the start of a replica.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

import torch
from safetensors.torch import load_file
from torch.nn import functional

from sentivox.engines.int8_linear import Int8Linear
from sentivox.weights.adapters import LORA_A, LORA_B

WORD_EMBEDDINGS = "embeddings.word_embeddings.weight"
NOT_QUANTIZED = "attention.self.value"
"""Layers that stay in float32: in int8 these alone change probabilities as much as all others
together (docs/log.md)."""

Linear = Callable[[torch.Tensor], torch.Tensor]
"""A linear layer: (..., inputs) to (..., outputs)."""


class BertEncoder:
    """The encoder. Word embeddings, most of the model, stay in half precision and are read from the
    file row by row.
    """

    def __init__(
        self,
        folder: Path,
        adapter: Mapping[str, torch.Tensor],
        device: str,
        dtype: torch.dtype = torch.float32,
    ) -> None:
        """`folder` holds the model, and `adapter` low-rank pairs to add to its weights.

        `dtype` is the number format of the layers. With `torch.int8`, which is for CPUs, only
        matrix products are in int8, but for those of NOT_QUANTIZED.
        """
        config = json.loads((folder / "config.json").read_text("utf-8"))
        self.padding_id: int = config["pad_token_id"]
        self._layers: int = config["num_hidden_layers"]
        self._heads: int = config["num_attention_heads"]
        self._epsilon: float = config["layer_norm_eps"]
        self._weights = {
            name: tensor.to(device) if name == WORD_EMBEDDINGS else tensor.float().to(device)
            for name, tensor in load_file(folder / "model.safetensors").items()
        }
        self._merge(adapter)
        if dtype is not torch.int8:
            for name, tensor in self._weights.items():
                if name != WORD_EMBEDDINGS:
                    self._weights[name] = tensor.to(dtype)
        linears = [
            name.removesuffix(".weight")
            for name, tensor in self._weights.items()
            if name.startswith("encoder.") and name.endswith(".weight") and tensor.ndim == 2
        ]
        self._linears = {name: self._pop_linear(name, dtype) for name in linears}

    def __call__(self, tokens: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        """States of the last layer, float32 (texts, tokens, width), from token ids and their mask,
        both (texts, tokens).
        """
        states = self._embed(tokens)
        attended = mask.bool()[:, None, None, :]
        for number in range(self._layers):
            layer = f"encoder.layer.{number}"
            mixed = self._attend(states, attended, f"{layer}.attention.self")
            mixed = self._linears[f"{layer}.attention.output.dense"](mixed)
            states = self._normalize(states + mixed, f"{layer}.attention.output.LayerNorm")
            inner = functional.gelu(self._linears[f"{layer}.intermediate.dense"](states))
            outer = self._linears[f"{layer}.output.dense"](inner)
            states = self._normalize(states + outer, f"{layer}.output.LayerNorm")
        return states.float()

    def _embed(self, tokens: torch.Tensor) -> torch.Tensor:
        positions = self._weights["embeddings.position_embeddings.weight"][: tokens.shape[1]]
        words = functional.embedding(tokens, self._weights[WORD_EMBEDDINGS]).to(positions.dtype)
        first_type = self._weights["embeddings.token_type_embeddings.weight"][0]
        return self._normalize(words + positions + first_type, "embeddings.LayerNorm")

    def _attend(self, states: torch.Tensor, attended: torch.Tensor, name: str) -> torch.Tensor:
        query, key, value = (
            self._linears[f"{name}.{part}"](states).unflatten(-1, (self._heads, -1)).transpose(1, 2)
            for part in ("query", "key", "value")
        )
        mixed = functional.scaled_dot_product_attention(query, key, value, attended)
        return mixed.transpose(1, 2).flatten(-2)

    def _pop_linear(self, name: str, dtype: torch.dtype) -> Linear:
        """The linear layer of that name, whose tensors are removed from the weights."""
        weight, bias = self._weights.pop(f"{name}.weight"), self._weights.pop(f"{name}.bias")
        if dtype is torch.int8 and not name.endswith(NOT_QUANTIZED):
            return Int8Linear(weight, bias)
        return partial(functional.linear, weight=weight, bias=bias)

    def _normalize(self, states: torch.Tensor, name: str) -> torch.Tensor:
        weight, bias = self._weights[f"{name}.weight"], self._weights[f"{name}.bias"]
        return functional.layer_norm(states, weight.shape, weight, bias, self._epsilon)

    def _merge(self, adapter: Mapping[str, torch.Tensor]) -> None:
        """Adds B A to each weight that has a low-rank pair: A (rank, in) and B (out, rank).

        Low-rank adaptation: Hu et al. 2021, https://arxiv.org/abs/2106.09685, equation 3.
        """
        for name in adapter:
            if name.endswith(LORA_A):
                owner = name.removesuffix(LORA_A)
                weight = self._weights[f"{owner}.weight"]
                product = adapter[owner + LORA_B].float() @ adapter[name].float()
                self._weights[f"{owner}.weight"] = weight + product.to(weight.device)
