"""The RTFx that this machine's arithmetic and memory allow for a workload; see ceiling.py."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tokenizers import Tokenizer

from benchmarks.capacity.ceiling import bytes_per_second, ceiling, precisions
from benchmarks.systems.system import THREADS, WEIGHTS, AudioFile
from sentivox.types import WINDOW_SECONDS
from sentivox.weights.resolve import resolve

BATCH_SIZES = (1, 8)
COMPARED = "int8, batch 8, own length"
"""The ceiling that systems are compared with."""


def ceilings(files: Sequence[AudioFile]) -> dict[str, Any]:
    """RTFx by compute type, batch size and padding, with the measures that it follows from."""
    seconds, tokens = windows(files)
    bytes_per_s = bytes_per_second(THREADS)
    found = precisions(THREADS)
    return {
        "threads": THREADS,
        "gb_per_s": round(bytes_per_s / 1e9, 1),
        "gflop_per_s": {name: round(each.flops_per_s / 1e9, 1) for name, each in found.items()},
        "rtfx": {
            f"{name}, batch {batch}, {'padded' if padded else 'own length'}": round(
                ceiling(seconds, tokens, each, bytes_per_s, batch, padded), 1
            )
            for name, each in found.items()
            for batch in BATCH_SIZES
            for padded in (True, False)
        },
    }


def windows(files: Sequence[AudioFile]) -> tuple[list[float], list[float]]:
    """Seconds and tokens of each window, with as few windows per file as possible."""
    tokenizer = Tokenizer.from_file(str(resolve(WEIGHTS) / "tokenizer.json"))
    seconds: list[float] = []
    tokens: list[float] = []
    for file in files:
        count = -int(-file.seconds // WINDOW_SECONDS)
        words = tokenizer.encode(file.transcript, add_special_tokens=False).ids
        seconds += [file.seconds / count] * count
        tokens += [len(words) / count] * count
    return seconds, tokens
