"""Language detection beside faster-whisper, by length of the recording: the same recordings.

    make speech-data && make bench-languages
    python -m benchmarks.languages --clips 40 --languages ru bg cs
    python -m benchmarks.languages --line gsm --part 1

Sentivox detects the language in its upload pipeline, in this process, with the settings of the
local config and its adapted weights; faster-whisper detects it in the first 30 s with Whisper base
as published. "accuracy" counts the most probable language, also where Sentivox abstained; "sure and
right" and "sure and wrong" leave those recordings out. Calibration is the expected calibration
error of the confidence in ten bins: 0 where the confidence is the share that is right. Some of
these recordings are in the training data of the adapted weights.
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
from io import BytesIO
from pathlib import Path
from typing import Any

from faster_whisper import WhisperModel
from faster_whisper.audio import decode_audio
from rich.table import Table

from benchmarks.accuracy import LANGUAGES
from benchmarks.inputs.paced_speech import wav_file
from benchmarks.inputs.workloads import audio_file
from benchmarks.measures.outcome import RESULTS, header, record, show
from benchmarks.systems.in_process import EngineInProcess, local_settings
from benchmarks.systems.system import ADAPTED_WEIGHTS, WEIGHTS
from preprocessing.clips.augmentation import over_telephone
from preprocessing.samples import decoded
from preprocessing.speech_data import Recording, recordings
from sentivox.types import SAMPLE_RATE, Transcript
from sentivox.weights.resolve import resolve

SYSTEMS = {"sentivox": ADAPTED_WEIGHTS, "faster-whisper": WEIGHTS}
"""The weights of each system, by its name."""
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
"""Spoken language -> languages that are often detected instead."""
SHORTEST_S = 0.7
LINES = {"clean": "", "mu-law": "pcm_mulaw", "gsm": "gsm", "amr": "libopencore_amrnb"}
"""Telephone lines and their codecs."""
CLIPS_A_TASK = 25
BINS = 10


@dataclass(frozen=True, slots=True)
class Answer:
    """The language that a system detected in one recording."""

    spoken: str
    seconds: float
    detected: str
    """The most probable language; empty where no speech was found."""
    confidence: float
    abstained: bool
    took_s: float
    """Seconds of language detection alone; decoding the audio and VAD are left out."""
    probabilities: Mapping[str, float] = field(default_factory=dict)

    @property
    def right(self) -> bool:
        return self.detected == self.spoken


@dataclass(frozen=True, slots=True)
class Row:
    """Accuracy and time over some recordings."""

    clips: int
    accuracy: float
    sure_and_right: float
    sure_and_wrong: float
    calibration: float
    ms: float


def sentivox(clips: Sequence[Recording], codec: str, language_id: str) -> list[Answer]:
    """The pipeline's detection; `language_id` is settings that differ, as JSON."""
    engine = _engine(language_id)
    return [
        _answer(clip, transcript)
        for clip in clips
        for transcript in engine.transcripts([_wav_over(clip, codec)])
    ]


def _wav_over(clip: Recording, codec: str) -> bytes:
    """The recording over the line of that codec, as a WAV file."""
    if not codec:
        return audio_file(clip).audio
    pcm = over_telephone(decoded(clip.path, SAMPLE_RATE), codec)
    return wav_file(pcm, SAMPLE_RATE)


def _answer(clip: Recording, transcript: Transcript) -> Answer:
    detection = transcript.detection
    took_s = transcript.timings.get("language_id", 0.0)
    if detection is None or not detection.ranked:
        return Answer(clip.language, clip.seconds, "", 0.0, True, took_s)
    best = detection.ranked[0]
    return Answer(
        clip.language,
        clip.seconds,
        best.language,
        best.confidence,
        detection.abstained,
        took_s,
        {each.language: each.confidence for each in detection.ranked},
    )


def faster_whisper(clips: Sequence[Recording], codec: str) -> list[Answer]:
    """The language that faster-whisper detects; it never abstains."""
    model = _model()
    answers = []
    for clip in clips:
        audio = decode_audio(BytesIO(_wav_over(clip, codec)))
        began = time.perf_counter()
        language, confidence, every = model.detect_language(audio)
        took = time.perf_counter() - began
        answers.append(
            Answer(clip.language, clip.seconds, language, confidence, False, took, dict(every))
        )
    return answers


@cache
def _engine(language_id: str) -> EngineInProcess:
    settings = local_settings(threads=1, language_id_changes=json.loads(language_id))
    return EngineInProcess(settings, concurrent_files=1, sentiment=False)


