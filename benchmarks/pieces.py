"""Time of the encoder and the decoder by themselves on this processor.

    python -m benchmarks.pieces
    python -m benchmarks.pieces --threads 2 --contexts 5 30

The weights of the local config over noise, by length of the context and batch size: the encoder in
int8 by CTranslate2 and in bfloat16 by torch, and CTranslate2's decoder over the same number of
tokens. Medians of five. Windows are encoded one by one and decoded in batches because of these
numbers.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

import ctranslate2
import numpy as np
import torch
from rich.table import Table

from benchmarks.measures.outcome import RESULTS, header, record, show
from benchmarks.systems.local_config import recognition
from sentivox.engines.whisper.backends.torch import layers as whisper_layers
from sentivox.engines.whisper.backends.torch.weights import load_whisper_model
from sentivox.engines.whisper.features import FRAMES_PER_SECOND
from sentivox.weights.resolve import resolve

MELS = 80
REPETITIONS = 5
PROMPT = (50258, 50259, 50359, 50363)
"""Tokens: start of transcript, English, transcribe, no timestamps."""
TOKENS = 20
MOST_S = 120.0
"""Most seconds of context in a batch."""


@dataclass(frozen=True, slots=True)
class Row:
    """Milliseconds per window at one length of the context and one batch size."""

    context_s: float
    windows: int
    encode_ms: float
    """The encoder in int8."""
    encode_bfloat16_ms: float
    prefill_ms: float
    """Cross-attention keys and values, and the prompt."""
    token_ms: float
    """One token."""


def row(whisper: ctranslate2.models.Whisper, half: Any, context_s: float, windows: int) -> Row:
    """The row of one length and batch size; `half` is the model in bfloat16."""
    shape = (windows, MELS, int(context_s * FRAMES_PER_SECOND))
    noise = np.random.default_rng(0).normal(size=shape).astype(np.float32)
    features = ctranslate2.StorageView.from_array(noise)
    halves = torch.from_numpy(noise).to(torch.bfloat16)
    encoded = whisper.encode(features, to_cpu=True)

    def by_torch() -> None:
        with torch.inference_mode():
            whisper_layers.encode(half, halves)

    def decode(tokens: int) -> None:
        whisper.generate(
            encoded,
            [list(PROMPT)] * windows,
            beam_size=1,
            max_length=len(PROMPT) + tokens,
            suppress_tokens=[whisper_end(whisper)],
        )

    first, many = _ms(partial(decode, 1)), _ms(partial(decode, 1 + TOKENS))
    return Row(
        context_s,
        windows,
        round(_ms(lambda: whisper.encode(features, to_cpu=True)) / windows, 1),
        round(_ms(by_torch) / windows, 1),
        round(first / windows, 1),
        round((many - first) / TOKENS / windows, 2),
    )


def whisper_end(whisper: ctranslate2.models.Whisper) -> int:
    """The end-of-text token; suppressing it makes every text as long as its maximum."""
    return PROMPT[0] - 1 if whisper.is_multilingual else PROMPT[0] - 2


def _ms(do: Callable[[], object]) -> float:
    """Median milliseconds of several calls, after one that isn't counted."""
    do()
    took = []
    for _ in range(REPETITIONS):
        began = time.perf_counter()
        do()
        took.append(1000 * (time.perf_counter() - began))
    return median(took)


def main(argv: Sequence[str]) -> int:
    arguments = _parser().parse_args(argv)
    torch.set_num_threads(arguments.threads)
    folder = resolve(recognition().model)
    whisper = ctranslate2.models.Whisper(
        str(folder), device="cpu", compute_type="int8", intra_threads=arguments.threads
    )
    half = load_whisper_model(folder, "bfloat16", "cpu").model
    table = Table("context s", "windows", "encode ms", "bfloat16 ms", "prefill ms", "token ms")
    rows = []
    for context_s in arguments.contexts:
        for windows in arguments.windows:
            if context_s * windows <= MOST_S:
                rows.append(row(whisper, half, context_s, windows))
                table.add_row(*(str(value) for value in asdict(rows[-1]).values()))
    show(table)
    result = {
        **header("pieces", argv),
        "weights": recognition().model,
        "threads": arguments.threads,
    }
    record({**result, "rows": [asdict(each) for each in rows]}, arguments.output)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--contexts", nargs="+", type=float, default=[5.0, 7.5, 15.0, 30.0])
    parser.add_argument("--windows", nargs="+", type=int, default=[1, 4, 8])
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--output", type=Path, default=RESULTS / "pieces.json")
    return parser


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
