"""The encoder in two parts: frozen lower layers, which run once, and trained upper layers.

Training starts from the states between them, so an epoch costs a third of the whole encoder.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import nn
from transformers import BertModel

from preprocessing.atomic_files import atomic_write
from sentivox.engines.sentiment.text_encoder import mean_of_tokens, pad
from training.length_batches import batches
from training.low_rank import adapt, pairs

TOKENS_PER_BATCH = 1024
ADAPTED = (
    "attention.self.query",
    "attention.self.key",
    "attention.self.value",
    "attention.output.dense",
    "intermediate.dense",
    "output.dense",
)


@dataclass(frozen=True)
class LowerStates:
    """Output of the frozen layers for each text: row i is states[starts[i]:starts[i + 1]]."""

    states: np.ndarray
    """Shape (tokens of all texts, width), in half precision."""
    starts: np.ndarray

    def lengths(self) -> list[int]:
        """Number of tokens of each text."""
        return [int(length) for length in np.diff(self.starts)]

    def batch(self, rows: Sequence[int]) -> tuple[torch.Tensor, torch.Tensor]:
        """States (texts, longest, width) in single precision and their mask (texts, longest)."""
        texts = [
            torch.from_numpy(self.states[self.starts[row] : self.starts[row + 1]]).float()
            for row in rows
        ]
        states = nn.utils.rnn.pad_sequence(texts, batch_first=True)
        lengths = torch.tensor([len(text) for text in texts])
        return states, torch.arange(states.shape[1]) < lengths[:, None]


def lower_states(model: BertModel, ids: Sequence[Sequence[int]], layers: int) -> LowerStates:
    """States after the first `layers` layers."""
    lengths = [len(each) for each in ids]
    starts = np.concatenate([[0], np.cumsum(lengths)])
    states = np.empty((starts[-1], model.config.hidden_size), np.float16)
    for rows in batches(lengths, TOKENS_PER_BATCH):
        padded, mask = pad([ids[row] for row in rows], model.config.pad_token_id)
        attention = additive_mask(mask)
        with torch.no_grad():
            hidden = model.embeddings(input_ids=padded)
            for layer in model.encoder.layer[:layers]:
                hidden = layer(hidden, attention)
        for place, row in enumerate(rows):
            states[starts[row] : starts[row + 1]] = hidden[place, : lengths[row]].numpy()
    return LowerStates(states, starts)


def cached_lower_states(
    model: BertModel, ids: Sequence[Sequence[int]], layers: int, folder: Path | None
) -> LowerStates:
    """`lower_states`, cached in `folder` under a hash of the token ids."""
    if folder is None:
        return lower_states(model, ids, layers)
    starts = np.concatenate([[0], np.cumsum([len(each) for each in ids])])
    content = np.concatenate([np.asarray(each, np.int32) for each in ids]).tobytes()
    key = hashlib.sha256(content + starts.tobytes()).hexdigest()[:12]
    path = folder / f"lower-{layers}-{key}.npy"
    if path.exists():
        return LowerStates(np.load(path), starts)
    computed = lower_states(model, ids, layers)
    with atomic_write(path) as partial, partial.open("wb") as file:
        np.save(file, computed.states)
    return computed


def additive_mask(mask: torch.Tensor) -> torch.Tensor:
    """Attention mask of 0 and -inf, shape (texts, 1, 1, tokens), from one that is true for tokens,
    shape (texts, tokens).
    """
    blank = torch.zeros(mask.shape).masked_fill(~mask.bool(), float("-inf"))
    return blank[:, None, None, :]


class UpperClassifier(nn.Module):
    """The encoder's upper layers and the head, with low-rank adapters after `add_adapters`."""

    def __init__(self, model: BertModel, first: int, dropout: float = 0.1) -> None:
        super().__init__()
        self.first = first
        self.layers = nn.ModuleList(model.encoder.layer[first:])
        self.dropout = nn.Dropout(dropout)
        self.head = nn.Linear(model.config.hidden_size, 3)
        self.center = torch.zeros(model.config.hidden_size)
        self.spread = torch.ones(model.config.hidden_size)

    def add_adapters(self, rank: int) -> list[nn.Parameter]:
        """Add adapters of a rank to every upper layer; return the new parameters."""
        names = [f"{index}.{name}" for index in range(len(self.layers)) for name in ADAPTED]
        return adapt(self.layers, names, rank)

    def vectors(self, states: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        """Sentence vectors (texts, width)."""
        attention = additive_mask(mask)
        for layer in self.layers:
            states = layer(states, attention)
        return mean_of_tokens(states, mask)

    def forward(self, states: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        """Logits (texts, 3)."""
        standard = (self.vectors(states, mask) - self.center) / self.spread
        logits: torch.Tensor = self.head(self.dropout(standard))
        return logits

    def folded_head(self, temperature: float) -> dict[str, torch.Tensor]:
        """Weight (3, width) and bias (3,) that give calibrated logits of unstandardised vectors."""
        weight = self.head.weight.detach() / self.spread
        bias = self.head.bias.detach() - weight @ self.center
        return {
            "classifier.weight": weight / temperature,
            "classifier.bias": bias / temperature,
        }

    def adapter(self) -> dict[str, torch.Tensor]:
        """The low-rank matrices under the names of the whole encoder's modules."""
        tensors = {}
        for name, tensor in pairs(self.layers).items():
            index, _, part = name.partition(".")
            tensors[f"encoder.layer.{self.first + int(index)}.{part}"] = tensor
        return tensors
