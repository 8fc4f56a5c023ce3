"""Rows of the engines benchmark: one for each engine, compute type and device."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import mean
from typing import Any

from benchmarks.accuracy import LANGUAGES
from benchmarks.engines.one_engine import write_windows
from benchmarks.inputs.workloads import reported
from benchmarks.measures.scores import error_rates
from benchmarks.systems.recognizer_alone import joined, windows_of
from benchmarks.systems.system import WEIGHTS
from preprocessing.speech_data import Recording

Combination = tuple[str, str, str]
"""Engine, compute type and device."""


@dataclass(frozen=True, slots=True)
class Row:
    """The measures of one combination."""

    engine: str
    compute_type: str
    device: str
    reason: str = ""
    """Why the machine can't run it; all measures are then 0."""
    wer: float = 0.0
    """Mean over the languages."""
    languages: dict[str, float] = field(default_factory=dict)
    """WER of each language."""
    rtfx: float = 0.0
    load_s: float = 0.0
    memory_mib: int = 0
    gpu_memory_mib: int = 0


def clips_of_all_languages(count: int) -> list[Recording]:
    """`count` recordings, divided evenly among the languages."""
    each, more = divmod(count, len(LANGUAGES))
    return [
        clip
        for number, code in enumerate(LANGUAGES)
        for clip in reported(code, each + (number < more))
    ]


def store_windows(clips: Sequence[Recording], file: Path) -> list[int]:
    """Writes the windows of all clips to `file`; the number of windows of each clip."""
    windows = windows_of(clips)
    languages = [clip.language for clip, own in zip(clips, windows, strict=True) for _ in own]
    write_windows(file, [window for own in windows for window in own], languages)
    return [len(own) for own in windows]


def word_error_rates(
    clips: Sequence[Recording], counts: Sequence[int], texts: Sequence[str]
) -> dict[str, float]:
    """WER of each language; `counts` are the windows, and so the texts, of each clip."""
    answers = joined(texts, counts)
    rates = {}
    for language in dict.fromkeys(clip.language for clip in clips):
        own = [index for index, clip in enumerate(clips) if clip.language == language]
        references = [clips[index].transcript for index in own]
        rates[language] = error_rates(references, [answers[index] for index in own], language).wer
    return rates


def run(combination: Combination, windows: Path, threads: int) -> dict[str, Any]:
    """The output of `benchmarks.engines.one_engine`: its measures, or a reason."""
    engine, compute_type, device = combination
    settings = {
        "engine": engine,
        "compute_type": compute_type,
        "device": device,
        "model": WEIGHTS,
        "threads": threads,
    }
    program = [sys.executable, "-m", "benchmarks.engines.one_engine"]
    done = subprocess.run(
        [*program, str(windows), json.dumps(settings)],
        env=os.environ | {"OMP_NUM_THREADS": str(threads)},
        stdout=subprocess.PIPE,
        text=True,
    )
    if done.returncode:
        return {"reason": f"It ended with code {done.returncode}; its output is above."}
    return dict(json.loads(done.stdout.splitlines()[-1]))


def row(
    combination: Combination,
    answer: dict[str, Any],
    clips: Sequence[Recording],
    counts: Sequence[int],
) -> Row:
    """The row of one combination, from the output of `run`."""
    if "reason" in answer:
        return Row(*combination, reason=answer["reason"])
    rates = word_error_rates(clips, counts, answer["texts"])
    return Row(
        *combination,
        wer=round(mean(rates.values()), 4),
        languages=rates,
        rtfx=round(sum(c.seconds for c in clips) / answer["seconds"], 2),
        load_s=answer["load_s"],
        memory_mib=answer["memory_mib"],
        gpu_memory_mib=answer["gpu_memory_mib"],
    )
