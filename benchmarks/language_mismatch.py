"""The warning `language_mismatch`: how often it is wrong, and how often it is missing.

    make speech-data && python -m benchmarks.language_mismatch
    python -m benchmarks.language_mismatch --more recordings.csv

Each recording is detected once, in the window that the upload pipeline checks, with the settings of
the local config. Then it is taken as if it had been sent with its own language, and with each of
WRONG. The recordings are those of at least 3 s that no adapted weights were trained on, and files
of 10 to 30 s joined from them; every second one is in the half that the thresholds are fitted on,
and the measures are those of the other half. `--more` is a CSV of other recordings, with the
columns `path`, `lang` and `seconds`; they are reported by themselves.
"""

from __future__ import annotations

import argparse
import asyncio
import csv
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from itertools import product
from pathlib import Path

from rich.table import Table

from benchmarks.inputs.paced_speech import wav_file
from benchmarks.inputs.workloads import audio_file, medium
from benchmarks.measures.outcome import RESULTS, header, record, show
from benchmarks.systems.in_process import local_settings
from benchmarks.systems.system import AudioFile
from preprocessing.held_out import training_clips
from preprocessing.samples import decoded
from preprocessing.speech_data import languages, recordings
from sentivox.engines.language_id import mismatch
from sentivox.pipeline.channels import language_probe_window
from sentivox.pipeline.in_process import InProcessStages
from sentivox.types import SAMPLE_RATE, DecodeOptions, LanguageProbability, SpeechDetection

_WRONG = "en zh de es ru ko fr ja pt tr pl nl ar sv it id hi fi vi he uk el ro cs hu ta bg"
WRONG = tuple(_WRONG.split())
"""Languages that a request may name by mistake: those with most speakers or recordings."""
MIN_S = 3.0
LONG_S = 5.0
MEDIUM_FILES = 100
CONCURRENT_FILES = 2
CONFIDENCES = (0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)
ODDS = (2.0, 5.0, 10.0, 20.0, 30.0, 50.0, 100.0, 300.0, 1000.0)


@dataclass(frozen=True, slots=True)
class Detected:
    """A recording and the languages of its window."""

    spoken: str
    seconds: float
    speech_s: float
    ranked: tuple[LanguageProbability, ...]

    def likelier(self, requested: str) -> str | None:
        """The language that a request with `requested` is warned of; None without a warning."""
        return mismatch.likelier_language(self.ranked, requested, self.speech_s)


@dataclass(frozen=True, slots=True)
class Row:
    """Warnings over some recordings."""

    recordings: int
    false_warnings: float
    """Share of the recordings with a warning when sent with their own language."""
    false_count: int
    warnings: float
    """Share of pairs of a recording and a wrong language with a warning."""
    right_language: float
    """Share of those warnings that name the spoken language."""


async def detect(stages: InProcessStages, file: AudioFile) -> Detected | None:
    """The languages of a file's probe window; None without speech."""
    decoded_file = await stages.decode(file.audio, DecodeOptions(SpeechDetection()))
    if not decoded_file.windows:
        return None
    window = language_probe_window(decoded_file.windows)
    found = await stages.detect_language(window, ())
    speech_s = sum(segment.speech.seconds for segment in found.segments) or window.seconds
    return Detected(file.language, file.seconds, speech_s, found.detection.ranked)


def row(detected: Sequence[Detected]) -> Row:
    """The measures over some recordings."""
    wrong = [each.likelier(code) for each in detected for code in WRONG if code != each.spoken]
    spoken = [each.spoken for each in detected for code in WRONG if code != each.spoken]
    warned = [(found, truth) for found, truth in zip(wrong, spoken, strict=True) if found]
    false = sum(each.likelier(each.spoken) is not None for each in detected)
    return Row(
        recordings=len(detected),
        false_warnings=round(false / max(1, len(detected)), 4),
        false_count=false,
        warnings=round(len(warned) / max(1, len(wrong)), 4),
        right_language=round(sum(a == b for a, b in warned) / max(1, len(warned)), 4),
    )


