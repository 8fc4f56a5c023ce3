"""The RTFx of Whisper base that the arithmetic and memory bandwidth of this machine allow.

Arithmetic limits the encoder and the keys of cross-attention. Each step of the decoder reads all of
its weights once for a whole batch, and the keys once for each window, so it takes the longer of its
arithmetic and its memory traffic. A window is padded to 30 s, or has its own length.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median

import torch

from sentivox.engines.int8_linear import packed_linear
from sentivox.types import WINDOW_SECONDS

WIDTH = 512
INNER_WIDTH = 4 * WIDTH
LAYERS = 6
VOCABULARY = 51_865
MELS = 80
POSITIONS_PER_SECOND = 50
FLOPS = 2
"""A multiplication and an addition."""

ENCODER_PER_POSITION = FLOPS * LAYERS * 12 * WIDTH**2
"""Four square matrices of attention and the two of the inner layer, four times as wide: 37.7 MFLOP,
56.6 GFLOP in 30 s."""
ATTENTION_PER_PAIR = FLOPS * LAYERS * 2 * WIDTH
"""Scores and sums of two positions: 27.6 GFLOP in 30 s."""
CONVOLUTIONS_PER_POSITION = FLOPS * 3 * (2 * MELS * WIDTH + WIDTH**2)
"""The first one has twice as many positions: 3.1 GFLOP in 30 s, which makes 87.4 in all."""
CROSS_KEYS_PER_POSITION = FLOPS * LAYERS * 2 * WIDTH**2
"""Keys and values for every layer: 9.4 GFLOP in 30 s."""
TOKEN = FLOPS * (LAYERS * 14 * WIDTH**2 + VOCABULARY * WIDTH)
"""Operations of the decoder per token: eight square matrices' worth in the inner layer, four of
attention, two of cross-attention, and the vocabulary."""
DECODER_WEIGHTS = 48_500_000
"""Weights read for every token: 97 MB in half precision."""
CROSS_KEYS_NUMBERS = LAYERS * 2 * WIDTH
"""Numbers read for every position and token: 18.4 MB in half precision for 30 s."""

REPETITIONS = 9
MATRIX = (1500, WIDTH, INNER_WIDTH)
"""Rows, inner dimension and columns of the timed product: the largest of the encoder."""
COPIED_BYTES = 1 << 28
"""Bytes of the timed copy: much more than any cache."""


@dataclass(frozen=True, slots=True)
class Precision:
    """A compute type, and the arithmetic that this machine reaches in it."""

    flops_per_s: float
    weight_bytes: int
    state_bytes: int
    """Bytes of a number in a key or a value."""


def ceiling(
    seconds: Sequence[float],
    tokens: Sequence[float],
    precision: Precision,
    bytes_per_s: float,
    batch: int,
    padded: bool = True,
) -> float:
    """RTFx for windows of these lengths and numbers of tokens, decoded `batch` at a time."""
    took = sum(
        _window(WINDOW_SECONDS if padded else length, count, precision, bytes_per_s, batch)
        for length, count in zip(seconds, tokens, strict=True)
    )
    return sum(seconds) / took


def _window(
    context_s: float, tokens: float, precision: Precision, bytes_per_s: float, batch: int
) -> float:
    """Seconds for one window."""
    positions = context_s * POSITIONS_PER_SECOND
    decoder = tokens * (TOKEN + ATTENTION_PER_PAIR * positions)
    read = tokens * (
        DECODER_WEIGHTS * precision.weight_bytes / batch
        + CROSS_KEYS_NUMBERS * positions * precision.state_bytes
    )
    return encoder_flops(context_s) / precision.flops_per_s + max(
        decoder / precision.flops_per_s, read / bytes_per_s
    )


def encoder_flops(context_s: float) -> float:
    """Operations of the encoder, and of the cross-attention keys and values, for one window."""
    positions = context_s * POSITIONS_PER_SECOND
    each = ENCODER_PER_POSITION + CONVOLUTIONS_PER_POSITION + CROSS_KEYS_PER_POSITION
    return positions * (each + ATTENTION_PER_PAIR * positions)


def precisions(threads: int) -> dict[str, Precision]:
    """Compute types by name, measured with torch."""
    torch.set_num_threads(threads)
    rows, shared, columns = MATRIX
    inputs, weights = torch.randn(rows, shared), torch.randn(columns, shared)
    short_inputs, short_weights = inputs.bfloat16(), weights.bfloat16()
    quantized = packed_linear(weights, None)
    linear = torch.nn.functional.linear
    work = FLOPS * rows * shared * columns
    with torch.inference_mode():
        return {
            "float32": Precision(work / _seconds(lambda: linear(inputs, weights)), 4, 4),
            "bfloat16": Precision(
                work / _seconds(lambda: linear(short_inputs, short_weights)), 2, 2
            ),
            # CTranslate2 quantizes weights alone.
            "int8": Precision(work / _seconds(lambda: quantized(inputs)), 1, 4),
        }


def bytes_per_second(threads: int) -> float:
    """Memory bandwidth: bytes that a copy reads and writes per second."""
    torch.set_num_threads(threads)
    source = torch.ones(COPIED_BYTES, dtype=torch.uint8)
    target = torch.empty_like(source)
    return 2 * COPIED_BYTES / _seconds(lambda: target.copy_(source))


def _seconds(do: Callable[[], object]) -> float:
    """Median time of several calls, after one that isn't counted."""
    do()
    took = []
    for _ in range(REPETITIONS):
        began = time.perf_counter()
        do()
        took.append(time.perf_counter() - began)
    return median(took)
