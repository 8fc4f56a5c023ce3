"""Labelled clips of shards, for fine-tuning Whisper."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from preprocessing.shards import Split, read
from preprocessing.speech_data import spread
from training.whisper.audio import MAX_SECONDS, AudioClip, LabelledAudio


def read_labelled(
    folder: Path, split: Split, languages: Sequence[str], most: int
) -> list[LabelledAudio]:
    """At most `most` clips of each language, spread over the split; none over MAX_SECONDS.

    Augmented copies are read from the training split only. All clips of a language are in memory
    while it is read, 115 MB for an hour of speech. Raises NoShards for a split that isn't there.
    """
    labelled: list[LabelledAudio] = []
    for language in languages:
        examples = read(folder, split, [language], augmented=split == "train")
        clips = [
            LabelledAudio(AudioClip(each.pcm, language), each.text.strip())
            for each in examples
            if each.seconds <= MAX_SECONDS
        ]
        labelled += spread(clips, min(most, len(clips)))
    return labelled
