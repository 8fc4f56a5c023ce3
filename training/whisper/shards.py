"""Recordings with transcripts out of shards, as Whisper is fine-tuned on them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from preprocessing.shards import Split, read
from preprocessing.speech_data import spread
from training.whisper.audio import LONGEST_S, Said, Sound


def read_said(folder: Path, split: Split, languages: Sequence[str], most: int) -> list[Said]:
    """At most `most` clips of each language, spread over the split; none over LONGEST_S.

    Augmented copies are read from the training split only. All clips of a language are in memory
    while it is read, 115 MB for an hour of speech. Raises NoShards for a split that isn't there.
    """
    found: list[Said] = []
    for language in languages:
        examples = read(folder, split, [language], augmented=split == "train")
        clips = [
            Said(Sound(each.pcm, language), each.text.strip())
            for each in examples
            if each.seconds <= LONGEST_S
        ]
        found += spread(clips, min(most, len(clips)))
    return found
