"""A BERT text encoder: a text's vector is the mean of its last layer over the text's tokens."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import torch
from tokenizers import Tokenizer
from transformers import BertModel
from transformers.utils import logging

PREFIX = "query: "
"""multilingual-e5 was trained with one of two prefixes before every text."""

MAX_TOKENS = 128
"""Longer texts are cut; a group of spoken sentences has about 80."""

LORA_A, LORA_B = ".lora_a", ".lora_b"


def load_tokenizer(folder: Path) -> Tokenizer:
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.enable_truncation(MAX_TOKENS)
    return tokenizer


def load_bert(folder: Path, adapter: Mapping[str, torch.Tensor], device: str = "cpu") -> BertModel:
    """In single precision, but for word vectors: most of the model, they stay in half."""
    logging.disable_progress_bar()
    model = BertModel.from_pretrained(
        folder, add_pooling_layer=False, dtype=torch.float16, use_safetensors=True
    )
    words = model.get_input_embeddings()
    for module in model.modules():
        if module is not words:
            for name, parameter in module.named_parameters(recurse=False):
                setattr(module, name, torch.nn.Parameter(parameter.float(), requires_grad=False))
    merge_adapter(model, adapter)
    model.eval().requires_grad_(False)
    torch.nn.Module.to(model, device)
    return model


def merge_adapter(model: torch.nn.Module, adapter: Mapping[str, torch.Tensor]) -> None:
    """Adds B A to each weight that has a low-rank pair, A (rank, in) and B (out, rank).

    Low-rank adaptation: Hu et al. 2021, https://arxiv.org/abs/2106.09685, equation 3.
    """
    for name in adapter:
        if name.endswith(LORA_A):
            owner = name.removesuffix(LORA_A)
            product = adapter[owner + LORA_B].float() @ adapter[name].float()
            model.get_submodule(owner).get_parameter("weight").data.add_(product)


def pad(ids: Sequence[Sequence[int]], padding: int | None) -> tuple[torch.Tensor, torch.Tensor]:
    """Token ids and their mask, both (texts, longest)."""
    longest = max(map(len, ids))
    padded = torch.full((len(ids), longest), padding or 0)
    mask = torch.zeros((len(ids), longest), dtype=torch.long)
    for row, tokens in enumerate(ids):
        padded[row, : len(tokens)] = torch.tensor(tokens)
        mask[row, : len(tokens)] = 1
    return padded, mask


def mean_of_tokens(states: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
    """(texts, tokens, width) -> (texts, width), padding left out."""
    weights = mask.unsqueeze(-1).to(states.dtype)
    return (states * weights).sum(1) / weights.sum(1)
