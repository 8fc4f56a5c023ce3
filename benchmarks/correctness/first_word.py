"""When the first word after silence begins, beside faster-whisper.

    make speech-data && make bench-first-word
    python -m benchmarks.correctness.first_word --files 60

Files of silence, or of faint noise, and then one recording: 2, 8 or 120 seconds, in turn. The error
is the distance of the first word from the first sound of the recording, found by its level.
Sentivox is the upload pipeline in this process; faster-whisper has a beam of 5, and word times.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from io import BytesIO
from itertools import cycle
from pathlib import Path
from statistics import median

import numpy as np
from faster_whisper import WhisperModel
from rich.console import Console
from rich.progress import track
from rich.table import Table

from benchmarks.inputs.paced_speech import paced_speech, wav_file
from benchmarks.inputs.workloads import in_turn, reported
from benchmarks.measures.outcome import RESULTS, header, record, show
from benchmarks.systems.system import THREADS, WEIGHTS
from preprocessing.speech_data import languages
from sentivox import transcribe
from sentivox.types import SAMPLE_RATE
from sentivox.weights.resolve import resolve

SILENCES_S = (2.0, 8.0, 120.0)
NOISE = 20
"""Amplitude of the noise in every other file; the others begin with digital silence."""
SEED = 1

FirstWord = Callable[[bytes], float | None]


@dataclass(frozen=True, slots=True)
class Row:
    """Errors of one system, in seconds."""

    system: str
    median_s: float
    p95_s: float
    worst_s: float
    without_words: int


def sentivox(audio: bytes) -> float | None:
    """The start of the first word, in seconds."""
    segments = transcribe(audio, words=True, sentiment=False).segments
    return min((word.start for segment in segments for word in segment.words), default=None)


def faster_whisper() -> FirstWord:
    """A function that gives the start of the first word, in seconds, of a model loaded here."""
    model = WhisperModel(str(resolve(WEIGHTS)), compute_type="int8", cpu_threads=THREADS)

    def first_word(audio: bytes) -> float | None:
        segments, _ = model.transcribe(BytesIO(audio), beam_size=5, word_timestamps=True)
        starts = [word.start for segment in segments for word in segment.words or ()]
        return min(starts, default=None)

    return first_word


def files(count: int) -> list[tuple[bytes, float]]:
    """Recordings after silence, as WAV files, and the second at which each one's sound begins."""
    clips = in_turn([reported(code, count) for code in languages()])[:count]
    noise = np.random.default_rng(SEED)
    found = []
    for number, (clip, silence_s) in enumerate(zip(clips, cycle(SILENCES_S), strict=False)):
        speech = paced_speech([clip], SAMPLE_RATE, 0.0)
        amplitude = NOISE * (number % 2)
        shape = int(silence_s * SAMPLE_RATE)
        silence = noise.integers(-amplitude, amplitude + 1, shape, dtype=np.int16)
        file = wav_file(np.concatenate([silence, speech.pcm]), SAMPLE_RATE)
        found.append((file, silence_s + speech.spoken[0].onset))
    return found


def row(name: str, first_word: FirstWord, speech: Sequence[tuple[bytes, float]]) -> Row:
    """The errors of one system."""
    errors = []
    for file, onset in track(speech, name, console=Console(stderr=True)):
        start = first_word(file)
        if start is not None:
            errors.append(abs(start - onset))
    return Row(
        name,
        round(median(errors), 3),
        round(float(np.quantile(errors, 0.95)), 3),
        round(max(errors), 3),
        len(speech) - len(errors),
    )


def main(argv: Sequence[str]) -> int:
    arguments = _parser().parse_args(argv)
    speech = files(arguments.files)
    rows = [row("sentivox", sentivox, speech), row("faster-whisper", faster_whisper(), speech)]
    table = Table("system", "median, s", "p95, s", "worst, s", "without words")
    for found in rows:
        table.add_row(*map(str, asdict(found).values()))
    show(table)
    record(
        {**header("correctness.first_word", argv), "rows": [asdict(found) for found in rows]},
        arguments.output,
    )
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--files", type=int, default=60)
    parser.add_argument("--output", type=Path, default=RESULTS / "first-word.json")
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
