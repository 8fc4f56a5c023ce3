"""A long file: is every word there, once, where windows meet, and does memory stay flat?

    make speech-data && make bench-long-file
    python -m benchmarks.long_file --minutes 20 --languages en --systems sentivox

Real recordings of one language, joined with 0.4 to 1.2 s of faint noise between, are uploaded as
one file. Its word error rate stands beside that of its clips, each uploaded alone. "lost" and
"doubled" are reference words without a counterpart, and words too many that say their neighbours
again, next to a border between two windows; "elsewhere" is the same count over all the rest, for
comparison. Peak memory is that of a process of its own for each length.
"""

from __future__ import annotations

import argparse
import multiprocessing
import resource
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Protocol

import jiwer
import numpy as np
from faster_whisper import WhisperModel
from rich.console import Console
from rich.table import Table

from benchmarks.accuracy import normalized
from benchmarks.in_process import EngineInProcess
from benchmarks.outcome import header, record
from benchmarks.paced_speech import PacedSpeech, long_speech
from benchmarks.seams import Seams, seams
from benchmarks.system import WEIGHTS
from preprocessing.samples import decoded
from preprocessing.speech_data import Recording
from sentivox.types import SAMPLE_RATE
from sentivox.weights.resolve import resolve

RESULTS = Path(__file__).parent / "results" / "long-file.json"
MEMORY_MINUTES = (20.0, 60.0)


@dataclass(frozen=True, slots=True)
class Row:
    language: str
    system: str
    minutes: float
    wer_of_clips: float
    wer: float
    windows: int | None = None
    seams: Seams | None = None
    """Of the system whose windows are known."""


@dataclass(frozen=True, slots=True)
class Transcribed:
    text: str
    borders: tuple[float, ...] | None = None
    """Where windows begin or end between others, in seconds."""


class System(Protocol):
    def transcribe(self, speech: PacedSpeech, language: str) -> Transcribed: ...


class Sentivox:
    def __init__(self, threads: int) -> None:
        self._engine = EngineInProcess(threads)

    def transcribe(self, speech: PacedSpeech, language: str) -> Transcribed:
        [transcript] = self._engine.transcribe([speech.wav()], language)
        # A segment's `seek` is the start of its window, in hundredths of a second.
        starts = sorted({segment.seek / 100 for segment in transcript.segments})
        return Transcribed(transcript.text, tuple(starts[1:]))


class FasterWhisper:
    def __init__(self, threads: int) -> None:
        self._model = WhisperModel(
            str(resolve(WEIGHTS)), device="cpu", compute_type="int8", cpu_threads=threads
        )

    def transcribe(self, speech: PacedSpeech, language: str) -> Transcribed:
        samples = speech.pcm.astype(np.float32) / -np.iinfo(np.int16).min
        segments, _ = self._model.transcribe(samples, language=language, beam_size=1, best_of=1)
        return Transcribed(" ".join(segment.text.strip() for segment in segments))


SYSTEMS: dict[str, type[Sentivox] | type[FasterWhisper]] = {
    "sentivox": Sentivox,
    "faster-whisper": FasterWhisper,
}


def measured(name: str, system: System, speech: PacedSpeech, language: str) -> Row:
    references = [normalized(each.clip.transcript) for each in speech.spoken]
    alone = {each.clip.path: each.clip for each in speech.spoken}
    texts = {path: normalized(_alone(system, clip)) for path, clip in alone.items()}
    of_clips = jiwer.wer(references, [texts[each.clip.path] for each in speech.spoken])
    whole = system.transcribe(speech, language)
    wer = jiwer.wer(" ".join(references), normalized(whole.text))
    return Row(
        language,
        name,
        round(speech.seconds / 60, 1),
        round(float(of_clips), 4),
        round(float(wer), 4),
        None if whole.borders is None else len(whole.borders) // 2 + 1,
        None if whole.borders is None else seams(speech.spoken, whole.text, whole.borders),
    )


def _alone(system: System, clip: Recording) -> str:
    pcm = decoded(clip.path, SAMPLE_RATE)
    return system.transcribe(PacedSpeech(pcm, SAMPLE_RATE, ()), clip.language).text


def peak_mb(minutes: float, language: str, threads: int) -> float:
    """Of a process that does nothing but transcribe one such file, its file included."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(_transcribe_for_memory, (minutes, language, threads))


def _transcribe_for_memory(minutes: float, language: str, threads: int) -> float:
    Sentivox(threads).transcribe(long_speech(language, minutes), language)
    return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 1)


def main(argv: Sequence[str]) -> int:
    arguments = _parser().parse_args(argv)
    console = Console(stderr=True)
    rows = []
    for name in arguments.systems:
        system: System = SYSTEMS[name](arguments.threads)
        for language in arguments.languages:
            speech = long_speech(language, arguments.minutes)
            rows.append(measured(name, system, speech, language))
            console.log(str(rows[-1]))
    memory = {
        f"{minutes:g}": peak_mb(minutes, arguments.languages[0], arguments.threads)
        for minutes in arguments.memory_minutes
    }
    result = {
        **header("long_file", argv),
        "rows": [asdict(row) for row in rows],
        "peak_mb_by_minutes": memory,
    }
    Console().print(_table(rows))
    record(result, arguments.output / RESULTS.name)
    return 0


def _table(rows: Sequence[Row]) -> Table:
    columns = ("language", "system", "minutes", "WER of clips", "WER", "windows")
    table = Table(*columns, "lost, doubled of words near borders", "elsewhere")
    for row in rows:
        at = row.seams
        near = f"{at.lost_near}, {at.doubled_near} of {at.near}" if at else ""
        far = f"{at.lost_elsewhere}, {at.doubled_elsewhere} of {at.elsewhere}" if at else ""
        table.add_row(
            row.language,
            row.system,
            f"{row.minutes:.1f}",
            f"{row.wer_of_clips:.4f}",
            f"{row.wer:.4f}",
            "" if row.windows is None else str(row.windows),
            near,
            far,
        )
    return table


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--minutes", type=float, default=20.0)
    parser.add_argument("--languages", nargs="+", default=["en", "fr"])
    parser.add_argument("--systems", nargs="+", choices=list(SYSTEMS), default=list(SYSTEMS))
    parser.add_argument("--memory-minutes", nargs="*", type=float, default=list(MEMORY_MINUTES))
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--output", type=Path, default=RESULTS.parent, help="folder for results")
    return parser


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
