"""Words that are lost or doubled where two windows of a recording meet."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import jiwer

from benchmarks.accuracy import normalized
from benchmarks.inputs.paced_speech import Spoken

NEAR_S = 1.0


@dataclass(frozen=True, slots=True)
class Seams:
    """What became of the words near a border, and of all others."""

    borders: int
    near: int
    """Words within NEAR_S of a border."""
    lost_near: int
    doubled_near: int
    elsewhere: int
    lost_elsewhere: int
    doubled_elsewhere: int


@dataclass(frozen=True, slots=True)
class _ReferenceWord:
    word: str
    at: float
    """Seconds; a clip's words are taken to be as long as each other."""


def seams(spoken: Sequence[Spoken], text: str, borders: Sequence[float]) -> Seams:
    """`text` against the words of `spoken`, with windows that end or begin at `borders` seconds."""
    reference = _reference(spoken)
    heard = normalized(text).split()
    lost, doubled = _lost_and_doubled([each.word for each in reference], heard)
    near = {
        place
        for place, word in enumerate(reference)
        if any(abs(word.at - border) <= NEAR_S for border in borders)
    }
    return Seams(
        borders=len(borders),
        near=len(near),
        lost_near=len(lost & near),
        doubled_near=sum(place in near for place in doubled),
        elsewhere=len(reference) - len(near),
        lost_elsewhere=len(lost - near),
        doubled_elsewhere=sum(place not in near for place in doubled),
    )


def _reference(spoken: Sequence[Spoken]) -> list[_ReferenceWord]:
    found = []
    for each in spoken:
        words = normalized(each.clip.transcript).split()
        step = (each.end - each.onset) / max(1, len(words))
        found += [
            _ReferenceWord(word, each.onset + (number + 0.5) * step)
            for number, word in enumerate(words)
        ]
    return found


def _lost_and_doubled(reference: list[str], heard: list[str]) -> tuple[set[int], list[int]]:
    """Places in the reference: of words without a counterpart, and of words too many that say
    again what stands beside them.
    """
    aligned = jiwer.process_words(" ".join(reference), " ".join(heard)).alignments[0]
    lost: set[int] = set()
    doubled: list[int] = []
    for chunk in aligned:
        if chunk.type == "delete":
            lost.update(range(chunk.ref_start_idx, chunk.ref_end_idx))
        elif chunk.type == "insert":
            begin, end = chunk.hyp_start_idx, chunk.hyp_end_idx
            added = heard[begin:end]
            if added in (heard[begin - len(added) : begin], heard[end : end + len(added)]):
                doubled += [min(chunk.ref_start_idx, len(reference) - 1)] * len(added)
    return lost, doubled
