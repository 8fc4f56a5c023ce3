"""The interface of Whisper's backends, and what they share: limits, reuse of encoder output."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from typing import Protocol

import numpy as np

from sentivox.engines.language_id.head import Floats
from sentivox.engines.protocols import RecognitionItem
from sentivox.engines.whisper.fallback import DecodingPass
from sentivox.engines.whisper.hypothesis import Hypothesis
from sentivox.types import Pcm

EncodeClips = Callable[[Sequence[Pcm], float], Sequence[Floats]]
"""Encodes clips with silence after them, so many seconds in all: (positions, width) each."""


class WhisperEngine(Protocol):
    """A backend: encodes windows and decodes their text."""

    mixes_contexts: bool
    """Whether windows of different context lengths may share a batch."""

    def decode(
        self,
        items: Sequence[RecognitionItem],
        contexts: Sequence[float],
        decoding_pass: DecodingPass,
    ) -> list[Hypothesis]:
        """One hypothesis per item, in order.

        `contexts` are the windows' lengths with context padding, in seconds: all the same unless
        the engine mixes them. Where the temperature isn't 0, the beam size is 1. All items have as
        many prompt tokens, and either all are live speech or none is.
        """


def encode_items(
    items: Sequence[RecognitionItem],
    contexts: Sequence[float],
    encoder: str,
    encode: EncodeClips,
) -> list[Floats]:
    """The encoder output of each item, float32 (positions, width).

    Shared encoder output of the same `encoder` and context is reused. Windows with the same context
    are encoded together.
    """
    outputs: dict[int, Floats] = {}
    to_encode: defaultdict[float, list[int]] = defaultdict(list)
    for row, (item, context_s) in enumerate(zip(items, contexts, strict=True)):
        shared = item.encoder_output
        if shared and (shared.encoder, shared.context_s) == (encoder, context_s):
            outputs[row] = shared.states.astype(np.float32, copy=False)
        else:
            to_encode[context_s].append(row)
    for context_s, rows in to_encode.items():
        clips = [items[row].window.pcm for row in rows]
        outputs |= zip(rows, encode(clips, context_s), strict=True)
    return [outputs[row] for row in range(len(items))]
