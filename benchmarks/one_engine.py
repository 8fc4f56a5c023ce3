"""One engine at one precision, in a process of its own: how right, how fast, how large.

`benchmarks.engines` starts it with the windows of all clips in a file, and reads its one line.
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

from sentivox.engines.loading import load_recognizer
from sentivox.engines.protocols import RecognitionItem, Recognizer
from sentivox.errors import SpeechError
from sentivox.settings import Device, RecognitionSettings
from sentivox.types import Recognition, RecognitionOptions, SpeechWindow

WINDOWS_AT_ONCE = 8
MIB = 1 << 20


@dataclass(frozen=True, slots=True)
class Heard:
    texts: list[str]
    """One a window."""
    load_s: float
    seconds: float
    """For all windows, after a first one that isn't counted."""
    memory_mib: int
    """The most that the process ever took."""
    gpu_memory_mib: int
    """What the GPU has less than before; what was once allocated stays so."""


def write_windows(file: Path, windows: Sequence[SpeechWindow], languages: Sequence[str]) -> None:
    np.savez(file, *[window.pcm for window in windows], languages=np.array(languages))


def read_windows(file: Path) -> list[RecognitionItem]:
    with np.load(file) as found:
        languages = found["languages"].tolist()
        return [
            RecognitionItem(
                SpeechWindow(0, 0.0, found[f"arr_{number}"]), RecognitionOptions(language)
            )
            for number, language in enumerate(languages)
        ]


def hear(settings: RecognitionSettings, items: Sequence[RecognitionItem]) -> Heard:
    before = _gpu_bytes(settings.device)
    began = time.perf_counter()
    recognizer = load_recognizer(settings)
    loaded = time.perf_counter()
    _texts(recognizer, items[:1])
    warm = time.perf_counter()
    texts = [
        text
        for at in range(0, len(items), WINDOWS_AT_ONCE)
        for text in _texts(recognizer, items[at : at + WINDOWS_AT_ONCE])
    ]
    return Heard(
        texts=texts,
        load_s=round(loaded - began, 2),
        seconds=time.perf_counter() - warm,
        memory_mib=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
        gpu_memory_mib=(_gpu_bytes(settings.device) - before) // MIB,
    )


def _texts(recognizer: Recognizer, items: Sequence[RecognitionItem]) -> list[str]:
    return [_text(answer) for answer in recognizer.transcribe(items)]


def _text(answer: Recognition | SpeechError) -> str:
    if isinstance(answer, SpeechError):
        raise answer
    return "".join(segment.text for segment in answer.segments)


def _gpu_bytes(device: Device) -> int:
    if device == "cpu":
        return 0
    # Not above: a process that doesn't need it would be larger by it.
    import torch

    if not torch.cuda.is_available():
        return 0
    free, total = torch.cuda.mem_get_info()
    return total - free


def main(argv: Sequence[str]) -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("windows", type=Path)
    parser.add_argument("settings", help="of the recogniser, as JSON")
    arguments = parser.parse_args(argv)
    try:
        settings = RecognitionSettings.model_validate_json(arguments.settings)
        answer = asdict(hear(settings, read_windows(arguments.windows)))
    except ValidationError as exc:
        answer = {"reason": exc.errors()[0]["msg"].removeprefix("Value error, ")}
    except (SpeechError, ValueError, RuntimeError) as exc:
        answer = {"reason": str(exc)}
    sys.stdout.write(json.dumps(answer) + "\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
