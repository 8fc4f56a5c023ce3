"""Key-value cache with several paths of one text."""

from __future__ import annotations

import torch

from sentivox.engines.whisper.backends.cpu_int8.cross_attention import cross_attention
from sentivox.engines.whisper.backends.cpu_int8.key_value_cache import KeyValueCache
from sentivox.engines.whisper.backends.cpu_int8.layer_weights import HEAD_WIDTH

HEADS = 2


def cache() -> KeyValueCache:
    encoded = cross_attention(torch.zeros(4, HEADS * HEAD_WIDTH))
    return KeyValueCache(encoded, layers=1, heads=HEADS, max_tokens=9, max_rows=3)


def read(cache: KeyValueCache, tokens: torch.Tensor) -> torch.Tensor:
    """Reads the projected states of new tokens."""
    attended = cache.self_attention(0, tokens)
    cache.length += len(tokens) // cache.rows
    return attended


def test_a_path_attends_to_its_own_tokens() -> None:
    torch.manual_seed(0)
    first, *steps = torch.randn(4, 3, 3 * HEADS * HEAD_WIDTH)
    found = expected = first
    several = cache()
    read(several, first)
    for step, rows in zip(steps, [[0, 0, 0], [0, 2, 1], [2, 0]], strict=True):
        several.follow(rows)
        found = read(several, step[: len(rows)])
    # The rows of each step that the last two paths consist of.
    for own, path in zip(found, [(1, 2, 0), (0, 0, 1)], strict=True):
        alone = cache()
        read(alone, first)
        for step, row in zip(steps, path, strict=True):
            expected = read(alone, step[row : row + 1])
        torch.testing.assert_close(own, expected[0])
