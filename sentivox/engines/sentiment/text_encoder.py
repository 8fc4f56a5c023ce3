"""Tokens of texts, padded batches, and the mean of an encoder's states over a text."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path

import torch
from tokenizers import Tokenizer

PREFIX = "query: "
"""Prefix of every text: multilingual-e5 was trained with one of two."""

MAX_TOKENS = 128
"""Most tokens of a text; longer texts are cut. A group of spoken sentences has about 80."""

LENGTH_STEP = 8
"""Texts are padded to multiples of this: torch keeps half a megabyte for each new length
(docs/log.md)."""


def load_tokenizer(folder: Path) -> Tokenizer:
    """The model's tokenizer, without padding and with texts cut at MAX_TOKENS."""
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.enable_truncation(MAX_TOKENS)
    return tokenizer


def pad(ids: Sequence[Sequence[int]], padding_id: int | None) -> tuple[torch.Tensor, torch.Tensor]:
    """Token ids and their mask, both (texts, tokens), where the number of tokens is the longest
    text's, rounded up to LENGTH_STEP.
    """
    longest = math.ceil(max(map(len, ids)) / LENGTH_STEP) * LENGTH_STEP
    padded = torch.full((len(ids), longest), padding_id or 0)
    mask = torch.zeros((len(ids), longest), dtype=torch.long)
    for row, tokens in enumerate(ids):
        padded[row, : len(tokens)] = torch.tensor(tokens)
        mask[row, : len(tokens)] = 1
    return padded, mask


def mean_of_tokens(states: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
    """Mean of states (texts, tokens, width) over each text without padding: (texts, width)."""
    weights = mask.unsqueeze(-1).to(states.dtype)
    return (states * weights).sum(1) / weights.sum(1)
