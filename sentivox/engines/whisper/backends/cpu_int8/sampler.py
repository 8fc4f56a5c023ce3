"""Sampling of tokens at a temperature, the same ones each time."""

from __future__ import annotations

import torch


class Sampler:
    """The random numbers of one text. They depend on nothing but the temperature, so that a text is
    the same each time, whatever is decoded beside it.
    """

    def __init__(self, temperature: float) -> None:
        self._temperature = temperature
        self._generator = torch.Generator().manual_seed(round(temperature * 1000))

    def scores(self, logits: torch.Tensor) -> torch.Tensor:
        """Scores of which the greatest is a sample from the softmax of logits (vocabulary,) over
        the temperature: with Gumbel noise (Gumbel 1954; Maddison et al. 2014, "A* Sampling").
        """
        noise = torch.empty_like(logits).exponential_(generator=self._generator).log_().neg_()
        return logits / self._temperature + noise
