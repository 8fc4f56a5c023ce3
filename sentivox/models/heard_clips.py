"""What a layer of Whisper's decoder looks at: the sound of some clips, each as long as it is.

Reading keys and values is most of the time of a step: 1,500 positions are 6 MB a layer in single
precision. So they are in bfloat16 on processors that multiply it, and nobody is padded: clips of
like length are multiplied together, and those of other lengths by themselves.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from copy import copy

import torch

from sentivox.models.processor import BFLOAT16
from sentivox.models.whisper_ear import Part

HEAD_WIDTH = 64
"""Of every Whisper model."""

KEYS_DTYPE = torch.bfloat16 if BFLOAT16 else torch.float32


class HeardClips:
    def __init__(
        self, encoded: Sequence[torch.Tensor], project: Callable[[torch.Tensor], torch.Tensor]
    ) -> None:
        """`encoded` is what the encoder made of each: (positions, width); `project` makes keys and
        values of it, side by side.
        """
        alike: defaultdict[int, list[int]] = defaultdict(list)
        for row, states in enumerate(encoded):
            alike[len(states)].append(row)
        # One by one: of half a minute the projection takes 6 MB more than what is kept of it.
        made = [_keys_and_values(project(states[None])) for states in encoded]
        self._groups = [
            (
                rows,
                torch.cat([made[row][0] for row in rows]),
                torch.cat([made[row][1] for row in rows]),
            )
            for rows in alike.values()
        ]

    @property
    def heads(self) -> int:
        return self._groups[0][1].shape[1]

    def parts(self, parts: Sequence[Part]) -> HeardClips:
        """As if these parts of the clips were clips. In float32: of products in bfloat16 torch
        keeps a megabyte for every length that it meets, and parts have all lengths.
        """
        places = {row: (group, at) for group in self._groups for at, row in enumerate(group[0])}
        found = copy(self)
        found._groups = []
        for row, (clip, first, end) in enumerate(parts):
            (_, keys, values), at = places[clip]
            own = (each[at, None, :, first:end].float() for each in (keys, values))
            found._groups.append(([row], *own))
        return found

    def attended(self, queries: torch.Tensor) -> torch.Tensor:
        """What each clip's tokens find in its sound: (clips, tokens, width) -> the same."""
        if len(self._groups) == 1:
            [(_, keys, values)] = self._groups
            return _attended(queries, keys, values)
        found = torch.empty_like(queries)
        for rows, keys, values in self._groups:
            found[rows] = _attended(queries[rows], keys, values)
        return found

    def keep(self, rows: Sequence[int]) -> None:
        """These alone from now on, in this order."""
        places = {row: place for place, row in enumerate(rows)}
        groups = []
        for own, keys, values in self._groups:
            left = [at for at, row in enumerate(own) if row in places]
            if len(left) < len(own):
                keys, values = keys[left], values[left]
            if left:
                groups.append(([places[own[at]] for at in left], keys, values))
        self._groups = groups


def _keys_and_values(both: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """(clips, positions, twice the width) -> twice (clips, heads, positions, HEAD_WIDTH)."""
    keys, values = (split_heads(each).to(KEYS_DTYPE).contiguous() for each in both.chunk(2, -1))
    return keys, values


def _attended(queries: torch.Tensor, keys: torch.Tensor, values: torch.Tensor) -> torch.Tensor:
    """Two products and what is between them: for a query or a few that is twice as fast as torch's
    own attention.
    """
    scores = split_heads(queries * HEAD_WIDTH**-0.5).to(keys.dtype) @ keys.transpose(2, 3)
    mixed = scores.softmax(-1) @ values
    return mixed.transpose(1, 2).flatten(2).to(queries.dtype)


def split_heads(x: torch.Tensor) -> torch.Tensor:
    """(clips, positions, width) -> (clips, heads, positions, HEAD_WIDTH)."""
    return x.unflatten(-1, (-1, HEAD_WIDTH)).transpose(1, 2)
