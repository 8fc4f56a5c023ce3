"""A language head: a classifier trained on your own recordings, on top of Whisper's detection.

log p(language) + W z + b for the languages of those recordings, and log p(language) for all others;
z is the pooled encoder output, standardised. `training/language_id` trains it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import numpy.typing as npt
from safetensors.numpy import load_file

HEAD_FILE = "head.safetensors"
MIN_PROBABILITY = 1e-6
"""Least probability of a language before the head is applied."""

Floats = npt.NDArray[np.float32]


def pooled_states(states: Floats) -> Floats:
    """Mean and standard deviation over time: (positions, width) to (2 width,)."""
    return np.concatenate([states.mean(0), states.std(0)])


class LanguageHead:
    """The trained weights."""

    def __init__(self, folder: Path) -> None:
        """`folder` is one that `sentivox.weights.resolve` gives."""
        tensors = load_file(folder / HEAD_FILE)
        card = json.loads((folder / "card.json").read_text("utf-8"))
        self.languages: tuple[str, ...] = tuple(card["languages"])
        self._weight, self._bias = tensors["weight"], tensors["bias"]
        self._center, self._spread = tensors["center"], tensors["spread"]

    def weigh(self, probabilities: Mapping[str, float], pooled: Floats) -> dict[str, float]:
        """Probabilities of the same languages, summing to 1; `pooled` is from `pooled_states`."""
        learnt = self._weight @ ((pooled - self._center) / self._spread) + self._bias
        logits = {code: float(np.log(max(p, MIN_PROBABILITY))) for code, p in probabilities.items()}
        for code, more in zip(self.languages, learnt, strict=True):
            if code in logits:
                logits[code] += float(more)
        highest = max(logits.values())
        weights = {code: float(np.exp(logit - highest)) for code, logit in logits.items()}
        total = sum(weights.values())
        return {code: weight / total for code, weight in weights.items()}
