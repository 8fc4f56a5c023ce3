"""A checker of the rules for subtitles, and segments to make them of."""

from __future__ import annotations

import re
import unicodedata
from itertools import pairwise

import pysubs2

from sentivox.types import TranscribedSegment, Word

FAST_SHARE = 1.25
"""Speech that is faster than anyone reads is shown this much faster than the rule says, at most."""


def segment(text: str, start: float, end: float, *, timed: bool = False) -> TranscribedSegment:
    """A segment whose words, if `timed`, are all equally long."""
    names = text.split()
    step = (end - start) / max(1, len(names))
    words = tuple(
        Word(f" {name}", start + number * step, start + (number + 1) * step, 0.9)
        for number, name in enumerate(names)
    )
    return TranscribedSegment(start, end, text, "en", words=words if timed else ())


def check_rules(subtitles: str, *, fast: bool = False) -> list[str]:
    """What breaks the rules in a SubRip or WebVTT file; `fast` allows for very fast speech."""
    kind = "vtt" if subtitles.startswith("WEBVTT") else "srt"
    cues = list(pysubs2.SSAFile.from_string(subtitles, format_=kind))
    broken = []
    for cue in cues:
        lines = cue.plaintext.split("\n")
        text = re.sub(r"^\w+: ", "", " ".join(lines))
        seconds = (cue.end - cue.start) / 1000
        if len(lines) > 2:
            broken.append(f"{len(lines)} lines: {lines}")
        broken += [f"{columns(line)} columns: {line}" for line in lines if columns(line) > 42]
        wide = columns(text) - len(text)
        needed = (len(text) - wide) / 17 + wide / 9
        if needed > seconds * (FAST_SHARE if fast else 1) + 0.002:
            broken.append(f"{needed:.2f} s to read in {seconds:.2f}: {text}")
        if not 0.799 <= seconds <= 7.001:
            broken.append(f"{seconds} s: {text}")
    broken += [
        f"overlap at {second.start}" for first, second in pairwise(cues) if first.end > second.start
    ]
    return broken


def columns(text: str) -> int:
    return sum(1 + (unicodedata.east_asian_width(letter) in "WF") for letter in text)
