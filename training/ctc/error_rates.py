"""Word and character error rates of groups of clips."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import jiwer

from training.ctc.clips import Clip

LENGTHS = ((2.0, "< 2 s"), (5.0, "2-5 s"), (10.0, "5-10 s"), (float("inf"), "> 10 s"))


@dataclass(frozen=True, slots=True)
class Transcribed:
    """A clip and its recognised text."""

    clip: Clip
    text: str
    """Recognised letters and spaces, normalised like `clip.text`."""


@dataclass(frozen=True, slots=True)
class Rates:
    """Error rates of a group of clips."""

    clips: int
    seconds: float
    wer: float
    cer: float


def rates(transcribed: Sequence[Transcribed]) -> Rates:
    """WER and CER of all clips together."""
    reference = [each.clip.text for each in transcribed]
    recognised = [each.text for each in transcribed]
    return Rates(
        clips=len(transcribed),
        seconds=round(sum(each.clip.seconds for each in transcribed), 1),
        wer=round(float(jiwer.wer(reference, recognised)), 4),
        cer=round(float(jiwer.cer(reference, recognised)), 4),
    )


def rates_by(transcribed: Iterable[Transcribed], key: Callable[[Clip], str]) -> dict[str, Rates]:
    """Error rates of the groups of clips with equal keys."""
    groups: dict[str, list[Transcribed]] = {}
    for each in transcribed:
        groups.setdefault(key(each.clip), []).append(each)
    return {name: rates(groups[name]) for name in sorted(groups)}


def mean_cer(transcribed: Sequence[Transcribed]) -> float:
    """CER as a mean over languages, so that the language with most clips doesn't dominate."""
    by_language = rates_by(transcribed, lambda clip: clip.language).values()
    return sum(each.cer for each in by_language) / len(by_language)


def length(clip: Clip) -> str:
    """Name of the clip's range of lengths."""
    return next(name for most, name in LENGTHS if clip.seconds < most)
