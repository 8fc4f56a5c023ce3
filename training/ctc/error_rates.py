"""Word and character error rates, by whatever clips have in common."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import jiwer

from training.ctc.clips import Clip

LENGTHS = ((2.0, "< 2 s"), (5.0, "2-5 s"), (10.0, "5-10 s"), (float("inf"), "> 10 s"))


@dataclass(frozen=True, slots=True)
class Heard:
    clip: Clip
    text: str
    """What was written of it; letters and spaces, as in `clip.text`."""


@dataclass(frozen=True, slots=True)
class Rates:
    clips: int
    seconds: float
    wer: float
    cer: float


def rates(heard: Sequence[Heard]) -> Rates:
    """Edits over the length of what was said, in words and in letters with spaces."""
    said, written = [each.clip.text for each in heard], [each.text for each in heard]
    return Rates(
        clips=len(heard),
        seconds=round(sum(each.clip.seconds for each in heard), 1),
        wer=round(float(jiwer.wer(said, written)), 4),
        cer=round(float(jiwer.cer(said, written)), 4),
    )


def rates_by(heard: Iterable[Heard], key: Callable[[Clip], str]) -> dict[str, Rates]:
    groups: dict[str, list[Heard]] = {}
    for each in heard:
        groups.setdefault(key(each.clip), []).append(each)
    return {name: rates(groups[name]) for name in sorted(groups)}


def mean_cer(heard: Sequence[Heard]) -> float:
    """The mean over languages, so that the one with most clips doesn't decide alone."""
    by_language = rates_by(heard, lambda clip: clip.language).values()
    return sum(each.cer for each in by_language) / len(by_language)


def length(clip: Clip) -> str:
    return next(name for most, name in LENGTHS if clip.seconds < most)
