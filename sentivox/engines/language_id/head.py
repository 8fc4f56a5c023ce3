"""What one's own recordings taught about which language it is, on top of what Whisper takes it for.

log p(language) + W z + b for the languages of those recordings, and log p(language) for all others;
z is what the encoder heard, its mean and its spread over time, standardised.
`training/language_head.py` makes it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import numpy.typing as npt
from safetensors.numpy import load_file

HEAD_FILE = "head.safetensors"
LEAST = 1e-6
"""No language is less likely than this before the head speaks."""

Floats = npt.NDArray[np.float32]


def pooled_states(states: Floats) -> Floats:
    """Mean and standard deviation over time: (positions, width) -> (2 width,)."""
    return np.concatenate([states.mean(0), states.std(0)])


class LanguageHead:
    def __init__(self, folder: Path) -> None:
        """A folder as `sentivox.weights.resolve.resolve` gives it."""
        tensors = load_file(folder / HEAD_FILE)
        card = json.loads((folder / "card.json").read_text("utf-8"))
        self.languages: tuple[str, ...] = tuple(card["languages"])
        self._weight, self._bias = tensors["weight"], tensors["bias"]
        self._center, self._spread = tensors["center"], tensors["spread"]

    def weigh(self, probabilities: Mapping[str, float], voice: Floats) -> dict[str, float]:
        """Probabilities of the same languages that sum to 1; `voice` as `pooled_states` gives it."""
        learnt = self._weight @ ((voice - self._center) / self._spread) + self._bias
        logits = {code: float(np.log(max(p, LEAST))) for code, p in probabilities.items()}
        for code, more in zip(self.languages, learnt, strict=True):
            if code in logits:
                logits[code] += float(more)
        highest = max(logits.values())
        weights = {code: float(np.exp(logit - highest)) for code, logit in logits.items()}
        total = sum(weights.values())
        return {code: weight / total for code, weight in weights.items()}