def fit(detected: Sequence[Detected]) -> list[tuple[float, float, Row, Row]]:
    """Thresholds with the measures of all recordings and of the long ones."""
    kept = mismatch.MIN_CONFIDENCE, mismatch.MIN_ODDS
    found = []
    for confidence, odds in product(CONFIDENCES, ODDS):
        mismatch.MIN_CONFIDENCE, mismatch.MIN_ODDS = confidence, odds
        long = [each for each in detected if each.seconds >= LONG_S]
        found.append((confidence, odds, row(detected), row(long)))
    mismatch.MIN_CONFIDENCE, mismatch.MIN_ODDS = kept
    return found


def files() -> list[AudioFile]:
    """The recordings, by language."""
    clips = []
    for code in languages():
        trained = {clip.path for clip in training_clips(code)}
        clips += [clip for clip in recordings(code, MIN_S) if clip.path not in trained]
    return [*map(audio_file, clips), *medium(MEDIUM_FILES)]


def more_files(manifest: Path) -> list[AudioFile]:
    """The recordings of a CSV."""
    with manifest.open(encoding="utf-8", newline="") as rows:
        return [
            AudioFile(
                wav_file(decoded(manifest.parent / each["path"], SAMPLE_RATE), SAMPLE_RATE),
                float(each["seconds"]),
                each["lang"],
                "",
            )
            for each in csv.DictReader(rows)
            if float(each["seconds"]) >= MIN_S
        ]


def tables(detected: Sequence[Detected]) -> dict[str, Row]:
    """Rows by length and by language."""
    kinds: dict[str, Callable[[Detected], bool]] = {
        "all": lambda each: True,
        "3-5 s": lambda each: each.seconds < LONG_S,
        ">= 5 s": lambda each: each.seconds >= LONG_S,
    }
    rows = {name: row(list(filter(kind, detected))) for name, kind in kinds.items()}
    for code in sorted({each.spoken for each in detected}):
        rows[code] = row([each for each in detected if each.spoken == code])
    return rows


def main(argv: Sequence[str]) -> int:
    arguments = _parser().parse_args(argv)
    with InProcessStages(local_settings(threads=1)) as stages:
        found = asyncio.run(_detect_all(stages, files()))
        more = (
            asyncio.run(_detect_all(stages, more_files(arguments.more))) if arguments.more else []
        )
    fitted, reported = found[::2], found[1::2]
    for confidence, odds, every, long in fit(fitted):
        print(confidence, odds, "all:", asdict(every), f">= {LONG_S:g} s:", asdict(long))
    rows = {f"reported {name}": each for name, each in tables(reported).items()}
    rows["fitted all"] = row(fitted)
    rows |= {f"more {name}": each for name, each in tables(more).items() if more}
    show(_table(rows))
    result = {
        **header("language_mismatch", argv),
        "min_confidence": mismatch.MIN_CONFIDENCE,
        "min_odds": mismatch.MIN_ODDS,
        "rows": {name: asdict(each) for name, each in rows.items()},
    }
    record(result, arguments.output)
    return 0


async def _detect_all(stages: InProcessStages, clips: Sequence[AudioFile]) -> list[Detected]:
    slots = asyncio.Semaphore(CONCURRENT_FILES)

    async def one(clip: AudioFile) -> Detected | None:
        async with slots:
            return await detect(stages, clip)

    found = await asyncio.gather(*map(one, clips))
    return [each for each in found if each is not None]


def _table(rows: dict[str, Row]) -> Table:
    columns = list(Row.__dataclass_fields__)
    table = Table("recordings", *(column.replace("_", " ") for column in columns))
    for name, each in rows.items():
        table.add_row(name, *map(str, asdict(each).values()))
    return table


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--more", type=Path, help="a CSV of other recordings")
    parser.add_argument("--output", type=Path, default=RESULTS / "language-mismatch.json")
    return parser


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
