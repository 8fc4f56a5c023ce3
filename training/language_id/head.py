"""A head for language detection: multinomial logistic regression on pooled encoder output."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors.torch import save_file

from sentivox.engines.language_id.head import HEAD_FILE
from training.language_id.features import LabelledFeatures

PENALTIES = (1e-3, 3e-3, 1e-2, 3e-2, 1e-1, 1.0)
"""Candidates for the penalty of squared weights; a larger one stays nearer to Whisper."""
STEPS = 200


@dataclass(frozen=True, slots=True, eq=False)
class Head:
    """Weights of a head for some languages."""

    languages: tuple[str, ...]
    weight: torch.Tensor
    """Shape (languages of the head, 2 width)."""
    bias: torch.Tensor
    center: torch.Tensor
    """Mean of the pooled encoder output, shape (2 width,)."""
    spread: torch.Tensor
    """Standard deviation of the pooled encoder output, shape (2 width,)."""

    def logits(self, features: LabelledFeatures) -> torch.Tensor:
        """Whisper's log-probabilities plus the head's logits, shape (clips, languages)."""
        columns = torch.tensor([features.languages.index(code) for code in self.languages])
        learnt = ((features.pooled - self.center) / self.spread) @ self.weight.T + self.bias
        return features.log_probs.index_add(1, columns, learnt)


def best_head(
    languages: Sequence[str], train: LabelledFeatures, validation: LabelledFeatures
) -> tuple[Head, float]:
    """The head with the lowest validation loss over PENALTIES, and its penalty."""
    heads = {penalty: fit(languages, train, penalty) for penalty in PENALTIES}
    penalty = min(heads, key=lambda each: loss(heads[each], validation).item())
    return heads[penalty], penalty


def fit(languages: Sequence[str], train: LabelledFeatures, penalty: float) -> Head:
    """Train a head; zero weights are Whisper's own probabilities."""
    width = train.pooled.shape[1]
    head = Head(
        tuple(languages),
        weight=torch.zeros(len(languages), width, requires_grad=True),
        bias=torch.zeros(len(languages), requires_grad=True),
        center=train.pooled.mean(0),
        spread=train.pooled.std(0) + 1e-4,
    )
    solver = torch.optim.LBFGS(
        [head.weight, head.bias], max_iter=STEPS, line_search_fn="strong_wolfe"
    )

    def closure() -> float:
        solver.zero_grad()
        cost = loss(head, train) + penalty * head.weight.square().sum()
        cost.backward()
        return float(cost.item())

    solver.step(closure)
    return Head(head.languages, head.weight.detach(), head.bias.detach(), head.center, head.spread)


def loss(head: Head, features: LabelledFeatures) -> torch.Tensor:
    """Mean cross entropy of the spoken language over clips."""
    return torch.nn.functional.cross_entropy(head.logits(features), features.labels)


def save(head: Head, folder: Path) -> None:
    """Write the weights as `sentivox.engines.language_id.head` reads them."""
    folder.mkdir(parents=True, exist_ok=True)
    tensors = {
        "weight": head.weight,
        "bias": head.bias,
        "center": head.center,
        "spread": head.spread,
    }
    save_file({name: each.contiguous() for name, each in tensors.items()}, folder / HEAD_FILE)
