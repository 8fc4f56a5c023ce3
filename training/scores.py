"""Scores of a classifier's probabilities: macro-F1, accuracy, calibration, temperature."""

from __future__ import annotations

import torch

CALIBRATION_BINS = 15

MIN_MACRO_F1, MIN_POLAR_ACCURACY = 0.5, 0.65
"""Least score on a held-out set for a language to count as supported."""


def macro_f1(probabilities: torch.Tensor, labels: torch.Tensor) -> float:
    """Mean over classes of F1 = 2 tp / (2 tp + fp + fn); `probabilities` has shape (texts,
    classes).
    """
    chosen = probabilities.argmax(1)
    scores = []
    for label in range(probabilities.shape[1]):
        hits = ((chosen == label) & (labels == label)).sum().item()
        claims = (chosen == label).sum().item() + (labels == label).sum().item()
        scores.append(2 * hits / claims if claims else 0.0)
    return sum(scores) / len(scores)


def polar_accuracy(probabilities: torch.Tensor, labels: torch.Tensor) -> float:
    """Accuracy of the more probable of negative and positive; `labels` are 0 or 2."""
    positive = probabilities[:, 2] > probabilities[:, 0]
    return (positive == (labels == 2)).float().mean().item()


def calibration_error(probabilities: torch.Tensor, labels: torch.Tensor) -> float:
    """Expected calibration error: the gap between confidence and accuracy, averaged over texts.

    Guo et al. 2017, https://arxiv.org/abs/1706.04599, equation 3, with CALIBRATION_BINS bins.
    """
    confidence, chosen = probabilities.max(1)
    right = (chosen == labels).double()
    bins = (confidence * CALIBRATION_BINS).long().clamp(max=CALIBRATION_BINS - 1)
    error = 0.0
    for each in bins.unique():
        inside = bins == each
        gap = (confidence[inside].double().mean() - right[inside].mean()).abs()
        error += gap.item() * inside.double().mean().item()
    return error


def best_temperature(logits: torch.Tensor, labels: torch.Tensor) -> float:
    """Temperature by which dividing the logits maximises the likelihood of the labels (Guo et al.
    2017, section 4.2).
    """
    candidates = torch.logspace(-1, 1, 401, base=4.0)
    losses = torch.stack(
        [torch.nn.functional.cross_entropy(logits / each, labels) for each in candidates]
    )
    return float(candidates[losses.argmin()])
