"""WER, CER and language accuracy beside faster-whisper, on recordings outside the training data.

    make speech-data && make bench-accuracy
    python -m benchmarks.accuracy --clips 100 --languages en es fr --systems sentivox
    python -m benchmarks.accuracy --manifest FOLDER/manifest.csv

Each system transcribes every recording twice: with its language given, and with the language
detected by the system. Each system has a result file of its own, which names its weights.
`sentivox` is the upload pipeline in this process with the settings of the local config, weights
included. faster-whisper decodes Whisper base as published, greedily without sampling and with its
default beam of 5, and the adapted weights of the local config, greedily.

Error rates are over all recordings of a language together, without case, punctuation, character
width and script: Simplified and Traditional characters are the same, and so are hiragana and
katakana. The mean is over the languages. In Chinese and Japanese each letter counts as a word.
`--manifest` takes other recordings: a CSV with the columns `path`, `lang` and `transcript`.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import mean
from typing import Any

from rich.console import Console
from rich.table import Table

from benchmarks.inputs.workloads import audio_file, listed, reported
from benchmarks.measures.outcome import RESULTS, header, record, show, write
from benchmarks.measures.scores import ErrorRates, error_rates, language_accuracy
from benchmarks.systems.system import ADAPTED_WEIGHTS, THREADS, WEIGHTS, AudioFile, System
from preprocessing.held_out import REPORTED

LANGUAGES = ("en", "es", "fr", "it", "ru", "ro", "bg", "el", "cs", "nl")
COLUMNS = ("WER, given", "CER, given", "WER, detected", "CER, detected", "language accuracy")
SYSTEMS = {
    "sentivox": ADAPTED_WEIGHTS,
    "faster-whisper greedy": WEIGHTS,
    "faster-whisper beam 5": WEIGHTS,
    "faster-whisper adapted weights": ADAPTED_WEIGHTS,
}
"""The weights of each system, by its name."""


@dataclass(frozen=True, slots=True)
class Row:
    """Accuracy of one system in one language."""

    clips: int
    given: ErrorRates
    """With the language given."""
    detected: ErrorRates
    """With the language detected."""
    language_accuracy: float
    """Share of recordings whose language was detected."""


def loaded(name: str, threads: int) -> System:
    """The system of that name, with its models loaded; `threads` are those of faster-whisper."""
    if name == "sentivox":
        from benchmarks.systems.in_process import EngineInProcess

        return EngineInProcess(sentiment=False)
    from benchmarks.systems.faster_whisper_systems import BEAM_5, GREEDY, FasterWhisper

    options = BEAM_5 if name == "faster-whisper beam 5" else GREEDY
    return FasterWhisper(SYSTEMS[name], threads, **options)


def audio_files(arguments: argparse.Namespace) -> dict[str, list[AudioFile]]:
    """The recordings of each language."""
    if arguments.manifest is None:
        return {
            language: [audio_file(clip) for clip in reported(language, arguments.clips)]
            for language in arguments.languages
        }
    found = listed(arguments.manifest)
    languages = dict.fromkeys(file.language for file in found)
    return {each: [file for file in found if file.language == each] for each in languages}


def row(system: System, files: Sequence[AudioFile], language: str) -> Row:
    """Accuracy of a system on files of one language."""
    references = [file.transcript for file in files]
    given = system.transcribe(files, language)
    detected = system.transcribe(files)
    return Row(
        clips=len(files),
        given=error_rates(references, [answer.text for answer in given], language),
        detected=error_rates(references, [answer.text for answer in detected], language),
        language_accuracy=language_accuracy(files, detected) or 0.0,
    )


def values(found: Row) -> dict[str, float]:
    """The measures of a row, by their keys in the result."""
    return {
        "wer_language_given": found.given.wer,
        "cer_language_given": found.given.cer,
        "wer_language_detected": found.detected.wer,
        "cer_language_detected": found.detected.cer,
        "language_accuracy": found.language_accuracy,
    }


def means(rows: Sequence[Row]) -> dict[str, float]:
    """The mean of each measure over the languages."""
    columns = [values(each) for each in rows]
    return {key: round(mean(each[key] for each in columns), 4) for key in columns[0]}


def main(argv: Sequence[str]) -> int:
    arguments = _parser().parse_args(argv)
    console = Console(stderr=True)
    files = audio_files(arguments)
    found: dict[str, dict[str, Row]] = {}
    for name in arguments.systems:
        system = loaded(name, arguments.threads)
        found[name] = {}
        for language, own in files.items():
            found[name][language] = row(system, own, language)
            console.log(name, language, values(found[name][language]))
        path = arguments.output / f"accuracy-{name.replace(' ', '-')}.json"
        write(_result(argv, arguments, name, found[name]), path)
    show(_table(found))
    systems = {name: means(list(rows.values())) for name, rows in found.items()}
    record({**header("accuracy", argv), "systems": systems}, None)
    return 0


def _result(
    argv: Sequence[str], arguments: argparse.Namespace, name: str, rows: dict[str, Row]
) -> dict[str, Any]:
    return {
        **header("accuracy", argv),
        "system": name,
        "weights": SYSTEMS[name],
        "clips_a_language": arguments.clips,
        "mean": means(list(rows.values())),
        "languages": {code: {"clips": each.clips, **values(each)} for code, each in rows.items()},
    }


def _table(found: dict[str, dict[str, Row]]) -> Table:
    table = Table("language", "system", "weights", *COLUMNS)
    for language in next(iter(found.values())):
        for name, rows in found.items():
            table.add_row(language, name, SYSTEMS[name], *_cells(values(rows[language])))
    for name, rows in found.items():
        table.add_row("mean", name, SYSTEMS[name], *_cells(means(list(rows.values()))))
    return table


def _cells(measures: dict[str, float]) -> list[str]:
    return [f"{value:.4f}" for value in measures.values()]


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--clips", type=int, default=REPORTED, help="most recordings of a language")
    parser.add_argument("--languages", nargs="+", default=list(LANGUAGES))
    parser.add_argument("--manifest", type=Path, help="CSV of other recordings")
    parser.add_argument("--systems", nargs="+", choices=list(SYSTEMS), default=list(SYSTEMS))
    parser.add_argument("--threads", type=int, default=THREADS, help="of faster-whisper")
    parser.add_argument("--output", type=Path, default=RESULTS, help="folder for the results")
    return parser


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
