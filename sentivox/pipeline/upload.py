"""The order of the calls for an upload: decode -> detect the language -> recognise -> sentiment.

Audio moves between stages by reference. Only text comes back here, and short files, which are
small enough to travel in the calls.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing

from sentivox.errors import AudioLost, StageUnavailable
from sentivox.pipeline.channels import language_probe_window, refuse_single_speaker
from sentivox.pipeline.request import UploadRequest
from sentivox.pipeline.routing import Routing
from sentivox.pipeline.stages import DecodedFile, Stages
from sentivox.pipeline.transcript_builder import TranscriptBuilder
from sentivox.pipeline.window_languages import WindowLanguages, has_single_language
from sentivox.pipeline.window_recognition import WindowLimits, WindowRecognition
from sentivox.scheduling.admission import Admission, FileInProgress
from sentivox.settings import AdmissionSlo
from sentivox.transcript.scripts import Scripts
from sentivox.types import (
    LanguageDetection,
    Script,
    TranscribedSegment,
    Transcript,
    TranscriptionOptions,
)

Parts = AsyncGenerator[TranscribedSegment | Transcript]
"""Segments in order of time, then the whole transcript."""


class UploadPipeline:
    """Transcribes files. One per process; requests share the admission control."""

    def __init__(
        self,
        stages: Stages,
        routing: Routing,
        limits: WindowLimits | None = None,
        admission_slo: AdmissionSlo | None = None,
        chinese_script: Script = Script.HANS,
    ) -> None:
        """`chinese_script` is that of Chinese where the request names none."""
        self._stages = stages
        self._chinese_script = chinese_script
        self._routing = routing
        self._limits = limits or WindowLimits()
        self._admission = Admission(admission_slo)

    async def transcribe(self, audio: bytes, options: TranscriptionOptions) -> Transcript:
        """The whole transcript. Raises SpeechError."""
        request = self._request(options)
        async with aclosing(self._parts(request, audio)) as parts:
            async for part in parts:
                if isinstance(part, Transcript):
                    return part
        raise StageUnavailable("The transcription ended without an answer. Try again.")

    async def stream(self, audio: bytes, options: TranscriptionOptions) -> Parts:
        """Segments as soon as they are complete, then the whole transcript. Raises SpeechError."""
        request = self._request(options)
        async with aclosing(self._parts(request, audio)) as parts:
            async for part in parts:
                request.delivered = True
                yield part

    def _request(self, options: TranscriptionOptions) -> UploadRequest:
        scripts = Scripts(options.scripts, self._chinese_script)
        return UploadRequest(self._stages, self._routing, options, scripts)

    async def _parts(self, request: UploadRequest, audio: bytes) -> Parts:
        """Starts again, once, when stored audio is lost before anything was delivered."""
        with self._admission.admit(len(audio)) as file:
            for last_attempt in (False, True):
                try:
                    async with aclosing(self._attempt(request, audio, file)) as parts:
                        async for part in parts:
                            if isinstance(part, Transcript):
                                self._admission.done(file)
                            yield part
                    return
                except AudioLost:
                    if last_attempt or request.delivered:
                        raise
                    request.forget_attempt()

    async def _attempt(self, request: UploadRequest, audio: bytes, file: FileInProgress) -> Parts:
        options = request.options
        # 1. Decode, and cut into windows of speech.
        decoded = await request.decode(audio)
        self._admission.decoded(file, decoded.info.seconds)
        if options.several_speakers:
            refuse_single_speaker(decoded)
        # 2. Detect the language of the file; that of each window follows in step 3.
        languages = WindowLanguages(request, decoded.windows)
        detection = await _detect_file_language(request, decoded, languages)
        language = options.language or _most_probable(detection)
        builder = TranscriptBuilder(request, decoded)
        if language is not None:
            languages.set_first(language)
            alternative = None
            if detection and has_single_language(decoded.windows):
                alternative = request.routing.alternative_language(detection, options)
            # 3. Recognise the windows, and 4. classify the sentiment of each complete sentence.
            windows = WindowRecognition(
                request, decoded.windows, languages, alternative, self._limits
            )
            async with aclosing(windows.in_order()) as recognitions:
                async for recognition in recognitions:
                    for segment in await builder.add(recognition):
                        yield segment
        yield builder.transcript(language, detection)


async def _detect_file_language(
    request: UploadRequest, file: DecodedFile, languages: WindowLanguages
) -> LanguageDetection | None:
    """None when the request names the language."""
    if request.options.language is not None:
        return None
    if not file.windows:
        return LanguageDetection((), abstained=True)
    return (await languages.detect(language_probe_window(file.windows))).detection


def _most_probable(detection: LanguageDetection | None) -> str | None:
    return detection.ranked[0].language if detection and detection.ranked else None
