"""Short context against 30 s: what it costs in words and letters, and how often it isn't enough.

    make speech-data && make bench-short-context
    python -m benchmarks.short_context --languages bg nl --margins 1

250 recordings of 1 to 12 s, 25 of each of ten languages, none of them trained on
(`preprocessing.held_out`), one at a time, greedy, int8, the language told. A context is a window's
length and a margin of silence. "Alone" takes the first text as it comes. "Loops" takes all 30 s
where it goes in circles, and "doubts", as served, where it's unlikely as well. With all 30 s both
say how often the text would look wrong, and nothing is heard again. Rates are means over languages.
"""

from __future__ import annotations

import argparse
import math
import sys
from collections.abc import Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from functools import partial
from multiprocessing import get_context
from pathlib import Path

import jiwer
from rich.console import Console
from rich.table import Table

from benchmarks.accuracy import LANGUAGES, normalized
from benchmarks.outcome import header, record
from preprocessing.held_out import short_clips
from preprocessing.speech_data import Recording
from sentivox.audio.clip_reader import ClipReader
from sentivox.engines.protocols import RecognitionItem
from sentivox.engines.whisper.backends.ctranslate2.engine import CTranslate2Engine
from sentivox.engines.whisper.fallback import DecodingPass
from sentivox.engines.whisper.hypothesis import Hypothesis, QualityCheck
from sentivox.engines.whisper.tokenizer import WhisperTokenizer
from sentivox.settings import AudioDecoderSettings, RecognitionSettings
from sentivox.types import WINDOW_SECONDS, RecognitionOptions, SpeechDetection
from sentivox.weights.resolve import resolve
from training.model_card import read_card, write_card
from training.whisper.adapter_card import readme

RESULTS = Path(__file__).parent / "results" / "short-context.json"
MODELS = ("embedded:whisper-base", "embedded:whisper-base+short-context")
MARGINS_S = (1.0, 3.0)


@dataclass(frozen=True, slots=True, eq=False)
class Spoken:
    clip: Recording
    items: list[RecognitionItem]
    """Its windows; there are few that have more than one, and few that have none."""


@dataclass(frozen=True, slots=True)
class Errors:
    wer: float
    cer: float


@dataclass(frozen=True, slots=True)
class Row:
    model: str
    context_padding_s: float | None
    """None for all 30 s."""
    alone: Errors
    loops: float
    """Share of windows; so are doubts."""
    after_loops: Errors
    doubts: float
    after_doubts: Errors
    by_language: dict[str, dict[str, float]]
    """CER alone and after loops, and the share of loops."""


@dataclass(frozen=True, slots=True)
class Answer:
    """To one window: the first text, and what is kept by each of the guards."""

    first: Hypothesis
    after_loops: Hypothesis
    after_doubts: Hypothesis
    loops: bool
    doubts: bool


class Hearing:
    """One model, asked window by window."""

    def __init__(self, model: str, threads: int) -> None:
        settings = RecognitionSettings(model=model, threads=threads)
        folder = resolve(model)
        self._engine = CTranslate2Engine(folder, WhisperTokenizer(folder), settings)
        self._judge = QualityCheck(settings)
        self._loops = QualityCheck(settings.model_copy(update={"log_prob_threshold": -math.inf}))
        self._full: dict[int, Hypothesis] = {}

    def answer(self, item: RecognitionItem, context_padding_s: float | None) -> Answer:
        first = (
            self._all(item) if context_padding_s is None else self._some(item, context_padding_s)
        )
        loops, doubts = self._loops.doubtful(first), self._judge.doubtful(first)
        again = self._all(item) if doubts else first
        better = max(first, again, key=self._judge.rank)
        return Answer(first, better if loops else first, better, loops, doubts)

    def _some(self, item: RecognitionItem, context_padding_s: float) -> Hypothesis:
        context_s = round(min(WINDOW_SECONDS, item.window.seconds + context_padding_s), 1)
        [heard] = self._engine.decode(
            [item], [context_s], DecodingPass(context_padding_s, 0.0, 1, stop_on_repetition=True)
        )
        return heard

    def _all(self, item: RecognitionItem) -> Hypothesis:
        if id(item) not in self._full:
            [heard] = self._engine.decode([item], [WINDOW_SECONDS], DecodingPass(None, 0.0, 1))
            self._full[id(item)] = heard
        return self._full[id(item)]


def spoken(languages: Sequence[str]) -> list[Spoken]:
    reader = ClipReader(AudioDecoderSettings(processes=1))
    found = []
    for clip in [clip for code in languages for clip in short_clips(code)]:
        windows = reader.read(clip.path.read_bytes(), SpeechDetection(), clip.container).windows
        options = RecognitionOptions(clip.language)
        found.append(Spoken(clip, [RecognitionItem(window, options) for window in windows]))
    return found


