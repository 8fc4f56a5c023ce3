"""WER and CER with short context padding beside windows of 30 s, and how often text is doubtful.

    make speech-data && make bench-short-context
    python -m benchmarks.short_context --languages bg nl --paddings 1

250 held-out recordings of 1 to 12 s, 25 of each of ten languages (`preprocessing.held_out`), one at
a time, greedy, int8, the language given. The context of a window is its length and some padding.
"First pass" keeps the first text. "Repetition" decodes repetition loops again with 30 s, and
"doubtful", as served, text of low probability too. With 30 s from the start, both columns only
count such text. Rates are means over the languages.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from statistics import mean

from rich.table import Table

from benchmarks.accuracy import LANGUAGES
from benchmarks.measures.outcome import RESULTS, header, record, show
from benchmarks.measures.scores import ErrorRates, error_rates
from benchmarks.systems.recognizer_alone import items_of, windows_of
from preprocessing.held_out import short_clips
from preprocessing.speech_data import Recording
from sentivox.engines.protocols import RecognitionItem
from sentivox.engines.whisper.backends.ctranslate2.engine import CTranslate2Engine
from sentivox.engines.whisper.fallback import DecodingPass
from sentivox.engines.whisper.hypothesis import Hypothesis
from sentivox.engines.whisper.quality import QualityCheck
from sentivox.engines.whisper.tokenizer import WhisperTokenizer
from sentivox.settings import RecognitionSettings
from sentivox.types import WINDOW_SECONDS
from sentivox.weights.resolve import resolve
from training.model_card import read_card, write_card
from training.whisper.adapter_card import readme

MODELS = ("embedded:whisper-base", "embedded:whisper-base+short-context")
PADDINGS_S = (1.0, 3.0)


@dataclass(frozen=True, slots=True, eq=False)
class ClipItems:
    """A recording and its windows: nearly always one."""

    clip: Recording
    items: list[RecognitionItem]


@dataclass(frozen=True, slots=True)
class Row:
    """The measures of one model with one padding."""

    model: str
    context_padding_s: float | None
    """None for 30 s."""
    first_pass: ErrorRates
    repetition: float
    """Share of windows whose first text is a repetition loop."""
    after_repetition: ErrorRates
    doubtful: float
    """Share of windows whose first text is doubtful."""
    after_doubtful: ErrorRates
    by_language: dict[str, dict[str, float]]
    """CER of the first pass and after repetition, and the share of repetition loops."""


@dataclass(frozen=True, slots=True)
class Answer:
    """The text of one window: of the first pass, and after each kind of fallback."""

    first_pass: Hypothesis
    after_repetition: Hypothesis
    after_doubtful: Hypothesis
    repetition: bool
    doubtful: bool


class Decoder:
    """One model, window by window."""

    def __init__(self, model: str, threads: int) -> None:
        settings = RecognitionSettings(model=model, threads=threads)
        folder = resolve(model)
        self._engine = CTranslate2Engine(folder, WhisperTokenizer(folder), settings)
        self._check = QualityCheck(settings)
        self._full: dict[int, Hypothesis] = {}

    def answer(self, item: RecognitionItem, context_padding_s: float | None) -> Answer:
        """Decodes with that padding, and with 30 s where the text is doubtful."""
        if context_padding_s is None:
            first = self._decode_full(item)
        else:
            first = self._decode_padded(item, context_padding_s)
        repetition = self._check.is_repetition_loop(first)
        doubtful = self._check.is_doubtful(first)
        again = self._decode_full(item) if doubtful else first
        better = max(first, again, key=self._check.rank)
        return Answer(first, better if repetition else first, better, repetition, doubtful)

    def _decode_padded(self, item: RecognitionItem, context_padding_s: float) -> Hypothesis:
        context_s = round(min(WINDOW_SECONDS, item.window.seconds + context_padding_s), 1)
        [hypothesis] = self._engine.decode(
            [item], [context_s], DecodingPass(context_padding_s, 0.0, 1, stop_on_repetition=True)
        )
        return hypothesis

    def _decode_full(self, item: RecognitionItem) -> Hypothesis:
        if id(item) not in self._full:
            decoding_pass = DecodingPass(None, 0.0, 1)
            [self._full[id(item)]] = self._engine.decode([item], [WINDOW_SECONDS], decoding_pass)
        return self._full[id(item)]


def clip_items(languages: Sequence[str]) -> list[ClipItems]:
    """The held-out recordings of those languages."""
    clips = [clip for code in languages for clip in short_clips(code)]
    return [
        ClipItems(clip, items_of(windows, clip.language))
        for clip, windows in zip(clips, windows_of(clips), strict=True)
    ]


def rows_of(
    model: str, paddings: Sequence[float], threads: int, clips: Sequence[ClipItems]
) -> list[Row]:
    """The rows of one model: 30 s, then each padding."""
    decoder = Decoder(model, threads)
    name = model.removeprefix("embedded:")
    return [row(decoder, name, padding_s, clips) for padding_s in (None, *paddings)]


def row(
    decoder: Decoder, model: str, context_padding_s: float | None, clips: Sequence[ClipItems]
) -> Row:
    """The row of one model with one padding."""
    languages: dict[str, list[tuple[Recording, list[Answer]]]] = {}
    for each in clips:
        answers = [decoder.answer(item, context_padding_s) for item in each.items]
        languages.setdefault(each.clip.language, []).append((each.clip, answers))
    first, repetition, doubtful = (
        {code: _error_rates(pairs, kept, code) for code, pairs in languages.items()}
        for kept in ("first_pass", "after_repetition", "after_doubtful")
    )
    everything = [pair for own in languages.values() for pair in own]
    return Row(
        model=model,
        context_padding_s=context_padding_s,
        first_pass=_mean(first.values()),
        repetition=_share(everything, "repetition"),
        after_repetition=_mean(repetition.values()),
        doubtful=_share(everything, "doubtful"),
        after_doubtful=_mean(doubtful.values()),
        by_language={
            code: {
                "cer_first_pass": first[code].cer,
                "cer_after_repetition": repetition[code].cer,
                "repetition": _share(pairs, "repetition"),
            }
            for code, pairs in languages.items()
        },
    )


def _error_rates(
    pairs: Sequence[tuple[Recording, list[Answer]]], kept: str, language: str
) -> ErrorRates:
    """Rates of one kind of text; `kept` is its attribute of Answer."""
    references = [clip.transcript for clip, _ in pairs]
    texts = [" ".join(getattr(answer, kept).text for answer in answers) for _, answers in pairs]
    return error_rates(references, texts, language)


def _share(pairs: Sequence[tuple[Recording, list[Answer]]], name: str) -> float:
    """Share of windows with that attribute of Answer."""
    windows = [getattr(answer, name) for _, answers in pairs for answer in answers]
    return round(sum(windows) / max(1, len(windows)), 4)


def _mean(languages: Iterable[ErrorRates]) -> ErrorRates:
    rates = list(languages)
    return ErrorRates(
        round(mean(each.wer for each in rates), 4), round(mean(each.cer for each in rates), 4)
    )


def main(argv: Sequence[str]) -> int:
    arguments = _parser().parse_args(argv)
    clips = clip_items(arguments.languages)
    ask = partial(rows_of, paddings=arguments.paddings, threads=arguments.threads, clips=clips)
    with ProcessPoolExecutor(arguments.processes, get_context("spawn")) as pool:
        rows = [each for found in pool.map(ask, arguments.models) for each in found]
    show(_table(rows))
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
    """Writes the measures into the adapter's card."""
    about = {key: result[key] for key in ("date", "machine", "command")}
    table = [dict(zip(_COLUMNS, _cells(each), strict=True)) for each in rows]
    languages = ", ".join(rows[0].by_language)
    on = f"{result['clips']} recordings of 1 to 12 s in {languages}, int8, greedy"
    card = {**read_card(adapter), "test": {**about, "on": on, "rows": table}}
    write_card(adapter, card, readme(card))


