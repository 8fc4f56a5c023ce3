"""Finds training texts that translate a held-out text, so that no sentence is on both sides."""

from __future__ import annotations

import torch

TRANSLATION_COSINE = 0.5
"""Of centred sentence vectors of multilingual-e5: read by eye, translations end about here."""


def translated(train: torch.Tensor, held_out: torch.Tensor) -> list[int]:
    """Rows of `train` that are close to any of `held_out`; both are (texts, width)."""
    center = train.mean(0)
    held = torch.nn.functional.normalize(held_out - center, dim=1)
    close: list[int] = []
    for start in range(0, len(train), 4096):
        part = torch.nn.functional.normalize(train[start : start + 4096] - center, dim=1)
        nearest = (part @ held.T).amax(1)
        close += (start + torch.nonzero(nearest >= TRANSLATION_COSINE).flatten()).tolist()
    return close
