"""Files in several languages: the share of their speech with the right language.

    make speech-data && make bench-mixed-languages
    python -m benchmarks.mixed_languages --languages en es fr it ru ro --run-length 1 3 --url ...

Recordings are joined, `--run-length` of one language in a row, and uploaded to the server without a
language. Speech counts where it has text. The last rows are files of one language each, in which
every detected change is an error.
"""

from __future__ import annotations

import argparse
import random
import sys
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import httpx2
from rich.console import Console
from rich.table import Table

from benchmarks.inputs.paced_speech import PacedSpeech, paced_speech
from benchmarks.measures.outcome import RESULTS, header, record, show
from benchmarks.systems.server import running
from benchmarks.systems.system import ADAPTED_WEIGHTS
from preprocessing.speech_data import Recording, recordings

PAUSE_S = 0.8
TIMEOUT_S = 900.0


@dataclass(frozen=True, slots=True)
class Row:
    """The measures of one file."""

    file: str
    minutes: float
    recognized: float
    """Share of the speech that has text."""
    language_accuracy: float
    """Share of that speech whose language is right."""
    confused: dict[str, float]
    """"spoken as detected" -> seconds, longest first."""


def mixed(
    pools: dict[str, list[Recording]], run_length: int, chance: random.Random
) -> list[Recording]:
    """All clips of all languages, in runs of one language, the languages in random order."""
    left = {code: list(clips) for code, clips in pools.items()}
    order: list[Recording] = []
    last = ""
    while choices := [code for code, clips in left.items() if clips and code != last]:
        last = chance.choice(choices)
        order += left[last][:run_length]
        del left[last][:run_length]
    return order


def upload(url: str, speech: PacedSpeech) -> dict[str, Any]:
    """The response to a request without a language."""
    answer = httpx2.post(
        f"{url}/v1/audio/transcriptions",
        files={"file": ("speech.wav", speech.wav())},
        data={"model": "auto", "response_format": "verbose_json", "sentiment": "false"},
        timeout=TIMEOUT_S,
    )
    body: dict[str, Any] = answer.raise_for_status().json()
    return body


def row(name: str, speech: PacedSpeech, segments: Iterable[dict[str, Any]]) -> Row:
    """The row of one file and the segments of its response."""
    confused: dict[str, float] = {}
    recognized = right = 0.0
    for segment in segments:
        for spoken in speech.spoken:
            both = min(segment["end"], spoken.end) - max(segment["start"], spoken.onset)
            if both <= 0:
                continue
            recognized += both
            if segment["language"] == spoken.clip.language:
                right += both
            else:
                key = f"{spoken.clip.language} as {segment['language']}"
                confused[key] = confused.get(key, 0.0) + both
    spoken_s = sum(each.end - each.onset for each in speech.spoken)
    most = sorted(confused.items(), key=lambda each: -each[1])
    return Row(
        file=name,
        minutes=round(speech.seconds / 60, 1),
        recognized=round(recognized / spoken_s, 3),
        language_accuracy=round(right / max(recognized, 1e-9), 3),
        confused={key: round(seconds, 1) for key, seconds in most[:8]},
    )


def measure(url: str, arguments: argparse.Namespace, console: Console) -> list[Row]:
    """The rows of all files."""
    pools = {
        code: recordings(code, base_s=arguments.at_least, most=arguments.clips)
        for code in arguments.languages
    }
    files = {
        f"{len(pools)} languages, runs of {length}": mixed(pools, length, random.Random(1))  # noqa: S311
        for length in arguments.run_length
    }
    files |= pools
    rows = []
    for name, clips in files.items():
        speech = paced_speech(clips, 16_000, PAUSE_S)
        rows.append(row(name, speech, upload(url, speech)["segments"]))
        console.log(str(rows[-1]))
    return rows


def main(argv: Sequence[str]) -> int:
    arguments = _parser().parse_args(argv)
    with running(arguments.url) as url:
        rows = measure(url, arguments, Console(stderr=True))
    table = Table("file", "minutes", "recognised", "language accuracy", "confused")
    for each in rows:
        table.add_row(*map(str, asdict(each).values()))
    show(table)
    result = {
        **header("mixed_languages", argv),
        "weights": ADAPTED_WEIGHTS,
        "files": [asdict(each) for each in rows],
    }
    record(result, arguments.output)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--url", help="a server that runs already; otherwise one is started")
    parser.add_argument("--languages", nargs="+", default=["en", "es", "fr", "it", "ru", "cs"])
    parser.add_argument("--clips", type=int, default=15, help="recordings of a language")
    parser.add_argument(
        "--at-least", type=float, default=2.0, help="shortest recording, in seconds"
    )
    parser.add_argument("--run-length", type=int, nargs="+", default=[1, 3])
    parser.add_argument("--output", type=Path, default=RESULTS / "mixed-languages.json")
    return parser


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
