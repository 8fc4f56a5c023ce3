"""Words and languages against faster-whisper: same weights, same cores, same recordings.

    make speech-data && make bench-accuracy
    python -m benchmarks.accuracy --clips 100 --languages en es fr --threads 2

Both decode greedily with the language given. Ours has the settings of the local config, and goes
the way an upload goes: decoder process, voice detection, windows, batches, fallbacks. Word and
character error rates are over all clips of a language together, on text without case and
punctuation.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
import unicodedata
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Protocol

import jiwer
from faster_whisper import WhisperModel
from faster_whisper.audio import decode_audio
from rich.console import Console
from rich.table import Table

from benchmarks.outcome import header, record
from benchmarks.shipped import identification, recognition
from benchmarks.system import WEIGHTS
from preprocessing.speech_data import Recording, recordings
from sentivox.audio.clip_reader import ClipReader
from sentivox.engines.language_id.detector import decide
from sentivox.engines.loading import load_language_detector, load_recognizer
from sentivox.engines.protocols import RecognitionItem
from sentivox.settings import AudioDecoderSettings
from sentivox.types import DecodedAudio, Recognition, RecognitionOptions, SpeechDetection
from sentivox.weights.resolve import resolve
from training.machine import machine

LANGUAGES = ("en", "es", "fr", "it", "ru", "ro", "bg", "el", "cs", "nl")
RESULTS = Path(__file__).parent / "results"
CLIPS_AT_ONCE = 8
COLUMNS = ("wer", "cer", "language_accuracy")


@dataclass(frozen=True, slots=True)
class Score:
    wer: float
    cer: float
    language_accuracy: float


class System(Protocol):
    def words(self, clips: Sequence[Recording], language: str) -> list[str]: ...

    def languages(self, clips: Sequence[Recording]) -> list[str]: ...


class Sentivox:
    def __init__(self, threads: int) -> None:
        self._reader = ClipReader(AudioDecoderSettings(processes=1))
        self._recognizer = load_recognizer(recognition(threads=threads))
        self._identifier = load_language_detector(identification(threads=threads))

    def words(self, clips: Sequence[Recording], language: str) -> list[str]:
        texts: list[str] = []
        for at in range(0, len(clips), CLIPS_AT_ONCE):
            decoded = [self._read(clip) for clip in clips[at : at + CLIPS_AT_ONCE]]
            items = [
                RecognitionItem(window, RecognitionOptions(language))
                for audio in decoded
                for window in audio.windows
            ]
            answers = iter(self._recognizer.transcribe(items))
            texts += [" ".join(_text(next(answers)) for _ in audio.windows) for audio in decoded]
        return texts

    def languages(self, clips: Sequence[Recording]) -> list[str]:
        return [self._language(self._read(clip)) for clip in clips]

    def _language(self, audio: DecodedAudio) -> str:
        if not audio.windows:
            return ""
        heard = max(audio.windows[:3], key=lambda window: window.seconds)
        [listened] = self._identifier.listen([heard])
        return decide(listened.ranked, (), 0.0).ranked[0].language

    def _read(self, clip: Recording) -> DecodedAudio:
        return self._reader.read(clip.path.read_bytes(), SpeechDetection(), clip.container)


class FasterWhisper:
    def __init__(self, threads: int) -> None:
        self._model = WhisperModel(
            str(resolve(WEIGHTS)), device="cpu", compute_type="int8", cpu_threads=threads
        )

    def words(self, clips: Sequence[Recording], language: str) -> list[str]:
        return [self._text(clip, language) for clip in clips]

    def languages(self, clips: Sequence[Recording]) -> list[str]:
        return [str(self._model.detect_language(decode_audio(str(clip.path)))[0]) for clip in clips]

    def _text(self, clip: Recording, language: str) -> str:
        segments, _ = self._model.transcribe(
            decode_audio(str(clip.path)), language=language, beam_size=1, best_of=1
        )
        return " ".join(segment.text for segment in segments)


SYSTEMS: dict[str, type[Sentivox] | type[FasterWhisper]] = {
    "sentivox": Sentivox,
    "faster-whisper": FasterWhisper,
}


def normalized(text: str) -> str:
    """Lower case, NFKC, without punctuation and symbols, single spaces."""
    plain = unicodedata.normalize("NFKC", text).casefold()
    kept = (" " if unicodedata.category(c)[0] in "PSZ" else c for c in plain)
    return re.sub(r"\s+", " ", "".join(kept)).strip()


def score(system: System, clips: Sequence[Recording], language: str) -> Score:
    texts = [normalized(text) for text in system.words(clips, language)]
    languages = system.languages(clips)
    references = [normalized(clip.transcript) for clip in clips]
    return Score(
        wer=float(jiwer.wer(references, texts)),
        cer=float(jiwer.cer(references, texts)),
        language_accuracy=languages.count(language) / len(languages),
    )


def main(argv: Sequence[str]) -> int:
    arguments = _parser().parse_args(argv)
    console = Console(stderr=True)
    scores: dict[str, dict[str, Score]] = {}
    for name in arguments.systems:
        system: System = SYSTEMS[name](arguments.threads)
        scores[name] = {}
        for language in arguments.languages:
            clips = recordings(language, base_s=2.0, most=arguments.clips)
            scores[name][language] = score(system, clips, language)
            console.log(f"{name}, {language}, {len(clips)} clips: {scores[name][language]}")
        path = arguments.output / f"accuracy-{name}.json"
        rows = _earlier(path, arguments.clips) | {
            code: _rounded(row) for code, row in scores[name].items()
        }
        result = {
            **header("accuracy", argv),
            "system": name,
            "clips_a_language": arguments.clips,
            "mean": {key: _average([row[key] for row in rows.values()]) for key in COLUMNS},
            "languages": rows,
        }
        record(result, path)
    Console().print(_table(scores))
    means = {name: _mean(list(rows.values())) for name, rows in scores.items()}
    sys.stdout.write(json.dumps({"benchmark": "accuracy", "mean": means}) + "\n")
    return 0


def _earlier(path: Path, clips: int) -> dict[str, dict[str, float]]:
    """Languages that other runs with as many clips have measured on this machine."""
    if not path.exists():
        return {}
    found = json.loads(path.read_text())
    same = (found["clips_a_language"], found["machine"]) == (clips, machine())
    return dict(found["languages"]) if same else {}


def _average(values: Sequence[float]) -> float:
    return round(sum(values) / len(values), 4)


def _text(answer: Recognition | Exception) -> str:
    if isinstance(answer, Exception):
        raise answer
    return "".join(segment.text for segment in answer.segments)


def _table(scores: dict[str, dict[str, Score]]) -> Table:
    table = Table("language", "system", "WER", "CER", "language right")
    for language in next(iter(scores.values())):
        for name, rows in scores.items():
            table.add_row(language, name, *_cells(_rounded(rows[language])))
    for name, rows in scores.items():
        table.add_row("mean", name, *_cells(_mean(list(rows.values()))))
    return table


def _cells(row: dict[str, float]) -> list[str]:
    return [f"{value:.4f}" for value in row.values()]


def _mean(rows: Sequence[Score]) -> dict[str, float]:
    columns = [asdict(row) for row in rows]
    return {key: round(sum(c[key] for c in columns) / len(columns), 4) for key in columns[0]}


def _rounded(row: Score) -> dict[str, float]:
    return {key: round(value, 4) for key, value in asdict(row).items()}


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--clips", type=int, default=100, help="at most, for each language")
    parser.add_argument("--languages", nargs="+", default=list(LANGUAGES))
    parser.add_argument("--systems", nargs="+", choices=list(SYSTEMS), default=list(SYSTEMS))
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--output", type=Path, default=RESULTS, help="folder for the results")
    return parser


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
