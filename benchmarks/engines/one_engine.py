"""One engine with one compute type in a process of its own: texts, speed and memory.

`benchmarks.engines` starts it with a file of windows, and reads the one line that it prints.
"""

from __future__ import annotations

import argparse
import json
import resource
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from pydantic import ValidationError

from benchmarks.systems.recognizer_alone import texts
from sentivox.engines.loading import load_recognizer
from sentivox.engines.protocols import RecognitionItem
from sentivox.errors import SpeechError
from sentivox.settings import Device, RecognitionSettings
from sentivox.types import RecognitionOptions, SpeechWindow

MIB = 1 << 20


@dataclass(frozen=True, slots=True)
class Measured:
    """The measures of one engine."""

    texts: list[str]
    """One text per window."""
    load_s: float
    seconds: float
    """Seconds for all windows, after a first one that isn't counted."""
    memory_mib: int
    """Peak of the process."""
    gpu_memory_mib: int
    """GPU memory in use at the end, beyond what was in use before."""


def write_windows(file: Path, windows: Sequence[SpeechWindow], languages: Sequence[str]) -> None:
    """Stores the samples and the language of each window."""
    np.savez(file, *[window.pcm for window in windows], languages=np.array(languages))


def read_windows(file: Path) -> list[RecognitionItem]:
    """The items of a file that `write_windows` wrote."""
    with np.load(file) as found:
        languages = found["languages"].tolist()
        return [
            RecognitionItem(
                SpeechWindow(0, 0.0, found[f"arr_{number}"]), RecognitionOptions(language)
            )
            for number, language in enumerate(languages)
        ]


def measured(settings: RecognitionSettings, items: Sequence[RecognitionItem]) -> Measured:
    """Loads the recogniser and decodes all items. Raises SpeechError, ValueError, RuntimeError."""
    before = _gpu_bytes(settings.device)
    began = time.perf_counter()
    recognizer = load_recognizer(settings)
    loaded = time.perf_counter()
    texts(recognizer, items[:1])
    warm = time.perf_counter()
    found = texts(recognizer, items)
    return Measured(
        texts=found,
        load_s=round(loaded - began, 2),
        seconds=time.perf_counter() - warm,
        memory_mib=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
        gpu_memory_mib=(_gpu_bytes(settings.device) - before) // MIB,
    )


def _gpu_bytes(device: Device) -> int:
    if device == "cpu":
        return 0
    # Imported here: torch would enlarge a process that doesn't need it.
    import torch

    if not torch.cuda.is_available():
        return 0
    free, total = torch.cuda.mem_get_info()
    return total - free


def main(argv: Sequence[str]) -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("windows", type=Path)
    parser.add_argument("settings", help="RecognitionSettings as JSON")
    arguments = parser.parse_args(argv)
    try:
        settings = RecognitionSettings.model_validate_json(arguments.settings)
        answer = asdict(measured(settings, read_windows(arguments.windows)))
    except ValidationError as exc:
        answer = {"reason": exc.errors()[0]["msg"].removeprefix("Value error, ")}
    except (SpeechError, ValueError, RuntimeError) as exc:
        answer = {"reason": str(exc)}
    sys.stdout.write(json.dumps(answer) + "\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