_COLUMNS = (
    "model",
    "context",
    *("WER, first pass", "CER, first pass"),
    *("repetition", "WER after repetition", "CER after repetition"),
    *("doubtful", "WER after doubtful", "CER after doubtful"),
)


def _table(rows: Sequence[Row]) -> Table:
    table = Table(*_COLUMNS)
    for each in rows:
        table.add_row(*_cells(each))
    return table


def _cells(each: Row) -> list[str]:
    context = "30 s" if each.context_padding_s is None else f"clip + {each.context_padding_s:g} s"
    numbers = (
        *(each.first_pass.wer, each.first_pass.cer),
        *(each.repetition, each.after_repetition.wer, each.after_repetition.cer),
        *(each.doubtful, each.after_doubtful.wer, each.after_doubtful.cer),
    )
    return [each.model, context, *(f"{number:.3f}" for number in numbers)]


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--languages", nargs="+", default=list(LANGUAGES))
    parser.add_argument("--models", nargs="+", default=list(MODELS))
    parser.add_argument(
        *("--paddings", "--margins"),
        nargs="+",
        type=float,
        default=list(PADDINGS_S),
        help="context padding in seconds",
    )
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--processes", type=int, default=2, help="models measured at the same time")
    parser.add_argument("--output", type=Path, default=RESULTS / "short-context.json")
    parser.add_argument(
        "--write", type=Path, help="folder of an adapter whose card receives the result"
    )
    return parser


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
