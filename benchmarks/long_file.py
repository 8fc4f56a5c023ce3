"""Long files: WER, words lost or doubled at the borders of windows, and peak memory.

    make speech-data && make bench-long-file
    python -m benchmarks.long_file --minutes 20 --languages en --systems sentivox

Recordings of one language, joined with 0.4 to 1.2 s of faint noise between them, are one file. Its
WER is beside that of its clips, each transcribed by itself. "Lost" are reference words without a
counterpart, "doubled" are inserted words that repeat their neighbours. Both are counted near the
borders between windows, and elsewhere for comparison. Peak memory is measured in a process of its
own for each length. faster-whisper decodes greedily with Whisper base as published.
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
from rich.console import Console
from rich.table import Table

from benchmarks.inputs.paced_speech import PacedSpeech, long_speech
from benchmarks.measures.outcome import RESULTS, header, record, show
from benchmarks.measures.text import normalized
from benchmarks.measures.window_borders import BorderErrors, border_errors
from benchmarks.systems.faster_whisper_systems import GREEDY
from benchmarks.systems.faster_whisper_systems import FasterWhisper as GreedyFasterWhisper
from benchmarks.systems.in_process import EngineInProcess, local_settings
from benchmarks.systems.system import ADAPTED_WEIGHTS, WEIGHTS, AudioFile
from preprocessing.samples import decoded
from preprocessing.speech_data import Recording
from sentivox.types import SAMPLE_RATE

MEMORY_MINUTES = (20.0, 60.0)


@dataclass(frozen=True, slots=True)
class Row:
    """The measures of one file and one system."""

    language: str
    system: str
    minutes: float
    wer_of_clips: float
    wer: float
    windows: int | None = None
    borders: BorderErrors | None = None
    """None for a system whose windows aren't known."""


@dataclass(frozen=True, slots=True)
class Transcribed:
    """The text of a file."""

    text: str
    borders: tuple[float, ...] | None = None
    """Borders between windows, in seconds."""


class System(Protocol):
    """A system that transcribes long files."""

    def transcribe(self, speech: PacedSpeech, language: str) -> Transcribed:
        """The text of the speech in that language."""


class Sentivox:
    """The upload pipeline in this process, with the settings of the local config."""

    weights = ADAPTED_WEIGHTS

    def __init__(self, threads: int) -> None:
        self._engine = EngineInProcess(local_settings(threads))

    def transcribe(self, speech: PacedSpeech, language: str) -> Transcribed:
        """See System."""
        [transcript] = self._engine.transcripts([speech.wav()], language)
        # A segment's `seek` is the start of its window, in hundredths of a second.
        starts = sorted({segment.seek / 100 for segment in transcript.segments})
        return Transcribed(transcript.text, tuple(starts[1:]))


class FasterWhisper:
    """faster-whisper, greedy."""

    weights = WEIGHTS

    def __init__(self, threads: int) -> None:
        self._system = GreedyFasterWhisper(WEIGHTS, threads, **GREEDY)

    def transcribe(self, speech: PacedSpeech, language: str) -> Transcribed:
        """See System."""
        file = AudioFile(speech.wav(), speech.seconds, language, "")
        [answer] = self._system.transcribe([file], language)
        return Transcribed(answer.text)


SYSTEMS: dict[str, type[Sentivox] | type[FasterWhisper]] = {
    "sentivox": Sentivox,
    "faster-whisper": FasterWhisper,
}


def measured(name: str, system: System, speech: PacedSpeech, language: str) -> Row:
    """The row of one file and one system."""
    references = [normalized(each.clip.transcript) for each in speech.spoken]
    clips = {each.clip.path: each.clip for each in speech.spoken}
    texts = {path: normalized(_text(system, clip)) for path, clip in clips.items()}
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
        None if whole.borders is None else border_errors(speech.spoken, whole.text, whole.borders),
    )


def _text(system: System, clip: Recording) -> str:
    pcm = decoded(clip.path, SAMPLE_RATE)
    return system.transcribe(PacedSpeech(pcm, SAMPLE_RATE, ()), clip.language).text


def peak_mb(minutes: float, language: str, threads: int) -> float:
    """Peak memory in MiB of a process that transcribes one file of that length."""
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
        "weights": {name: SYSTEMS[name].weights for name in arguments.systems},
        "rows": [asdict(row) for row in rows],
        "peak_mb_by_minutes": memory,
    }
    show(_table(rows))
    record(result, arguments.output / "long-file.json")
    return 0


def _table(rows: Sequence[Row]) -> Table:
    columns = ("language", "system", "minutes", "WER of clips", "WER", "windows")
    table = Table(*columns, "lost, doubled of words near borders", "elsewhere")
    for row in rows:
        at = row.borders
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
    parser.add_argument("--output", type=Path, default=RESULTS, help="folder for results")
    return parser


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