def rows_of(
    model: str, margins: Sequence[float], threads: int, clips: Sequence[Spoken]
) -> list[Row]:
    hearing = Hearing(model, threads)
    name = model.removeprefix("embedded:")
    return [row(hearing, name, context_padding_s, clips) for context_padding_s in (None, *margins)]


def row(
    hearing: Hearing, model: str, context_padding_s: float | None, clips: Sequence[Spoken]
) -> Row:
    languages: dict[str, list[tuple[Recording, list[Answer]]]] = {}
    for each in clips:
        answers = [hearing.answer(item, context_padding_s) for item in each.items]
        languages.setdefault(each.clip.language, []).append((each.clip, answers))
    alone, loops, doubts = (
        {code: errors(said, kept) for code, said in languages.items()}
        for kept in ("first", "after_loops", "after_doubts")
    )
    everything = [said for own in languages.values() for said in own]
    return Row(
        model=model,
        context_padding_s=context_padding_s,
        alone=_mean(alone.values()),
        loops=share(everything, "loops"),
        after_loops=_mean(loops.values()),
        doubts=share(everything, "doubts"),
        after_doubts=_mean(doubts.values()),
        by_language={
            code: {
                "cer_alone": alone[code].cer,
                "cer_after_loops": loops[code].cer,
                "loops": share(said, "loops"),
            }
            for code, said in languages.items()
        },
    )


def errors(said: Sequence[tuple[Recording, list[Answer]]], kept: str) -> Errors:
    references = [normalized(clip.transcript) for clip, _ in said]
    texts = [_text([getattr(answer, kept) for answer in answers]) for _, answers in said]
    wer, cer = jiwer.wer(references, texts), jiwer.cer(references, texts)
    return Errors(round(float(wer), 4), round(float(cer), 4))


def share(said: Sequence[tuple[Recording, list[Answer]]], name: str) -> float:
    """Of windows."""
    windows = [getattr(answer, name) for _, answers in said for answer in answers]
    return round(sum(windows) / max(1, len(windows)), 4)


def _mean(languages: Iterable[Errors]) -> Errors:
    each = list(languages)
    wer, cer = sum(e.wer for e in each), sum(e.cer for e in each)
    return Errors(round(wer / len(each), 4), round(cer / len(each), 4))


def _text(hypotheses: Sequence[Hypothesis]) -> str:
    return normalized(" ".join(each.text for each in hypotheses))


def main(argv: Sequence[str]) -> int:
    arguments = _parser().parse_args(argv)
    clips = spoken(arguments.languages)
    ask = partial(rows_of, margins=arguments.margins, threads=arguments.threads, clips=clips)
    with ProcessPoolExecutor(arguments.processes, get_context("spawn")) as pool:
        rows = [each for found in pool.map(ask, arguments.models) for each in found]
    Console().print(_table(rows))
    result = {
        **header("short_context", argv),
        "clips": len(clips),
        "rows": [asdict(each) for each in rows],
    }
    if arguments.write:
        _complete(arguments.write, result, rows)
    record(result, arguments.output)
    return 0


def _complete(adapter: Path, result: dict[str, object], rows: Sequence[Row]) -> None:
    """The adapter's card, with what was measured."""
    told = {key: result[key] for key in ("date", "machine", "command")}
    table = [dict(zip(_COLUMNS, _cells(each), strict=True)) for each in rows]
    languages = ", ".join(rows[0].by_language)
    on = f"{result['clips']} recordings of 1 to 12 s in {languages}, int8, greedy"
    card = {**read_card(adapter), "test": {**told, "on": on, "rows": table}}
    write_card(adapter, card, readme(card))


_COLUMNS = (
    "model",
    "context",
    *("WER alone", "CER alone"),
    *("loops", "WER after", "CER after"),
    *("doubts", "WER after these", "CER after these"),
)


def _table(rows: Sequence[Row]) -> Table:
    table = Table(*_COLUMNS)
    for each in rows:
        table.add_row(*_cells(each))
    return table


def _cells(each: Row) -> list[str]:
    context = "30 s" if each.context_padding_s is None else f"clip + {each.context_padding_s:g} s"
    numbers = (
        *(each.alone.wer, each.alone.cer),
        *(each.loops, each.after_loops.wer, each.after_loops.cer),
        *(each.doubts, each.after_doubts.wer, each.after_doubts.cer),
    )
    return [each.model, context, *(f"{number:.3f}" for number in numbers)]


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--languages", nargs="+", default=list(LANGUAGES))
    parser.add_argument("--models", nargs="+", default=list(MODELS))
    parser.add_argument("--margins", nargs="+", type=float, default=list(MARGINS_S))
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--processes", type=int, default=2, help="models asked side by side")
    parser.add_argument("--output", type=Path, default=RESULTS)
    parser.add_argument("--write", type=Path, help="folder of the adapter whose card to complete")
    return parser


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
