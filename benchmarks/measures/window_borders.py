"""Words that are lost or doubled near the borders between windows of a recording."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import jiwer

from benchmarks.inputs.paced_speech import Spoken
from benchmarks.measures.text import normalized

NEAR_S = 1.0
"""Largest distance of a word from a border that counts as near, in seconds."""


@dataclass(frozen=True, slots=True)
class BorderErrors:
    """Lost and doubled words near borders, and elsewhere."""

    borders: int
    near: int
    """Reference words within NEAR_S of a border."""
    lost_near: int
    doubled_near: int
    elsewhere: int
    lost_elsewhere: int
    doubled_elsewhere: int


@dataclass(frozen=True, slots=True)
class _ReferenceWord:
    word: str
    at: float
    """Time in seconds; the words of a clip are assumed to have equal lengths."""


def border_errors(spoken: Sequence[Spoken], text: str, borders: Sequence[float]) -> BorderErrors:
    """Compares `text` with the words of `spoken`; `borders` between windows are in seconds."""
    reference = _reference(spoken)
    words = normalized(text).split()
    lost, doubled = _lost_and_doubled([each.word for each in reference], words)
    near = {
        place
        for place, word in enumerate(reference)
        if any(abs(word.at - border) <= NEAR_S for border in borders)
    }
    return BorderErrors(
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


def _lost_and_doubled(reference: list[str], words: list[str]) -> tuple[set[int], list[int]]:
    """Indices in the reference: of words without a counterpart, and of inserted words that repeat
    their neighbours.
    """
    aligned = jiwer.process_words(" ".join(reference), " ".join(words)).alignments[0]
    lost: set[int] = set()
    doubled: list[int] = []
    for chunk in aligned:
        if chunk.type == "delete":
            lost.update(range(chunk.ref_start_idx, chunk.ref_end_idx))
        elif chunk.type == "insert":
            begin, end = chunk.hyp_start_idx, chunk.hyp_end_idx
            added = words[begin:end]
            if added in (words[begin - len(added) : begin], words[end : end + len(added)]):
                doubled += [min(chunk.ref_start_idx, len(reference) - 1)] * len(added)
    return lost, doubled
