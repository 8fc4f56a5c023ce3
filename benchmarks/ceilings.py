"""What this machine could do with a workload; see ceiling.py."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tokenizers import Tokenizer

from benchmarks.ceiling import bytes_per_second, ceiling, precisions
from benchmarks.system import THREADS, WEIGHTS, Sound
from sentivox.types import WINDOW_SECONDS
from sentivox.weights.resolve import resolve

BATCHES = (1, 8)
COMPARED = "int8, batch 8, own length"
"""The one that systems are held against."""


def ceilings(sounds: Sequence[Sound]) -> dict[str, Any]:
    """Audio seconds per second, by precision, batch and padding."""
    seconds, tokens = windows(sounds)
    bytes_per_s = bytes_per_second(THREADS)
    found = precisions(THREADS)
    return {
        "threads": THREADS,
        "gb_per_s": round(bytes_per_s / 1e9, 1),
        "gflop_per_s": {name: round(each.flops_per_s / 1e9, 1) for name, each in found.items()},
        "audio_seconds_per_second": {
            f"{name}, batch {batch}, {'padded' if padded else 'own length'}": round(
                ceiling(seconds, tokens, each, bytes_per_s, batch, padded), 1
            )
            for name, each in found.items()
            for batch in BATCHES
            for padded in (True, False)
        },
    }


def windows(sounds: Sequence[Sound]) -> tuple[list[float], list[float]]:
    """Seconds and tokens of each window, as many as every file at least needs."""
    tokenizer = Tokenizer.from_file(str(resolve(WEIGHTS) / "tokenizer.json"))
    seconds: list[float] = []
    tokens: list[float] = []
    for sound in sounds:
        count = -int(-sound.seconds // WINDOW_SECONDS)
        words = tokenizer.encode(sound.transcript, add_special_tokens=False).ids
        seconds += [sound.seconds / count] * count
        tokens += [len(words) / count] * count
    return seconds, tokens
