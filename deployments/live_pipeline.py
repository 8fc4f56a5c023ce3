"""The order of the calls for live speech: identify the language beside recognising -> sentiment.

A stretch of speech is small and in a hurry, so its samples travel in the calls themselves.
"""

from __future__ import annotations

import asyncio

from deployments.calls import by_value
from deployments.stages import Progress, Stages, candidates, prompt
from sentivox.models.base import SentimentText
from sentivox.sentences import mean_logprob
from sentivox.streaming.hearing import Hearing, HearingRequest
from sentivox.types import (
    LanguageDetection,
    Recognition,
    Sentiment,
    TranscriptionOptions,
)


class LivePipeline:
    def __init__(self, stages: Stages) -> None:
        self._stages = stages

    async def hear(self, request: HearingRequest, options: TranscriptionOptions) -> Hearing:
        """One request of a stream. Raises SpeechError."""
        progress = Progress()
        language, detection, recognition = await self._hear(request, options, progress)
        sentiment = None
        if request.final and options.sentiment:
            sentiment = await self._feel(request.said, recognition, language, progress)
        return Hearing(
            language, detection, recognition, sentiment, tuple(progress.warnings.values())
        )

    async def _hear(
        self, request: HearingRequest, options: TranscriptionOptions, progress: Progress
    ) -> tuple[str, LanguageDetection | None, Recognition]:
        if request.language:
            recognition = await self._recognize(request, request.language, options, progress)
            return request.language, None, recognition
        # Most people go on in the language in which they began: its words needn't wait.
        expected = request.expected
        early = (
            asyncio.create_task(self._recognize(request, expected, options, progress))
            if expected
            else None
        )
        try:
            detection = await self._detect(request, options, progress)
            language = _heard_language(detection, request)
            if language is None:
                return detection.guesses[0].language, detection, Recognition(())
            if early is not None and language == expected:
                return language, detection, await early
        finally:
            await _stop(early)
        recognition = await self._recognize(request, language, options, progress)
        return language, detection, recognition

    async def _detect(
        self, request: HearingRequest, options: TranscriptionOptions, progress: Progress
    ) -> LanguageDetection:
        detection: LanguageDetection = await progress.calls(
            "language_id",
            by_value(self._stages.language_id.identify),
            request.window,
            candidates(options),
            request.priority,
            request.expected,
        )
        return detection

    async def _recognize(
        self,
        request: HearingRequest,
        language: str,
        options: TranscriptionOptions,
        progress: Progress,
    ) -> Recognition:
        recognizer = self._stages.recognizer(language, options)
        recognition: Recognition = await progress.calls(
            "asr", by_value(recognizer.transcribe), *request.to_recognize(language, prompt(options))
        )
        return recognition

    async def _feel(
        self, said: str, recognition: Recognition, language: str, progress: Progress
    ) -> Sentiment | None:
        """The sentiment of everything said in a turn."""
        text = (said + "".join(segment.text for segment in recognition.segments)).strip()
        if not text:
            return None
        logprob = mean_logprob(recognition.segments)
        found = await self._stages.classify([SentimentText(text, language, logprob)], progress)
        return found[0] if found else None


def _heard_language(detection: LanguageDetection, request: HearingRequest) -> str | None:
    """None where it's better to wait: the words of a guess would be the wrong ones, and might wake
    a recogniser that nobody needs.
    """
    if detection.abstained and (request.expected or not request.final):
        return request.expected
    return detection.guesses[0].language


async def _stop(task: asyncio.Task[Recognition] | None) -> None:
    """Does nothing to a task that is done."""
    if task is not None:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
