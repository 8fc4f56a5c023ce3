"""Texts as an encoder takes them, and its states as one vector a text: their mean."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path

import torch
from tokenizers import Tokenizer

PREFIX = "query: "
"""multilingual-e5 was trained with one of two prefixes before every text."""

MAX_TOKENS = 128
"""Longer texts are cut; a group of spoken sentences has about 80."""


def load_tokenizer(folder: Path) -> Tokenizer:
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.enable_truncation(MAX_TOKENS)
    return tokenizer


LENGTH_STEP = 8
"""Texts are padded to multiples of it: torch keeps half a megabyte for each length that it meets
(docs/log.md)."""


def pad(ids: Sequence[Sequence[int]], padding: int | None) -> tuple[torch.Tensor, torch.Tensor]:
    """Token ids and their mask, both (texts, longest), rounded up to LENGTH_STEP."""
    longest = math.ceil(max(map(len, ids)) / LENGTH_STEP) * LENGTH_STEP
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
