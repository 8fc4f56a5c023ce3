"""Search for training texts that are translations of held-out texts."""

from __future__ import annotations

import torch

TRANSLATION_COSINE = 0.5
"""Least cosine of centred sentence vectors of multilingual-e5 for a translation, found by
reading."""


def translated(train: torch.Tensor, held_out: torch.Tensor) -> list[int]:
    """Rows of `train` that are translations of a row of `held_out`; both have shape (texts,
    width).
    """
    center = train.mean(0)
    held = torch.nn.functional.normalize(held_out - center, dim=1)
    close: list[int] = []
    for start in range(0, len(train), 4096):
        part = torch.nn.functional.normalize(train[start : start + 4096] - center, dim=1)
        nearest = (part @ held.T).amax(1)
        close += (start + torch.nonzero(nearest >= TRANSLATION_COSINE).flatten()).tolist()
    return close
