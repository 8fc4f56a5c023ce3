"""Which language is it? Against faster-whisper: same weights, same recordings, by their length.

    make speech-data && make bench-languages
    python -m benchmarks.languages --clips 40 --languages ru bg cs

Ours goes the way an upload goes: voice detection, then its longest window. "Right" counts an answer
that abstained by its likeliest language; "sure and right" and "sure and wrong" leave those out.
Calibration is the expected error of the confidence, in ten bins: 0 where it is right as often as it
says.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass, field
from functools import cache, partial
from pathlib import Path

from faster_whisper import WhisperModel
from faster_whisper.audio import decode_audio
from rich.console import Console
from rich.table import Table

from benchmarks.accuracy import LANGUAGES
from benchmarks.outcome import header, record
from benchmarks.shipped import identification
from benchmarks.system import WEIGHTS
from preprocessing.speech_data import Recording, recordings
from sentivox.audio.clip_reader import ClipReader
from sentivox.engines.language_id.detector import decide
from sentivox.engines.loading import load_language_detector
from sentivox.engines.protocols import LanguageDetector
from sentivox.settings import AudioDecoderSettings, LanguageIdSettings
from sentivox.types import SpeechDetection
from sentivox.weights.resolve import resolve

RESULTS = Path(__file__).parent / "results" / "languages.json"
BUCKETS = {"< 2 s": (0.0, 2.0), "2-5 s": (2.0, 5.0), ">= 5 s": (5.0, 1e9), "all": (0.0, 1e9)}
CLOSE = {
    "ru": ("uk", "be", "bg"),
    "bg": ("mk", "ru", "sr", "uk"),
    "cs": ("sk", "pl", "sl"),
    "es": ("pt", "ca", "gl"),
    "it": ("es", "ro", "pt"),
    "ro": ("it", "es", "fr"),
    "nl": ("af", "de", "en"),
    "fr": ("oc", "ca", "br"),
}
"""Languages that are taken for each other, of which the first was recorded."""
SHORTEST_S = 0.7
CLIPS_A_TASK = 25
BINS = 10


@dataclass(frozen=True, slots=True)
class Answer:
    spoken: str
    seconds: float
    heard: str
    """Empty where nobody was heard."""
    confidence: float
    abstained: bool
    took_s: float
    """Of the identification alone, voices found and audio decoded."""
    probabilities: Mapping[str, float] = field(default_factory=dict)

    @property
    def right(self) -> bool:
        return self.heard == self.spoken


@dataclass(frozen=True, slots=True)
class Row:
    clips: int
    right: float
    sure_and_right: float
    sure_and_wrong: float
    calibration: float
    ms: float


def sentivox(clips: Sequence[Recording], settings: LanguageIdSettings) -> list[Answer]:
    reader = ClipReader(AudioDecoderSettings(processes=1))
    identifier = _identifier(settings)
    answers = []
    for clip in clips:
        windows = reader.read(clip.path.read_bytes(), SpeechDetection(), clip.container).windows
        if not windows:
            answers.append(Answer(clip.language, clip.seconds, "", 0.0, True, 0.0))
            continue
        heard = max(windows[:3], key=lambda window: window.seconds)
        began = time.perf_counter()
        [listened] = identifier.listen([heard])
        took = time.perf_counter() - began
        found = decide(listened.ranked, (), settings.min_confidence, speech_s=heard.speech_s)
        best = found.ranked[0]
        answers.append(
            Answer(
                clip.language,
                clip.seconds,
                best.language,
                best.confidence,
                found.abstained,
                took,
                {guess.language: guess.confidence for guess in found.ranked},
            )
        )
    return answers


def faster_whisper(clips: Sequence[Recording]) -> list[Answer]:
    model = _model()
    answers = []
    for clip in clips:
        audio = decode_audio(str(clip.path))
        began = time.perf_counter()
        language, confidence, every = model.detect_language(audio)
        took = time.perf_counter() - began
        answers.append(
            Answer(clip.language, clip.seconds, language, confidence, False, took, dict(every))
        )
    return answers


@cache
def _identifier(settings: LanguageIdSettings) -> LanguageDetector:
    return load_language_detector(settings)


@cache
def _model() -> WhisperModel:
    return WhisperModel(str(resolve(WEIGHTS)), device="cpu", compute_type="int8", cpu_threads=1)


def row(answers: Sequence[Answer]) -> Row:
    sure = [each for each in answers if not each.abstained]
    return Row(
        clips=len(answers),
        right=_share(answers, [each for each in answers if each.right]),
        sure_and_right=_share(answers, [each for each in sure if each.right]),
        sure_and_wrong=_share(answers, [each for each in sure if not each.right]),
        calibration=round(calibration_error(answers), 3),
        ms=round(1000 * sum(each.took_s for each in answers) / max(1, len(answers)), 1),
    )


def calibration_error(answers: Sequence[Answer]) -> float:
    """Naeini et al. 2015: how far confidence is from the share that is right, bin by bin."""
    bins: dict[int, list[Answer]] = {}
    for each in answers:
        bins.setdefault(min(int(each.confidence * BINS), BINS - 1), []).append(each)
    return sum(
        abs(sum(each.right for each in group) - sum(each.confidence for each in group))
        for group in bins.values()
    ) / max(1, len(answers))


def by_length(answers: Sequence[Answer]) -> dict[str, Row]:
    return {
        name: row([each for each in answers if low <= each.seconds < high])
        for name, (low, high) in BUCKETS.items()
    }


def confusions(answers: Sequence[Answer]) -> dict[str, dict[str, int]]:
    """For each language what it was heard as, most often first."""
    spoken = sorted({each.spoken for each in answers})
    return {
        code: dict(Counter(each.heard for each in answers if each.spoken == code).most_common(6))
        for code in spoken
    }


def close_pairs(answers: Sequence[Answer]) -> dict[str, dict[str, float]]:
    """For each language the share of its clips that sound more like it than like a close one, were
    there no others.
    """
    pairs = {}
    for code, others in CLOSE.items():
        heard = [each for each in answers if each.spoken == code and each.probabilities]
        if heard:
            pairs[code] = {
                other: _share(heard, [each for each in heard if _prefers(each, code, other)])
                for other in others
            }
    return pairs


def _prefers(answer: Answer, code: str, other: str) -> bool:
    return answer.probabilities.get(code, 0.0) > answer.probabilities.get(other, 0.0)


def main(argv: Sequence[str]) -> int:
    arguments = _parser().parse_args(argv)
    clips = [
        clip
        for code in arguments.languages
        for clip in recordings(code, base_s=SHORTEST_S, most=arguments.clips)
    ]
    settings = identification(threads=1, **json.loads(arguments.settings))
    systems: dict[str, Callable[[Sequence[Recording]], list[Answer]]] = {
        "sentivox": partial(sentivox, settings=settings),
        "faster-whisper": faster_whisper,
    }
    os.environ["OMP_NUM_THREADS"] = "1"
    answers: dict[str, list[Answer]] = {}
    parts = [clips[at : at + CLIPS_A_TASK] for at in range(0, len(clips), CLIPS_A_TASK)]
    with ProcessPoolExecutor(arguments.processes) as pool:
        for name in arguments.systems:
            answers[name] = [each for part in pool.map(systems[name], parts) for each in part]
    Console().print(_table({name: by_length(found) for name, found in answers.items()}))
    result = {
        **header("languages", argv),
        "systems": {
            name: {
                "by_length": {each: asdict(value) for each, value in by_length(found).items()},
                "by_language": {
                    code: asdict(row([each for each in found if each.spoken == code]))
                    for code in arguments.languages
                },
                "heard_as": confusions(found),
                "close_pairs": close_pairs(found),
            }
            for name, found in answers.items()
        },
    }
    record(result, arguments.output)
    return 0


def _share(answers: Sequence[Answer], some: Sequence[Answer]) -> float:
    return round(len(some) / max(1, len(answers)), 4)


def _table(systems: dict[str, dict[str, Row]]) -> Table:
    columns = list(Row.__dataclass_fields__)
    table = Table("length", "system", *(column.replace("_", " ") for column in columns))
    for bucket in BUCKETS:
        for name, rows in systems.items():
            table.add_row(bucket, name, *map(str, asdict(rows[bucket]).values()))
    return table


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--clips", type=int, default=100, help="at most, for each language")
    parser.add_argument("--languages", nargs="+", default=list(LANGUAGES))
    parser.add_argument(
        "--systems",
        nargs="+",
        choices=["sentivox", "faster-whisper"],
        default=["sentivox", "faster-whisper"],
    )
    parser.add_argument("--settings", default="{}", help="other LanguageIdSettings, as JSON")
    parser.add_argument("--processes", type=int, default=os.cpu_count())
    parser.add_argument("--output", type=Path, default=RESULTS)
    return parser


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