@cache
def _model() -> WhisperModel:
    return WhisperModel(str(resolve(WEIGHTS)), device="cpu", compute_type="int8", cpu_threads=1)


def row(answers: Sequence[Answer]) -> Row:
    """Accuracy, calibration and mean time of some answers."""
    sure = [each for each in answers if not each.abstained]
    return Row(
        clips=len(answers),
        accuracy=_share(answers, [each for each in answers if each.right]),
        sure_and_right=_share(answers, [each for each in sure if each.right]),
        sure_and_wrong=_share(answers, [each for each in sure if not each.right]),
        calibration=round(calibration_error(answers), 3),
        ms=round(1000 * sum(each.took_s for each in answers) / max(1, len(answers)), 1),
    )


def calibration_error(answers: Sequence[Answer]) -> float:
    """Expected calibration error (Naeini et al. 2015): the mean distance between confidence and
    accuracy over bins of confidence.
    """
    bins: dict[int, list[Answer]] = {}
    for each in answers:
        bins.setdefault(min(int(each.confidence * BINS), BINS - 1), []).append(each)
    return sum(
        abs(sum(each.right for each in group) - sum(each.confidence for each in group))
        for group in bins.values()
    ) / max(1, len(answers))


def by_length(answers: Sequence[Answer]) -> dict[str, Row]:
    """A row for each bucket of lengths."""
    return {
        name: row([each for each in answers if low <= each.seconds < high])
        for name, (low, high) in BUCKETS.items()
    }


def confusions(answers: Sequence[Answer]) -> dict[str, dict[str, int]]:
    """Spoken language -> the six languages detected most often, with their counts."""
    spoken = sorted({each.spoken for each in answers})
    return {
        code: dict(Counter(each.detected for each in answers if each.spoken == code).most_common(6))
        for code in spoken
    }


def close_pairs(answers: Sequence[Answer]) -> dict[str, dict[str, float]]:
    """Spoken language -> for each close language, the share of recordings in which the spoken one
    is the more probable of the two.
    """
    pairs = {}
    for code, others in CLOSE.items():
        own = [each for each in answers if each.spoken == code and each.probabilities]
        if own:
            pairs[code] = {
                other: _share(own, [each for each in own if _prefers(each, code, other)])
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
        for clip in _part(recordings(code, SHORTEST_S, arguments.clips), arguments.part)
    ]
    codec = LINES[arguments.line]
    systems: dict[str, Callable[[Sequence[Recording]], list[Answer]]] = {
        "sentivox": partial(sentivox, codec=codec, language_id=arguments.settings),
        "faster-whisper": partial(faster_whisper, codec=codec),
    }
    os.environ["OMP_NUM_THREADS"] = "1"
    answers: dict[str, list[Answer]] = {}
    parts = [clips[at : at + CLIPS_A_TASK] for at in range(0, len(clips), CLIPS_A_TASK)]
    with ProcessPoolExecutor(arguments.processes) as pool:
        for name in arguments.systems:
            answers[name] = [each for part in pool.map(systems[name], parts) for each in part]
    show(_table({name: by_length(each) for name, each in answers.items()}))
    systems_found = {
        name: _system(name, each, arguments.languages) for name, each in answers.items()
    }
    record({**header("languages", argv), "systems": systems_found}, arguments.output)
    return 0


def _part(clips: Sequence[Recording], part: int | None) -> Sequence[Recording]:
    return clips if part is None else clips[part::2]


def _system(name: str, answers: Sequence[Answer], languages: Sequence[str]) -> dict[str, Any]:
    return {
        "weights": SYSTEMS[name],
        "by_length": {each: asdict(value) for each, value in by_length(answers).items()},
        "by_language": {
            code: asdict(row([each for each in answers if each.spoken == code]))
            for code in languages
        },
        "detected_as": confusions(answers),
        "close_pairs": close_pairs(answers),
    }


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
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--clips", type=int, default=100, help="most recordings of a language")
    parser.add_argument("--languages", nargs="+", default=list(LANGUAGES))
    parser.add_argument("--systems", nargs="+", choices=list(SYSTEMS), default=list(SYSTEMS))
    parser.add_argument("--settings", default="{}", help="LanguageIdSettings that differ, as JSON")
    parser.add_argument("--line", choices=list(LINES), default="clean")
    parser.add_argument("--part", type=int, choices=(0, 1), help="half of the recordings")
    parser.add_argument("--processes", type=int, default=os.cpu_count())
    parser.add_argument("--output", type=Path, default=RESULTS / "languages.json")
    return parser


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
