"""WER and CER of live text beside those of uploads, faster than real time.

    make speech-data && make bench-live-accuracy
    python -m benchmarks.live_accuracy --clips 40 --languages en nl --streaming '{"agreement_s": 2}'

Each recording is a live session of its own, through the live pipeline in this process. Audio is fed
as fast as it is recognised; results arrive DELAY_S of the session's time after their requests, as
on an idle machine. So hundreds of recordings take minutes, and the same settings give the same
text. The recordings also go through the upload pipeline. The language is given.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import sys
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from functools import cache, partial
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import track
from rich.table import Table

from benchmarks.accuracy import LANGUAGES
from benchmarks.inputs.paced_speech import paced_speech
from benchmarks.inputs.workloads import audio_file
from benchmarks.measures.outcome import RESULTS, header, record, show
from benchmarks.measures.scores import error_rates
from benchmarks.measures.text import normalized
from benchmarks.systems.in_process import EngineInProcess, local_settings
from benchmarks.systems.system import ADAPTED_WEIGHTS
from preprocessing.speech_data import Recording, recordings
from sentivox.audio.vad import VadModel
from sentivox.settings import StreamingSettings
from sentivox.streaming.events import InterimText
from sentivox.streaming.session import StreamingSession
from sentivox.types import SAMPLE_RATE, TranscriptionOptions
from tests.streaming.conversation import Conversation

DELAY_S = 0.15
"""Seconds of a session between a request and its result."""
CLIPS_A_TASK = 10


@dataclass(frozen=True, slots=True)
class Comparison:
    """One recording, transcribed live and as an upload."""

    language: str
    reference: str
    live: str
    uploaded: str
    turns: int
    retractions: int
    """Turns whose text isn't the text of their interim events together."""
    first_stable_s: float | None
    """Seconds from the start of speech to the first text that doesn't change any more."""


@dataclass(frozen=True, slots=True)
class Row:
    """The measures of one language, or of all."""

    clips: int
    live_wer: float
    uploaded_wer: float
    live_cer: float
    uploaded_cer: float
    turns: int
    retractions: int
    first_stable_s: float | None
    """Median, in seconds."""


@dataclass(frozen=True, slots=True)
class Task:
    """Some recordings for one process."""

    clips: Sequence[Recording]
    streaming: StreamingSettings
    recognition: str
    """RecognitionSettings that differ from the local config, as JSON."""


def compare(task: Task) -> list[Comparison]:
    """Transcribes the recordings of a task both ways."""
    engine, vad = _models(task.recognition)
    return [_compared(clip, engine, vad, task.streaming) for clip in task.clips]


@cache
def _models(recognition: str) -> tuple[EngineInProcess, VadModel]:
    settings = local_settings(threads=1, recognition_changes=json.loads(recognition))
    return EngineInProcess(settings, concurrent_files=1, sentiment=False), VadModel()


def _compared(
    clip: Recording, engine: EngineInProcess, vad: VadModel, settings: StreamingSettings
) -> Comparison:
    conversation, onset = _live(clip, engine, vad, settings)
    stable = [
        at - onset
        for at, event in conversation.events
        if isinstance(event, InterimText) and event.added.strip()
    ]
    [uploaded] = engine.transcripts([audio_file(clip).audio], clip.language)
    return Comparison(
        language=clip.language,
        reference=clip.transcript,
        live=" ".join(turn.text for turn in conversation.turns),
        uploaded=uploaded.text,
        turns=len(conversation.turns),
        retractions=sum(conversation.added(turn.turn) != turn.text for turn in conversation.turns),
        first_stable_s=stable[0] if stable else None,
    )


def _live(
    clip: Recording, engine: EngineInProcess, vad: VadModel, settings: StreamingSettings
) -> tuple[Conversation, float]:
    """The live session of a recording, and the start of its speech in seconds."""
    options = TranscriptionOptions(language=clip.language, sentiment=False)
    session = StreamingSession(vad, options, settings)
    recognize = partial(engine.live_result, options=options)
    conversation = Conversation(session, recognize, DELAY_S)
    speech = paced_speech([clip], SAMPLE_RATE)
    conversation.feed(speech.pcm)
    conversation.answer_all()
    return conversation, speech.spoken[0].onset


def summary(compared: Sequence[Comparison], language: str = "") -> Row:
    """The row of some recordings; `language` is theirs where they have a single one."""
    references = [each.reference for each in compared]
    live = error_rates(references, [each.live for each in compared], language)
    uploaded = error_rates(references, [each.uploaded for each in compared], language)
    stable = [each.first_stable_s for each in compared if each.first_stable_s is not None]
    return Row(
        clips=len(compared),
        live_wer=live.wer,
        uploaded_wer=uploaded.wer,
        live_cer=live.cer,
        uploaded_cer=uploaded.cer,
        turns=sum(each.turns for each in compared),
        retractions=sum(each.retractions for each in compared),
        first_stable_s=round(statistics.median(stable), 2) if stable else None,
    )


def main(argv: Sequence[str]) -> int:
    arguments = _parser().parse_args(argv)
    streaming = StreamingSettings.model_validate(arguments.streaming)
    recognition = json.dumps(arguments.recognition)
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
        compared = [each for part in done for each in part if normalized(each.reference)]
    rows = {
        code: summary([each for each in compared if each.language == code], code)
        for code in arguments.languages
    }
    rows["all"] = summary(compared)
    show(_table(rows))
    result = {
        **header("live_accuracy", argv),
        "weights": ADAPTED_WEIGHTS,
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
    parser.add_argument("--clips", type=int, help="most recordings of a language; all by default")
    parser.add_argument(
        "--at-least", type=float, default=3.0, help="shortest recording, in seconds"
    )
    parser.add_argument("--languages", nargs="+", default=list(LANGUAGES))
    parser.add_argument("--streaming", type=_json, default={}, help="StreamingSettings as JSON")
    parser.add_argument("--recognition", type=_json, default={}, help="RecognitionSettings as JSON")
    parser.add_argument("--processes", type=int, default=os.cpu_count())
    parser.add_argument("--output", type=Path, default=RESULTS / "live-accuracy.json")
    return parser


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
