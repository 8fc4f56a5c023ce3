"""The sound of some clips, each as long as it is, for all layers of Whisper's decoder.

Nobody is padded: clips of like length are looked at together, and those of other lengths by
themselves.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

import torch

from sentivox.engines.processor import EIGHT_BITS
from sentivox.engines.whisper.backends.cpu_int8.cross_attention import (
    Float32CrossAttention,
    Int8CrossAttention,
)
from sentivox.engines.whisper.encoder import EncoderSpan

HEAD_WIDTH = 64
"""Of every Whisper model."""

FEW_POSITIONS = 400
"""Eight bits save nothing there (docs/log.md)."""

Sound = Float32CrossAttention | Int8CrossAttention
_Group = tuple[list[int], Sound]
"""Which clips, and what they sound like."""


class EncoderOutputs:
    def __init__(self, groups: Sequence[_Group]) -> None:
        self._groups = groups
        self._rows = [_rows(clips) for clips, _ in groups]

    @classmethod
    def of(cls, encoded: Sequence[torch.Tensor]) -> EncoderOutputs:
        """`encoded` is what the encoder made of each: (positions, width)."""
        alike: defaultdict[int, list[int]] = defaultdict(list)
        for row, states in enumerate(encoded):
            alike[len(states)].append(row)
        return cls(
            [
                (rows, _sound(torch.stack([encoded[row] for row in rows]).float()))
                for rows in alike.values()
            ]
        )

    def parts(self, parts: Sequence[EncoderSpan]) -> EncoderOutputs:
        """As if these parts of the clips were clips."""
        places = {row: (sound, at) for rows, sound in self._groups for at, row in enumerate(rows)}
        groups: list[_Group] = []
        for row, (clip, first, end) in enumerate(parts):
            sound, at = places[clip]
            groups.append(([row], sound.part(at, first, end)))
        return EncoderOutputs(groups)

    def attended(self, queries: torch.Tensor) -> torch.Tensor:
        """What each clip's queries find in its sound: (clips, queries, width) -> the same."""
        if len(self._groups) == 1 and isinstance(self._rows[0], slice):
            [(_, sound)] = self._groups
            return sound.attended(queries)
        found = torch.empty_like(queries)
        for rows, (_, sound) in zip(self._rows, self._groups, strict=True):
            found[rows] = sound.attended(queries[rows])
        return found

    def kept(self, rows: Sequence[int]) -> EncoderOutputs:
        """These alone, in this order."""
        places = {row: place for place, row in enumerate(rows)}
        groups: list[_Group] = []
        for own, sound in self._groups:
            left = [at for at, row in enumerate(own) if row in places]
            if left:
                some = sound if len(left) == len(own) else sound.kept(left)
                groups.append(([places[own[at]] for at in left], some))
        return EncoderOutputs(groups)


def _rows(clips: list[int]) -> slice | torch.Tensor:
    """For indexing, which happens in every layer: without a copy where they follow each other."""
    first, end = clips[0], clips[0] + len(clips)
    return slice(first, end) if clips == list(range(first, end)) else torch.tensor(clips)


def _sound(states: torch.Tensor) -> Sound:
    """Of clips of one length: (clips, positions, width)."""
    if EIGHT_BITS and states.shape[1] > FEW_POSITIONS:
        return Int8CrossAttention.of(states)
    return Float32CrossAttention(states)
