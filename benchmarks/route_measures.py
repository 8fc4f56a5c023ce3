"""How well and how fast one recogniser writes the recordings of some languages, in this process."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from benchmarks.accuracy import normalized
from benchmarks.candidates import Candidate
from benchmarks.route_choice import Measured, clip_errors
from preprocessing.speech_data import Recording, recordings
from sentivox.audio.clip_reader import ClipReader
from sentivox.engines.loading import load_recognizer
from sentivox.engines.protocols import AdapterRecognizer, RecognitionItem, Recognizer
from sentivox.errors import SpeechError
from sentivox.settings import RecognitionSettings
from sentivox.types import Recognition, RecognitionOptions, SpeechDetection, SpeechWindow

WINDOWS_AT_ONCE = 8


@dataclass(frozen=True, slots=True)
class CutClip:
    """A recording, and its windows."""

    recording: Recording
    windows: tuple[SpeechWindow, ...]


def cut(language: str, most: int, reader: ClipReader) -> list[CutClip]:
    clips = [
        clip for clip in recordings(language, base_s=2.0, most=most) if normalized(clip.transcript)
    ]
    return [CutClip(clip, _windows(clip, reader)) for clip in clips]


def measure(
    candidate: Candidate, clips: Mapping[str, Sequence[CutClip]], say: Callable[[str], object]
) -> dict[str, Measured]:
    """By language; what the machine or the weights can't do is left out, and told to `say`."""
    try:
        recognizer = load_recognizer(candidate.settings)
    except (SpeechError, ValueError, RuntimeError) as exc:
        say(f"{candidate.name} can't be run here: {exc}")
        return {}
    found: dict[str, Measured] = {}
    _warm_up(recognizer, clips)
    for language, own in clips.items():
        try:
            found[language] = _measure(candidate, recognizer, language, own)
        except SpeechError as exc:
            say(f"{candidate.name}, {language}: {exc}")
        else:
            say(" ".join([candidate.name, language, *cells(found[language])]))
    return found


def _warm_up(recognizer: Recognizer, clips: Mapping[str, Sequence[CutClip]]) -> None:
    """What is built at the first hearing isn't the first language's time."""
    items = (
        RecognitionItem(window, RecognitionOptions(language))
        for language, own in clips.items()
        for clip in own
        for window in clip.windows
    )
    if first := next(items, None):
        recognizer.transcribe([first])


def _measure(
    candidate: Candidate, recognizer: Recognizer, language: str, clips: Sequence[CutClip]
) -> Measured:
    items = [
        RecognitionItem(window, RecognitionOptions(language))
        for clip in clips
        for window in clip.windows
    ]
    began = _seconds(candidate.settings)
    answers = iter(
        _text(answer)
        for at in range(0, len(items), WINDOWS_AT_ONCE)
        for answer in recognizer.transcribe(items[at : at + WINDOWS_AT_ONCE])
    )
    texts = [" ".join(next(answers) for _ in clip.windows) for clip in clips]
    took = _seconds(candidate.settings) - began
    return Measured(
        candidate,
        tuple(
            clip_errors(clip.recording.transcript, text)
            for clip, text in zip(clips, texts, strict=True)
        ),
        sum(clip.recording.seconds for clip in clips) / took,
        language
        if isinstance(recognizer, AdapterRecognizer) and recognizer.knows(language)
        else None,
    )


def cells(each: Measured) -> list[str]:
    return [f"{each.wer:.4f}", f"{each.cer:.4f}", f"{each.speed:.2f}"]


def _windows(clip: Recording, reader: ClipReader) -> tuple[SpeechWindow, ...]:
    return reader.read(clip.path.read_bytes(), SpeechDetection(), clip.container).windows


def _seconds(settings: RecognitionSettings) -> float:
    """Since some moment: of time, or of each thread's on processors, which others may be using."""
    if settings.device == "cpu":
        return time.process_time() / settings.threads
    return time.perf_counter()


def _text(answer: Recognition | SpeechError) -> str:
    if isinstance(answer, SpeechError):
        raise answer
    return "".join(segment.text for segment in answer.segments)
