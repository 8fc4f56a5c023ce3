"""The order of the calls for live speech: detect the language and recognise, then sentiment.

A window of live speech is small, so its samples travel in the calls.
"""

from __future__ import annotations

import asyncio

from sentivox.engines.protocols import SentimentText
from sentivox.pipeline.live_requests import LiveRequest, LiveResult
from sentivox.pipeline.request import Warnings, classify_or_warn, in_scripts
from sentivox.pipeline.routing import Routing, candidates, prompt
from sentivox.pipeline.stages import LiveDetectionOptions, Stages, WindowRef
from sentivox.transcript.scripts import Scripts
from sentivox.transcript.sentences import mean_logprob
from sentivox.types import LanguageDetection, Recognition, Script, Sentiment, TranscriptionOptions


class LivePipeline:
    """Recognises windows of live speech. One per process."""

    def __init__(
        self, stages: Stages, routing: Routing, chinese_script: Script = Script.HANS
    ) -> None:
        """`chinese_script` is that of Chinese where a session names none."""
        self._stages = stages
        self._chinese_script = chinese_script
        self._routing = routing

    async def recognize(self, request: LiveRequest, options: TranscriptionOptions) -> LiveResult:
        """The text of one window of a session. Raises SpeechError."""
        warnings = Warnings()
        language, detection, recognition = await self._recognize(request, options)
        sentiment = None
        if request.final and options.sentiment:
            sentiment = await self._classify(request.said, recognition, language, warnings)
        return LiveResult(language, detection, recognition, sentiment, warnings.all())

    async def _recognize(
        self, request: LiveRequest, options: TranscriptionOptions
    ) -> tuple[str, LanguageDetection | None, Recognition]:
        if request.language:
            recognition = await self._recognize_in(request, request.language, options)
            return request.language, None, recognition
        # Most speakers keep their language: recognition in it starts beside its detection.
        expected = request.expected
        early = (
            asyncio.create_task(self._recognize_in(request, expected, options))
            if expected
            else None
        )
        try:
            detection = await self._detect(request, options)
            language = _language_to_recognize(detection, request)
            if language is None:
                return detection.ranked[0].language, detection, Recognition(())
            if early is not None and language == expected:
                return language, detection, await early
        finally:
            await _cancel(early)
        recognition = await self._recognize_in(request, language, options)
        return language, detection, recognition

    async def _detect(
        self, request: LiveRequest, options: TranscriptionOptions
    ) -> LanguageDetection:
        wanted = LiveDetectionOptions(candidates(options), request.priority, request.expected)
        return await self._stages.detect_live(request.window, wanted)

    async def _recognize_in(
        self, request: LiveRequest, language: str, options: TranscriptionOptions
    ) -> Recognition:
        window, wanted = request.recognition_input(language, prompt(options))
        family = self._routing.family(language, options)
        recognition = await self._stages.recognize(family, WindowRef.of(window), wanted)
        scripts = Scripts(options.scripts, self._chinese_script)
        return await in_scripts(recognition, language, options.task, scripts)

    async def _classify(
        self, said: str, recognition: Recognition, language: str, warnings: Warnings
    ) -> Sentiment | None:
        """The sentiment of the whole text of a turn; None for no text."""
        text = (said + "".join(segment.text for segment in recognition.segments)).strip()
        if not text:
            return None
        logprob = mean_logprob(recognition.segments)
        texts = [SentimentText(text, language, logprob)]
        found = await classify_or_warn(self._stages, texts, warnings)
        return found[0] if found else None


def _language_to_recognize(detection: LanguageDetection, request: LiveRequest) -> str | None:
    """None for interim text in an uncertain language: its words would probably be wrong, and a
    recogniser might be woken for nothing.
    """
    if detection.abstained and (request.expected or not request.final):
        return request.expected
    return detection.ranked[0].language


async def _cancel(task: asyncio.Task[Recognition] | None) -> None:
    """Does nothing to a task that is done."""
    if task is not None:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
