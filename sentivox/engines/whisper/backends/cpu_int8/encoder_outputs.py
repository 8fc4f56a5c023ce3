"""Encoder outputs of clips of any length, for all layers of the decoder.

Nothing is padded: clips of the same length are attended to together, and those of other lengths in
groups of their own.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

import torch

from sentivox.engines.processor import HAS_VNNI
from sentivox.engines.whisper.backends.cpu_int8.cross_attention import (
    Float32CrossAttention,
    Int8CrossAttention,
)
from sentivox.engines.whisper.encoder import EncoderSpan

HEAD_WIDTH = 64
"""Width of an attention head in every Whisper model."""

MIN_INT8_POSITIONS = 400
"""Shorter encoder outputs are as fast in float32 (docs/log.md)."""

CrossAttentions = Float32CrossAttention | Int8CrossAttention
_Group = tuple[list[int], CrossAttentions]
"""Rows of clips of one length, and their encoder outputs."""


class EncoderOutputs:
    """The encoder outputs of one batch."""

    def __init__(self, groups: Sequence[_Group]) -> None:
        self._groups = groups
        self._rows = [_index(clips) for clips, _ in groups]

    @classmethod
    def of(cls, encoded: Sequence[torch.Tensor]) -> EncoderOutputs:
        """`encoded` has the encoder output of each clip, (positions, width)."""
        by_length: defaultdict[int, list[int]] = defaultdict(list)
        for row, states in enumerate(encoded):
            by_length[len(states)].append(row)
        return cls(
            [
                (rows, _cross_attention(torch.stack([encoded[row] for row in rows]).float()))
                for rows in by_length.values()
            ]
        )

    def parts(self, parts: Sequence[EncoderSpan]) -> EncoderOutputs:
        """Parts of the clips, as clips of their own."""
        places = {row: (group, at) for rows, group in self._groups for at, row in enumerate(rows)}
        groups: list[_Group] = []
        for row, (clip, first, end) in enumerate(parts):
            group, at = places[clip]
            groups.append(([row], group.part(at, first, end)))
        return EncoderOutputs(groups)

    def attend(self, queries: torch.Tensor) -> torch.Tensor:
        """Weighted sums of each clip's encoder output; shapes as in `CrossAttention.attend`."""
        if len(self._groups) == 1 and isinstance(self._rows[0], slice):
            [(_, group)] = self._groups
            return group.attend(queries)
        sums = torch.empty_like(queries)
        for rows, (_, group) in zip(self._rows, self._groups, strict=True):
            sums[rows] = group.attend(queries[rows])
        return sums

    def kept(self, rows: Sequence[int]) -> EncoderOutputs:
        """A selection of the clips, in this order."""
        places = {row: place for place, row in enumerate(rows)}
        groups: list[_Group] = []
        for own, group in self._groups:
            left = [at for at, row in enumerate(own) if row in places]
            if left:
                some = group if len(left) == len(own) else group.kept(left)
                groups.append(([places[own[at]] for at in left], some))
        return EncoderOutputs(groups)


def _index(clips: list[int]) -> slice | torch.Tensor:
    """An index of these rows; a slice where they are consecutive, which needs no copy."""
    first, end = clips[0], clips[0] + len(clips)
    return slice(first, end) if clips == list(range(first, end)) else torch.tensor(clips)


def _cross_attention(states: torch.Tensor) -> CrossAttentions:
    """Encoder outputs of one length, (clips, positions, width)."""
    if HAS_VNNI and states.shape[1] > MIN_INT8_POSITIONS:
        return Int8CrossAttention.of(states)
    return Float32CrossAttention(states)
