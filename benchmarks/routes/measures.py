"""Accuracy and speed of one recogniser on recordings of some languages, in this process."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from benchmarks.inputs.workloads import reported
from benchmarks.measures.text import normalized
from benchmarks.routes.candidates import Candidate
from benchmarks.routes.choice import Measured, clip_errors
from benchmarks.systems.recognizer_alone import items_of, joined, texts, windows_of
from preprocessing.speech_data import Recording
from sentivox.engines.loading import load_recognizer
from sentivox.engines.protocols import AdapterRecognizer, RecognitionItem, Recognizer
from sentivox.errors import SpeechError
from sentivox.settings import RecognitionSettings
from sentivox.types import SpeechWindow


@dataclass(frozen=True, slots=True)
class ClipWindows:
    """A recording and its windows."""

    recording: Recording
    windows: tuple[SpeechWindow, ...]


def clips_of(language: str, most: int) -> list[ClipWindows]:
    """Recordings of that language whose transcript has a word, at most `most`."""
    clips = [clip for clip in reported(language, most) if normalized(clip.transcript)]
    return [ClipWindows(*each) for each in zip(clips, windows_of(clips), strict=True)]


def measure(
    candidate: Candidate, clips: Mapping[str, Sequence[ClipWindows]], log: Callable[[str], object]
) -> dict[str, Measured]:
    """The measures by language; what the machine or the weights can't do is logged and left out."""
    try:
        recognizer = load_recognizer(candidate.settings)
    except (SpeechError, ValueError, RuntimeError) as exc:
        log(f"{candidate.name} can't run on this machine: {exc}")
        return {}
    found: dict[str, Measured] = {}
    _warm_up(recognizer, clips)
    for language, own in clips.items():
        try:
            found[language] = _measure(candidate, recognizer, language, own)
        except SpeechError as exc:
            log(f"{candidate.name}, {language}: {exc}")
        else:
            log(" ".join([candidate.name, language, *cells(found[language])]))
    return found


def _warm_up(recognizer: Recognizer, clips: Mapping[str, Sequence[ClipWindows]]) -> None:
    """Decodes one window, so that no language pays for what is built at first use."""
    items = (item for language, own in clips.items() for item in _items(own, language))
    if first := next(items, None):
        recognizer.transcribe([first])


def _measure(
    candidate: Candidate, recognizer: Recognizer, language: str, clips: Sequence[ClipWindows]
) -> Measured:
    items = _items(clips, language)
    began = _seconds(candidate.settings)
    found = joined(texts(recognizer, items), [len(clip.windows) for clip in clips])
    took = _seconds(candidate.settings) - began
    has_adapter = isinstance(recognizer, AdapterRecognizer) and recognizer.has_adapter(language)
    return Measured(
        candidate,
        tuple(
            clip_errors(clip.recording.transcript, text)
            for clip, text in zip(clips, found, strict=True)
        ),
        sum(clip.recording.seconds for clip in clips) / took,
        language if has_adapter else None,
    )


def cells(each: Measured) -> list[str]:
    """WER, CER and RTFx."""
    return [f"{each.wer:.4f}", f"{each.cer:.4f}", f"{each.rtfx:.2f}"]


def _items(clips: Sequence[ClipWindows], language: str) -> list[RecognitionItem]:
    return items_of([window for clip in clips for window in clip.windows], language)


def _seconds(settings: RecognitionSettings) -> float:
    """Seconds of a clock: processor time of one thread on a CPU, which other processes may share;
    the time of day on a GPU.
    """
    if settings.device == "cpu":
        return time.process_time() / settings.threads
    return time.perf_counter()
