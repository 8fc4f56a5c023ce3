"""Labelled features of clips, from which a head for language detection is trained."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from rich.progress import track

from preprocessing.shards import Split, read
from preprocessing.speech_data import spread
from sentivox.engines.language_id.detector import WhisperLanguageDetector
from sentivox.engines.language_id.head import MIN_PROBABILITY
from sentivox.errors import InvalidRequest


@dataclass(frozen=True, slots=True, eq=False)
class LabelledFeatures:
    """Features and languages of clips, in one order."""

    languages: tuple[str, ...]
    """Codes of all languages of Whisper, in the order of the columns."""
    log_probs: torch.Tensor
    """Log-probability of each language by Whisper; shape (clips, languages)."""
    pooled: torch.Tensor
    """Pooled encoder output; shape (clips, 2 width)."""
    labels: torch.Tensor
    """Column of the spoken language; shape (clips,)."""
    seconds: tuple[float, ...]
    """Length of each clip."""


def extract_features(
    detector: WhisperLanguageDetector,
    shards: Path,
    split: Split,
    languages: Sequence[str],
    most: int,
) -> LabelledFeatures:
    """Features of at most `most` clips of each language in a split.

    Raise InvalidRequest when a language has no clips.
    """
    chosen = []
    for code in languages:
        clips = list(read(shards, split, [code], augmented=split == "train"))
        chosen += spread(clips, min(most, len(clips)))
        if not clips:
            raise InvalidRequest(
                f"The shards in '{shards}' have nothing in '{split}' for {code}. Leave the "
                "language out, or add clips of it."
            )
    features = [detector.features(clip.pcm) for clip in track(chosen, f"Encoding {split}")]
    known = tuple(sorted(features[0].probabilities))
    return LabelledFeatures(
        languages=known,
        log_probs=torch.tensor([[each.probabilities[code] for code in known] for each in features])
        .clamp_min(MIN_PROBABILITY)
        .log(),
        pooled=torch.stack([torch.from_numpy(each.pooled) for each in features]),
        labels=torch.tensor([known.index(clip.language) for clip in chosen]),
        seconds=tuple(clip.seconds for clip in chosen),
    )
