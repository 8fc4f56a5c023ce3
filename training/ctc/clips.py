"""Labelled clips of shards, and their augmentation in training.

All clips are kept in memory: 115 MB per hour of speech.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torchaudio.functional import resample

from preprocessing.shards import Example, Split, read
from sentivox.engines.ctc.network import Features, Frames, Samples
from sentivox.errors import InvalidRequest
from sentivox.types import FULL_SCALE, SAMPLE_RATE, Pcm
from training.ctc.options import CtcOptions
from training.ctc.vocabulary import Table, frames_needed, has_digits, labels, spelled

NOISE_LEVEL = 3e-4
"""Level of the noise of a quiet room before and after a clip, relative to full scale."""
MAX_SECONDS = 20.0


@dataclass(frozen=True, slots=True, eq=False)
class Clip:
    """A clip with the letters of its text."""

    id: str
    pcm: Pcm
    text: str
    """Normalised by `spelled`."""
    language: str
    source: str
    altered: bool
    """Whether the clip is an augmented copy."""

    @property
    def seconds(self) -> float:
        return len(self.pcm) / SAMPLE_RATE


@dataclass(frozen=True, slots=True, eq=False)
class LabelledClip:
    """A clip and the outputs that spell its text."""

    clip: Clip
    labels: tuple[int, ...]

    @property
    def seconds(self) -> float:
        return self.clip.seconds


def read_clips(folder: Path, split: Split, languages: Collection[str]) -> list[Clip]:
    """The usable clips of a split: at most MAX_SECONDS, with letters and without digits.

    Raise InvalidRequest when a language has none.
    """
    augmented = split == "train"
    examples = read(folder, split, languages, augmented=augmented)
    clips = [clip for clip in map(_clip, examples) if clip.text and clip.seconds <= MAX_SECONDS]
    if missing := sorted(set(languages) - {clip.language for clip in clips}):
        raise InvalidRequest(
            f"The shards in '{folder}' have nothing in '{split}' for {', '.join(missing)}. Leave "
            "the language out, or add clips of it."
        )
    return clips


def labelled(clips: Sequence[Clip], table: Table, frames: Frames) -> list[LabelledClip]:
    """The clips whose letters are all in the table and fit into their frames."""
    kept = []
    for clip in clips:
        outputs = labels(clip.text, table)
        if outputs and frames_needed(outputs) <= frames.count(len(clip.pcm)):
            kept.append(LabelledClip(clip, tuple(outputs)))
    return kept


@dataclass(frozen=True, slots=True)
class Augmenter:
    """Random speed, silence and noise for training clips."""

    options: CtcOptions
    features: Features
    frames: Frames
    speeds: bool
    """Whether to change the speed; False if the shards have augmented copies."""

    def augment(self, labelled: LabelledClip, rng: np.random.Generator) -> Samples:
        """Network input of an augmented clip, long enough for its labels; shape (samples,)."""
        options = self.options
        samples: Samples = labelled.clip.pcm.astype(np.float32) / np.float32(FULL_SCALE)
        if self.speeds:
            faster = _at_speed(samples, int(rng.choice(options.speeds)))
            if self.frames.count(len(faster)) >= frames_needed(labelled.labels):
                samples = faster
        lengths = (rng.uniform(*options.silence_seconds, 2) * SAMPLE_RATE).astype(int)
        before, after = (rng.normal(0, NOISE_LEVEL, int(size)) for size in lengths)
        extended = np.concatenate([before, samples, after])
        inputs = self.features.of((extended.clip(-1, 1) * (FULL_SCALE - 1)).astype(np.int16))
        noise = rng.normal(0, 1, len(inputs)) * rng.choice(options.noise)
        return np.asarray(inputs + noise, np.float32)


def has_augmented_copies(clips: Sequence[Clip]) -> bool:
    """Whether any clip is an augmented copy."""
    return any(clip.altered for clip in clips)


def padded(clips: Sequence[Samples]) -> tuple[torch.Tensor, torch.Tensor]:
    """Padded samples and their mask, both of shape (clips, longest)."""
    longest = max(map(len, clips))
    samples = torch.from_numpy(np.stack([np.pad(x, (0, longest - len(x))) for x in clips]))
    mask = torch.arange(longest) < torch.tensor([len(x) for x in clips])[:, None]
    return samples, mask.long()


def padded_labels(clips: Sequence[LabelledClip]) -> torch.Tensor:
    """Labels of shape (clips, longest), padded with -100 as `Wav2Vec2ForCTC` expects."""
    longest = max(len(each.labels) for each in clips)
    return torch.tensor([[*each.labels, *[-100] * (longest - len(each.labels))] for each in clips])


def _clip(example: Example) -> Clip:
    text = "" if has_digits(example.text) else spelled(example.text, example.language)
    altered = bool(example.augmentation)
    return Clip(example.id, example.pcm, text, example.language, example.source, altered)


def _at_speed(samples: Samples, percent: int) -> Samples:
    """The samples at `percent` of the speed, with the pitch changed alike."""
    if percent == 100:
        return samples
    changed = resample(torch.from_numpy(samples), percent, 100)
    return np.asarray(changed.numpy(), np.float32)
