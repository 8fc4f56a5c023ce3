"""RTFx and model FLOPs utilisation of Whisper by torch on a GPU, in this process.

    python -m benchmarks.gpu_engine
    python -m benchmarks.gpu_engine --shapes base --batches 1 64 --workers 2

Weights are random in the shape of a model, with a fixed number of tokens
(benchmarks/inputs/shaped_weights.py). The audio is noise, 28 s in each window. A batch goes through
the recogniser as in a server, from 16-bit samples to segments. MFU is the rate of the model's
floating point operations as a share of what a large bfloat16 product reaches on this GPU.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import product
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import torch
from rich.console import Console
from rich.table import Table

from benchmarks.inputs.shaped_weights import SHAPES, WhisperShape, write_weights
from benchmarks.measures.outcome import RESULTS, header, record, show
from sentivox.engines.loading import load_recognizer
from sentivox.engines.protocols import RecognitionItem, Recognizer
from sentivox.settings import RecognitionSettings
from sentivox.types import SAMPLE_RATE, RecognitionOptions, SpeechWindow

SECONDS = 28.0
POSITIONS = 1500
FLOPS = 2
MATRIX = 8192
REPETITIONS = 20
MIB = 1 << 20
COLUMNS = ("batch size", "concurrent batches", "ms per batch", "RTFx", "MFU", "GPU MiB")


def window_flops(shape: WhisperShape, tokens: int) -> float:
    """Multiplications and additions for 30 s, as in benchmarks/capacity/ceiling.py."""
    width = shape.width
    each = (
        shape.encoder_layers * (12 * width**2 + 2 * width * POSITIONS)
        + 3 * (2 * shape.mels * width + width**2)
        + shape.decoder_layers * 2 * width**2
    )
    token = (
        shape.decoder_layers * (14 * width**2 + 2 * width * POSITIONS) + shape.vocabulary * width
    )
    return FLOPS * (POSITIONS * each + tokens * token)


def card_flops() -> float:
    """Operations per second of a large product in bfloat16."""
    left, right = (torch.randn(MATRIX, MATRIX, device="cuda").bfloat16() for _ in range(2))
    took = []
    for _ in range(REPETITIONS):
        torch.cuda.synchronize()
        began = time.perf_counter()
        left @ right
        torch.cuda.synchronize()
        took.append(time.perf_counter() - began)
    return FLOPS * MATRIX**3 / median(took)


def items(count: int) -> list[RecognitionItem]:
    """Windows of noise."""
    random = np.random.default_rng(0)
    return [
        RecognitionItem(
            SpeechWindow(
                index, 0.0, (random.normal(size=round(SECONDS * SAMPLE_RATE)) * 1000).astype("i2")
            ),
            RecognitionOptions("en"),
        )
        for index in range(count)
    ]


def seconds_a_batch(
    recognizer: Recognizer, batch: Sequence[RecognitionItem], workers: int, least_s: float
) -> float:
    """Seconds per batch with `workers` concurrent batches, after one of each that isn't counted."""
    with ThreadPoolExecutor(workers) as pool:
        list(pool.map(recognizer.transcribe, [batch] * workers))
        began = time.perf_counter()
        done = 0
        while time.perf_counter() - began < least_s:
            list(pool.map(recognizer.transcribe, [batch] * 2 * workers))
            done += 2 * workers
        return (time.perf_counter() - began) / done


def rows(
    shape: WhisperShape, arguments: argparse.Namespace, most_flops: float, console: Console
) -> list[dict[str, Any]]:
    """The rows of one shape, for all batch sizes and workers."""
    found = []
    with tempfile.TemporaryDirectory() as folder:
        write_weights(Path(folder), shape, arguments.tokens, torch.bfloat16)
        recognizer = load_recognizer(
            RecognitionSettings(
                engine="torch",
                model=folder,
                device="cuda",
                compute_type="bfloat16",
                threads=1,
            )
        )
    for workers, count in product(arguments.workers, arguments.batches):
        torch.cuda.empty_cache()
        torch.cuda.reset_peak_memory_stats()
        took = seconds_a_batch(recognizer, items(count), workers, arguments.seconds)
        flops = count * window_flops(shape, arguments.tokens)
        found.append(
            {
                "shape": shape.name,
                "windows": count,
                "workers": workers,
                "batch_seconds": round(took, 4),
                "rtfx": round(count * SECONDS / took),
                "mfu": round(flops / took / most_flops, 3),
                "gpu_memory_mib": torch.cuda.max_memory_reserved() // MIB,
            }
        )
        console.log(found[-1])
    return found


def main(argv: Sequence[str]) -> int:
    arguments = _parser().parse_args(argv)
    console = Console(stderr=True)
    most_flops = card_flops()
    found = [
        row
        for name in arguments.shapes
        for row in rows(SHAPES[name], arguments, most_flops, console)
    ]
    show(_table(found))
    result = {
        **header("gpu_engine", argv),
        "card": torch.cuda.get_device_name(),
        "tflop_per_s": round(most_flops / 1e12, 1),
        "tokens": arguments.tokens,
        "window_seconds": SECONDS,
        "rows": found,
    }
    record(result, arguments.output)
    return 0


def _table(found: Sequence[dict[str, Any]]) -> Table:
    table = Table("shape", *COLUMNS)
    for row in found:
        table.add_row(
            row["shape"],
            str(row["windows"]),
            str(row["workers"]),
            f"{1000 * row['batch_seconds']:.1f}",
            str(row["rtfx"]),
            f"{row['mfu']:.1%}",
            str(row["gpu_memory_mib"]),
        )
    return table


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--shapes", nargs="+", choices=list(SHAPES), default=list(SHAPES))
    parser.add_argument("--batches", nargs="+", type=int, default=[1, 2, 4, 8, 16, 32, 64])
    parser.add_argument("--workers", nargs="+", type=int, default=[1, 2])
    parser.add_argument("--tokens", type=int, default=100, help="tokens of each window's text")
    parser.add_argument("--seconds", type=float, default=1.5, help="length of each measurement")
    parser.add_argument(
        "--output", type=Path, default=RESULTS / "gpu-engine.json", help="file for the results"
    )
    return parser


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
