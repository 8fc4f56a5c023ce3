"""Are live words as right as uploaded ones? Many recordings, without waiting for any of them.

    make speech-data && make bench-live-accuracy
    python -m benchmarks.live_accuracy --clips 40 --languages en nl --streaming '{"agreement_s": 2}'

Every recording is a live session of its own, fed as fast as it's understood: answers come DELAY_S
of the stream after they were asked for, as on a machine that isn't busy. So a change of the
settings is measured on hundreds of recordings in minutes, and twice the same gives twice the same.
Uploads go the way that `benchmarks.accuracy` describes. The language is given.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import sys
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import jiwer
from rich.console import Console
from rich.progress import track
from rich.table import Table

from benchmarks.systems import local_config
from benchmarks.accuracy import LANGUAGES, Sentivox, normalized
from benchmarks.measures.outcome import header, record
from benchmarks.inputs.paced_speech import paced_speech
from preprocessing.speech_data import Recording, recordings
from sentivox.audio.vad import VadModel
from sentivox.engines.loading import load_recognizer
from sentivox.engines.protocols import RecognitionItem, Recognizer
from sentivox.errors import SpeechError
from sentivox.pipeline.live_requests import LiveRequest, LiveResult
from sentivox.settings import RecognitionSettings, StreamingSettings
from sentivox.streaming.events import InterimText
from sentivox.streaming.session import StreamingSession
from sentivox.types import SAMPLE_RATE, TranscriptionOptions
from tests.streaming.conversation import Conversation

DELAY_S = 0.15
CLIPS_A_TASK = 10
RESULTS = Path(__file__).parent / "results" / "live-accuracy.json"


@dataclass(frozen=True, slots=True)
class Comparison:
    """One recording, heard both ways; normalised words."""

    language: str
    spoken: str
    live: str
    uploaded: str
    turns: int
    retractions: int
    """Turns whose text isn't exactly what had been given out of it, piece after piece."""
    first_stable_s: float | None
    """From the first sound to the first word that stayed."""


@dataclass(frozen=True, slots=True)
class Row:
    clips: int
    live_wer: float
    uploaded_wer: float
    live_cer: float
    uploaded_cer: float
    turns: int
    retractions: int
    first_stable_s: float | None
    """The median."""


@dataclass(frozen=True, slots=True)
class Task:
    clips: Sequence[Recording]
    streaming: StreamingSettings
    recognition: RecognitionSettings


def compare(task: Task) -> list[Comparison]:
    """In a process of its own."""
    recognizer, voices, uploads = _models(task.recognition)
    return [
        _compared(clip, _listened(clip, recognizer, voices, task.streaming), uploads)
        for clip in task.clips
    ]


@cache
def _models(settings: RecognitionSettings) -> tuple[Recognizer, VadModel, Sentivox]:
    return load_recognizer(settings), VadModel(), Sentivox(threads=1)


def _listened(
    clip: Recording, recognizer: Recognizer, voices: VadModel, settings: StreamingSettings
) -> tuple[Conversation, float]:
    """The conversation, and when its speech begins."""

    def ears(request: LiveRequest) -> LiveResult | SpeechError:
        window, options = request.to_recognize(clip.language)
        item = RecognitionItem(window, replace(options, allow_final_fallback=True))
        [heard] = recognizer.transcribe([item])
        return heard if isinstance(heard, SpeechError) else LiveResult(clip.language, None, heard)

    options = TranscriptionOptions(language=clip.language, sentiment=False)
    talk = Conversation(StreamingSession(voices, options, settings), ears, DELAY_S)
    speech = paced_speech([clip], SAMPLE_RATE)
    talk.feed(speech.pcm)
    talk.answer_all()
    return talk, speech.spoken[0].onset


def _compared(
    clip: Recording, listened: tuple[Conversation, float], uploads: Sentivox
) -> Comparison:
    talk, onset = listened
    stable = [
        at - onset
        for at, event in talk.events
        if isinstance(event, InterimText) and event.added.strip()
    ]
    return Comparison(
        language=clip.language,
        spoken=normalized(clip.transcript),
        live=normalized(" ".join(turn.text for turn in talk.turns)),
        uploaded=normalized(uploads.words([clip], clip.language)[0]),
        turns=len(talk.turns),
        retractions=sum(talk.added(turn.turn) != turn.text for turn in talk.turns),
        first_stable_s=stable[0] if stable else None,
    )


def summary(compared: Sequence[Comparison]) -> Row:
    spoken = [each.spoken for each in compared]
    live, uploaded = [each.live for each in compared], [each.uploaded for each in compared]
    stable = [each.first_stable_s for each in compared if each.first_stable_s is not None]
    return Row(
        clips=len(compared),
        live_wer=round(float(jiwer.wer(spoken, live)), 4),
        uploaded_wer=round(float(jiwer.wer(spoken, uploaded)), 4),
        live_cer=round(float(jiwer.cer(spoken, live)), 4),
        uploaded_cer=round(float(jiwer.cer(spoken, uploaded)), 4),
        turns=sum(each.turns for each in compared),
        retractions=sum(each.retractions for each in compared),
        first_stable_s=round(statistics.median(stable), 2) if stable else None,
    )


def main(argv: Sequence[str]) -> int:
    arguments = _parser().parse_args(argv)
    streaming = StreamingSettings.model_validate(arguments.streaming)
    recognition = local_config.recognition(**{"threads": 1} | arguments.recognition)
    clips = [
        clip
        for code in arguments.languages
        for clip in recordings(code, base_s=arguments.at_least, most=arguments.clips)
    ]
    tasks = [
        Task(clips[at : at + CLIPS_A_TASK], streaming, recognition)
        for at in range(0, len(clips), CLIPS_A_TASK)
    ]
    os.environ["OMP_NUM_THREADS"] = "1"
    console = Console(stderr=True)
    with ProcessPoolExecutor(arguments.processes) as pool:
        done = track(pool.map(compare, tasks), total=len(tasks), console=console)
        compared = [each for part in done for each in part if each.spoken]
    rows = {
        code: summary([each for each in compared if each.language == code])
        for code in arguments.languages
    }
    rows["all"] = summary(compared)
    Console().print(_table(rows))
    result = {
        **header("live_accuracy", argv),
        "streaming": arguments.streaming,
        "recognition": arguments.recognition,
        "languages": {code: asdict(row) for code, row in rows.items()},
    }
    record(result, arguments.output)
    return 0


def _table(rows: dict[str, Row]) -> Table:
    columns = list(Row.__dataclass_fields__)
    table = Table("language", *(column.replace("_", " ") for column in columns))
    for code, row in rows.items():
        table.add_row(code, *map(str, asdict(row).values()))
    return table


def _json(text: str) -> dict[str, Any]:
    value = json.loads(text)
    if not isinstance(value, dict):
        raise argparse.ArgumentTypeError("It has to be a JSON object.")
    return value


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--clips", type=int, help="at most, for each language; all when left out")
    parser.add_argument("--at-least", type=float, default=3.0, help="seconds that a clip has")
    parser.add_argument("--languages", nargs="+", default=list(LANGUAGES))
    parser.add_argument("--streaming", type=_json, default={}, help="StreamingSettings as JSON")
    parser.add_argument("--recognition", type=_json, default={}, help="RecognitionSettings as JSON")
    parser.add_argument("--processes", type=int, default=os.cpu_count())
    parser.add_argument("--output", type=Path, default=RESULTS)
    return parser


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
