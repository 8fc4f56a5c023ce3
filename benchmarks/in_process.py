"""The way of an upload and of live speech through the models, in one process and without a server.

Stages are asked one after the other, as sentivox/pipeline/upload.py and live_pipeline.py ask them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from benchmarks.shipped import identification, recognition
from sentivox.audio.clip_reader import ClipReader
from sentivox.audio.decoding.container import Container
from sentivox.audio.vad import VadModel
from sentivox.engines.language_id.detector import decide
from sentivox.engines.loading import load_language_detector, load_recognizer
from sentivox.engines.protocols import RecognitionItem
from sentivox.pipeline.live_requests import LiveRequest, LiveResult
from sentivox.settings import (
    AudioDecoderSettings,
    StreamingSettings,
)
from sentivox.streaming.events import Action, TurnCompleted
from sentivox.streaming.session import StreamingSession
from sentivox.types import (
    DecodedAudio,
    LanguageDetection,
    Pcm,
    Recognition,
    RecognitionOptions,
    SpeechDetection,
    SuppressedSegment,
    TranscribedSegment,
    TranscriptionOptions,
)

WINDOWS_AT_ONCE = 4


@dataclass(slots=True)
class Said:
    """What came out of one recording."""

    segments: list[TranscribedSegment] = field(default_factory=list)
    suppressed: list[SuppressedSegment] = field(default_factory=list)

    @property
    def text(self) -> str:
        return "".join(segment.text for segment in self.segments).strip()

    def add(self, recognition: Recognition) -> None:
        self.segments += recognition.segments
        self.suppressed += recognition.suppressed


class Models:
    """With the settings of the local config."""

    def __init__(self, threads: int) -> None:
        heard = identification(threads=threads)
        self.min_confidence = heard.min_confidence
        self.reader = ClipReader(AudioDecoderSettings(processes=1))
        self.voices = VadModel()
        self.recognizer = load_recognizer(recognition(threads=threads))
        self.identifier = load_language_detector(heard)

    def upload(
        self, audio: bytes, language: str | None = None, container: Container | None = None
    ) -> tuple[DecodedAudio, Said]:
        """A file, its language found out where none is told."""
        decoded = self.reader.read(audio, SpeechDetection(), container)
        said = Said()
        if not decoded.windows:
            return decoded, said
        language = language or self._language(decoded)
        for at in range(0, len(decoded.windows), WINDOWS_AT_ONCE):
            windows = decoded.windows[at : at + WINDOWS_AT_ONCE]
            for answer in self._recognized(
                [RecognitionItem(window, RecognitionOptions(language)) for window in windows]
            ):
                said.add(answer)
        return decoded, said

    def live(self, pcm: Pcm, settings: StreamingSettings | None = None) -> Said:
        """The same sound through a session whose requests are answered at once."""
        session = StreamingSession(
            self.voices, TranscriptionOptions(), settings or StreamingSettings()
        )
        said = Said()
        step = int(0.1 * 16_000)
        for at in range(0, len(pcm), step):
            self._act(session, session.feed(pcm[at : at + step]), said)
        self._act(session, session.commit(), said)
        return said

    def _act(self, session: StreamingSession, actions: Sequence[Action], said: Said) -> None:
        waiting = list(actions)
        while waiting:
            action = waiting.pop(0)
            if isinstance(action, LiveRequest):
                waiting += session.answer(action, self._hear(action))
            elif isinstance(action, TurnCompleted):
                said.segments += action.segments
                said.suppressed += action.suppressed

    def _hear(self, request: LiveRequest) -> LiveResult:
        if request.language:
            return LiveResult(request.language, None, self._heard(request, request.language))
        detection = self._detect(request)
        language = detection.ranked[0].language
        if detection.abstained and (request.expected or not request.final):
            if request.expected is None:
                return LiveResult(language, detection, Recognition(()))
            language = request.expected
        return LiveResult(language, detection, self._heard(request, language))

    def _detect(self, request: LiveRequest) -> LanguageDetection:
        [guesses] = self.identifier.identify([request.window])
        return decide(guesses, (), self.min_confidence, request.expected)

    def _heard(self, request: LiveRequest, language: str) -> Recognition:
        [answer] = self._recognized([RecognitionItem(*request.to_recognize(language))])
        return answer

    def _language(self, decoded: DecodedAudio) -> str:
        heard = max(decoded.windows[:3], key=lambda window: window.seconds)
        [listened] = self.identifier.listen([heard])
        found = decide(listened.ranked, (), self.min_confidence, speech_s=heard.speech_s)
        return found.ranked[0].language

    def _recognized(self, items: Sequence[RecognitionItem]) -> Iterator[Recognition]:
        for answer in self.recognizer.transcribe(items):
            if isinstance(answer, Exception):
                raise answer
            yield answer
