"""Short context against 30 s: what it costs in words and letters, and how often it isn't enough.

    make speech-data && make bench-short-context
    python -m benchmarks.short_context --languages bg nl --margins 1

250 recordings of 1 to 12 s, 25 of each of ten languages, none of them trained on
(`benchmarks.held_out`), one at a time, greedy, int8, the language told. A context is a window's
length and a margin of silence. "Alone" takes the first text as it comes. Otherwise text that looks
wrong falls back to 30 s, as served. "Unsure" is the share of texts that an upload is heard again
for, though they don't look wrong (`compare_below`).
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

import jiwer
from rich.console import Console
from rich.table import Table

from benchmarks.accuracy import LANGUAGES, normalized
from benchmarks.held_out import short_clips
from benchmarks.speech_data import Recording
from sentivox.audio.container import G722
from sentivox.audio.reader import ClipReader
from sentivox.models.base import RecognitionItem
from sentivox.models.weights import resolve
from sentivox.models.whisper import Attempt
from sentivox.models.whisper_ctranslate2 import CTranslate2Engine
from sentivox.models.whisper_hypothesis import Hypothesis, Judge
from sentivox.models.whisper_tokens import WhisperTokens
from sentivox.settings import AudioDecoderSettings, RecognitionSettings
from sentivox.types import WINDOW_SECONDS, RecognitionOptions, SpeechDetection
from training.machine import machine
from training.whisper_adapter_card import read_card, write_card

RESULTS = Path(__file__).parent / "results" / "short-context.json"
MODELS = ("embedded:whisper-base", "embedded:whisper-base+short-context")
MARGINS_S = (1.0, 3.0)


@dataclass(frozen=True, slots=True, eq=False)
class Spoken:
    clip: Recording
    items: list[RecognitionItem]
    """Its windows; there are few that have more than one, and few that have none."""


@dataclass(frozen=True, slots=True)
class Row:
    model: str
    margin_s: float | None
    """None for all 30 s."""
    wer_alone: float
    cer_alone: float
    fallbacks: float
    """Share of windows."""
    unsure: float
    wer: float
    cer: float
    cer_by_language: dict[str, float]
    fallbacks_by_language: dict[str, float]


@dataclass(frozen=True, slots=True)
class Answer:
    """To one window."""

    first: Hypothesis
    kept: Hypothesis
    fell_back: bool
    unsure: bool


class Hearing:
    """One model, asked window by window."""

    def __init__(self, model: str, threads: int) -> None:
        self._settings = RecognitionSettings(model=model, threads=threads)
        folder = resolve(model)
        self._engine = CTranslate2Engine(folder, WhisperTokens(folder), self._settings)
        self._judge = Judge(self._settings)
        self._full: dict[int, Hypothesis] = {}

    def answer(self, item: RecognitionItem, margin_s: float | None) -> Answer:
        first = self._all(item) if margin_s is None else self._some(item, margin_s)
        fell_back = self._judge.doubtful(first)
        unsure = first.decoded.avg_logprob < self._settings.compare_below
        kept = max(first, self._all(item), key=self._judge.rank) if fell_back else first
        return Answer(first, kept, fell_back, unsure and not fell_back)

    def _some(self, item: RecognitionItem, margin_s: float) -> Hypothesis:
        context_s = round(min(WINDOW_SECONDS, item.window.seconds + margin_s), 1)
        [heard] = self._engine.decode([item], context_s, Attempt(margin_s, 0.0, 1, hasty=True))
        return heard

    def _all(self, item: RecognitionItem) -> Hypothesis:
        if id(item) not in self._full:
            [heard] = self._engine.decode([item], WINDOW_SECONDS, Attempt(None, 0.0, 1))
            self._full[id(item)] = heard
        return self._full[id(item)]


def spoken(languages: Sequence[str]) -> list[Spoken]:
    reader = ClipReader(AudioDecoderSettings(processes=1))
    found = []
    for clip in [clip for code in languages for clip in short_clips(code)]:
        raw = G722 if clip.path.suffix == ".g722" else None
        windows = reader.read(clip.path.read_bytes(), SpeechDetection(), raw).windows
        options = RecognitionOptions(clip.language)
        found.append(Spoken(clip, [RecognitionItem(window, options) for window in windows]))
    return found


def row(hearing: Hearing, model: str, margin_s: float | None, clips: Sequence[Spoken]) -> Row:
    answers = [[hearing.answer(item, margin_s) for item in each.items] for each in clips]
    first = [_text([answer.first for answer in each]) for each in answers]
    kept = [_text([answer.kept for answer in each]) for each in answers]
    codes = dict.fromkeys(each.clip.language for each in clips)
    by_language = {
        code: [n for n, each in enumerate(clips) if each.clip.language == code] for code in codes
    }

    def errors(measure: str, texts: Sequence[str], rows: Sequence[int]) -> float:
        references = [normalized(clips[n].clip.transcript) for n in rows]
        return float(getattr(jiwer, measure)(references, [texts[n] for n in rows]))

    def mean(measure: str, texts: Sequence[str]) -> float:
        rates = [errors(measure, texts, rows) for rows in by_language.values()]
        return round(sum(rates) / len(rates), 4)

    def share(rows: Sequence[int], name: str) -> float:
        windows = [answer for n in rows for answer in answers[n]]
        return round(sum(getattr(each, name) for each in windows) / max(1, len(windows)), 4)

    everything = range(len(clips))
    return Row(
        model=model.removeprefix("embedded:"),
        margin_s=margin_s,
        wer_alone=mean("wer", first),
        cer_alone=mean("cer", first),
        fallbacks=share(everything, "fell_back"),
        unsure=share(everything, "unsure"),
        wer=mean("wer", kept),
        cer=mean("cer", kept),
        cer_by_language={c: round(errors("cer", kept, r), 4) for c, r in by_language.items()},
        fallbacks_by_language={c: share(r, "fell_back") for c, r in by_language.items()},
    )


def _text(hypotheses: Sequence[Hypothesis]) -> str:
    return normalized(" ".join(each.text for each in hypotheses))


def main(argv: Sequence[str]) -> int:
    arguments = _parser().parse_args(argv)
    console = Console(stderr=True)
    clips = spoken(arguments.languages)
    rows = []
    for model in arguments.models:
        hearing = Hearing(model, arguments.threads)
        for margin_s in (None, *arguments.margins):
            rows.append(row(hearing, model, margin_s, clips))
            console.log(rows[-1])
    Console().print(_table(rows))
    result = {
        "benchmark": "short_context",
        "command": " ".join(["python", "-m", "benchmarks.short_context", *argv]),
        "date": datetime.now(UTC).date().isoformat(),
        "machine": machine(),
        "clips": len(clips),
        "rows": [asdict(each) for each in rows],
    }
    arguments.output.write_text(json.dumps(result, indent=2) + "\n")
    if arguments.write:
        _complete(arguments.write, result, rows)
    sys.stdout.write(json.dumps(result) + "\n")
    return 0


def _complete(adapter: Path, result: dict[str, object], rows: Sequence[Row]) -> None:
    """The adapter's card, with what was measured."""
    told = {key: result[key] for key in ("date", "machine", "command")}
    table = [dict(zip(_COLUMNS, _cells(each), strict=True)) for each in rows]
    on = f"{result['clips']} recordings of 1 to 12 s in ten languages, int8, greedy"
    write_card(adapter, {**read_card(adapter), "test": {**told, "on": on, "rows": table}})


_COLUMNS = ("model", "context", "WER alone", "CER alone", "fell back", "unsure", "WER", "CER")


def _table(rows: Sequence[Row]) -> Table:
    table = Table(*_COLUMNS)
    for each in rows:
        table.add_row(*_cells(each))
    return table


def _cells(each: Row) -> list[str]:
    context = "30 s" if each.margin_s is None else f"clip + {each.margin_s:g} s"
    numbers = (each.wer_alone, each.cer_alone, each.fallbacks, each.unsure, each.wer, each.cer)
    return [each.model, context, *(f"{number:.3f}" for number in numbers)]


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--languages", nargs="+", default=list(LANGUAGES))
    parser.add_argument("--models", nargs="+", default=list(MODELS))
    parser.add_argument("--margins", nargs="+", type=float, default=list(MARGINS_S))
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--output", type=Path, default=RESULTS)
    parser.add_argument("--write", type=Path, help="folder of the adapter whose card to complete")
    return parser


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
