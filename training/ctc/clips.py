"""Clips of speech with their labels, out of shards, and what is heard of them in training.

All are kept in memory, 115 MB an hour of speech.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torchaudio.functional import resample

from preprocessing.shards import Example, Split, read
from sentivox.engines.ctc.network import FULL_SCALE, Features, Frames, Samples
from sentivox.errors import InvalidRequest
from sentivox.types import SAMPLE_RATE, Pcm
from training.ctc.options import CtcOptions
from training.ctc.vocabulary import Table, frames_needed, has_digits, labels, spelled

ROOM_LEVEL = 3e-4
"""Of full scale: a quiet room, put before and behind clips."""
LONGEST_SECONDS = 20.0


@dataclass(frozen=True, slots=True, eq=False)
class Clip:
    id: str
    pcm: Pcm
    text: str
    """As `spelled` gives it."""
    language: str
    source: str
    altered: bool
    """Whether it's a copy, at another speed for instance."""

    @property
    def seconds(self) -> float:
        return len(self.pcm) / SAMPLE_RATE


@dataclass(frozen=True, slots=True, eq=False)
class LabelledClip:
    clip: Clip
    labels: tuple[int, ...]

    @property
    def seconds(self) -> float:
        return self.clip.seconds


def read_clips(folder: Path, split: Split, languages: Collection[str]) -> list[Clip]:
    """Those that can be learnt from: no digits, some letters, at most LONGEST_SECONDS.

    Raises InvalidRequest when a language has none.
    """
    augmented = split == "train"
    examples = read(folder, split, languages, augmented=augmented)
    clips = [clip for clip in map(_clip, examples) if clip.text and clip.seconds <= LONGEST_SECONDS]
    if missing := sorted(set(languages) - {clip.language for clip in clips}):
        raise InvalidRequest(
            f"The shards in '{folder}' have nothing in '{split}' for {', '.join(missing)}. Leave "
            "the language out, or add clips of it."
        )
    return clips


def labelled(clips: Sequence[Clip], table: Table, frames: Frames) -> list[LabelledClip]:
    """Without those that have letters the table lacks, or more than their frames can spell."""
    kept = []
    for clip in clips:
        outputs = labels(clip.text, table)
        if outputs and frames_needed(outputs) <= frames.count(len(clip.pcm)):
            kept.append(LabelledClip(clip, tuple(outputs)))
    return kept


@dataclass(frozen=True, slots=True)
class Hearing:
    """How a clip sounds in training: each time a little otherwise."""

    options: CtcOptions
    features: Features
    frames: Frames
    speeds: bool
    """False where the shards have copies at other speeds."""

    def of(self, labelled: LabelledClip, chance: np.random.Generator) -> Samples:
        """Samples as the network wants them, never too few for the labels."""
        options = self.options
        samples: Samples = labelled.clip.pcm.astype(np.float32) / np.float32(FULL_SCALE)
        if self.speeds:
            faster = _at_speed(samples, int(chance.choice(options.speeds)))
            if self.frames.count(len(faster)) >= frames_needed(labelled.labels):
                samples = faster
        margins = (chance.uniform(*options.margin_seconds, 2) * SAMPLE_RATE).astype(int)
        before, behind = (chance.normal(0, ROOM_LEVEL, int(size)) for size in margins)
        wide = np.concatenate([before, samples, behind])
        heard = self.features.of((wide.clip(-1, 1) * (FULL_SCALE - 1)).astype(np.int16))
        noise = chance.normal(0, 1, len(heard)) * chance.choice(options.noise)
        return np.asarray(heard + noise, np.float32)


def changed_in_speed(clips: Sequence[Clip]) -> bool:
    return any(clip.altered for clip in clips)


def padded(clips: Sequence[Samples]) -> tuple[torch.Tensor, torch.Tensor]:
    """Samples and mask, both (clips, longest)."""
    longest = max(map(len, clips))
    samples = torch.from_numpy(np.stack([np.pad(x, (0, longest - len(x))) for x in clips]))
    mask = torch.arange(longest) < torch.tensor([len(x) for x in clips])[:, None]
    return samples, mask.long()


def padded_labels(clips: Sequence[LabelledClip]) -> torch.Tensor:
    """(clips, longest), -100 behind a text's end, as `Wav2Vec2ForCTC` has it."""
    longest = max(len(each.labels) for each in clips)
    return torch.tensor([[*each.labels, *[-100] * (longest - len(each.labels))] for each in clips])


def _clip(example: Example) -> Clip:
    text = "" if has_digits(example.text) else spelled(example.text, example.language)
    altered = bool(example.augmentation)
    return Clip(example.id, example.pcm, text, example.language, example.source, altered)


def _at_speed(samples: Samples, percent: int) -> Samples:
    """Higher too, as a tape that is played faster."""
    if percent == 100:
        return samples
    changed = resample(torch.from_numpy(samples), percent, 100)
    return np.asarray(changed.numpy(), np.float32)
