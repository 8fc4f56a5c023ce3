"""Recognition of a file's windows: a few at the same time, delivered in order of time."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass, replace

from sentivox.errors import AudioLost, Overloaded, SpeechError
from sentivox.pipeline.channels import failed_window_message, with_speaker
from sentivox.pipeline.request import UploadRequest
from sentivox.pipeline.routing import prompt
from sentivox.pipeline.stages import WindowRef
from sentivox.pipeline.window_languages import WindowLanguages
from sentivox.scheduling.decode_groups import DecodeGroups
from sentivox.types import LanguageSpan, Recognition, RecognitionOptions


@dataclass(frozen=True, slots=True)
class WindowLimits:
    """How many windows of one request are processed at a time."""

    windows_in_flight: int = 8
    """A long file leaves room for other requests."""
    decode_group_size: int = 1
    """Windows that wait for each other so that they share a batch."""


class WindowRecognition:
    """The windows of one request."""

    def __init__(
        self,
        request: UploadRequest,
        windows: Sequence[WindowRef],
        languages: WindowLanguages,
        alternative_language: str | None,
        limits: WindowLimits,
    ) -> None:
        self._request = request
        self._windows = windows
        self._languages = languages
        self._alternative_language = alternative_language
        self._groups = DecodeGroups(len(windows), limits.decode_group_size)
        self._in_flight = asyncio.Semaphore(limits.windows_in_flight)

    async def in_order(self) -> AsyncGenerator[Recognition]:
        """One recognition per window, in order of their starts.

        A window that fails is a warning and has no text, if `options.partial`. Raises Overloaded as
        long as nothing was delivered, since the client can send the whole request again; and the
        error of the first window if all of them fail.
        """
        tasks = [asyncio.create_task(self._recognize(window)) for window in self._windows]
        failures: list[SpeechError] = []
        try:
            for window, task in zip(self._windows, tasks, strict=True):
                if not self._request.delivered:
                    await _done_unless_overloaded(task, tasks)
                try:
                    recognition = await task
                except SpeechError as exc:
                    lost = isinstance(exc, AudioLost) and not self._request.delivered
                    if lost or not self._request.options.partial:
                        raise
                    failures.append(exc)
                    self._request.warnings.add(
                        f"window_{window.index}_failed", failed_window_message(window, exc)
                    )
                    recognition = Recognition(())
                yield recognition
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        if failures and len(failures) == len(tasks):
            raise failures[0]

    async def _recognize(self, window: WindowRef) -> Recognition:
        async with self._in_flight:
            try:
                spans = await self._languages.spans(window)
            finally:
                self._groups.ready(window.index)
            await self._groups.complete(window.index)
            recognition = await self._recognize_spans(window, spans)
            self._languages.forget(window)
            return with_speaker(window, recognition)

    async def _recognize_spans(
        self, window: WindowRef, spans: Sequence[LanguageSpan]
    ) -> Recognition:
        several = len(spans) > 1
        waits_for_group = several or self._groups.has_others(window.index)
        encoder_output = None if several else self._languages.encoder_output(window)
        parts = await asyncio.gather(
            *(
                self._request.recognize(
                    window, self._options(window, span, several, waits_for_group), encoder_output
                )
                for span in spans
            ),
            return_exceptions=several,
        )
        recognized = [part for part in parts if isinstance(part, Recognition)]
        for span, part in zip(spans, parts, strict=True):
            if isinstance(part, BaseException):
                self._warn_of_failed_span(window, span, part, lost=not recognized)
        return Recognition(
            tuple(segment for part in recognized for segment in part.segments),
            tuple(text for part in recognized for text in part.suppressed),
        )

    def _warn_of_failed_span(
        self, window: WindowRef, span: LanguageSpan, error: BaseException, *, lost: bool
    ) -> None:
        """The other spans of the window keep their text. Raises errors that concern all of it."""
        retried = isinstance(error, Overloaded | AudioLost) and not self._request.delivered
        partial = self._request.options.partial and not lost and not retried
        if not isinstance(error, SpeechError) or not partial:
            raise error
        message = failed_window_message(replace(window, start=span.start), error)
        self._request.warnings.add(f"window_{window.index}_{span.language}_failed", message)

    def _options(
        self, window: WindowRef, span: LanguageSpan, several: bool, waits_for_group: bool
    ) -> RecognitionOptions:
        options = self._request.options
        return RecognitionOptions(
            language=span.language,
            alternative_language=self._alternative(window, span),
            time_range=(span.start, span.end) if several else None,
            task=options.task,
            prompt=prompt(options),
            temperature=options.temperature,
            words=options.words,
            logprobs=options.logprobs,
            waits_for_group=waits_for_group,
        )

    def _alternative(self, window: WindowRef, span: LanguageSpan) -> str | None:
        """The language that improbable text is decoded in too. In a span of a new language that is
        the usual one of the file: a few seconds are easily taken for another language.
        """
        usual = self._languages.usual(window)
        if usual is None or usual == span.language:
            return self._alternative_language
        routing, options = self._request.routing, self._request.options
        return usual if routing.shares_recognizer(span.language, usual, options) else None


async def _done_unless_overloaded(
    awaited: asyncio.Task[Recognition], tasks: Sequence[asyncio.Task[Recognition]]
) -> None:
    """Returns once `awaited` is done; raises Overloaded as soon as one of `tasks` does."""
    while True:
        for task in tasks:
            if task.done() and isinstance(error := task.exception(), Overloaded):
                raise error
        if awaited.done():
            return
        pending = [task for task in tasks if not task.done()]
        await asyncio.wait(pending, return_when=asyncio.FIRST_COMPLETED)
