"""The order of the calls: decode -> identify the language -> recognise -> classify sentiment.

Audio goes from stage to stage by reference, and only text comes back here; short files are small
enough to come along. Of a file that comes alone one stage may tell the language and the words.
"""

from __future__ import annotations

import asyncio
import math
from collections import defaultdict
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import replace
from itertools import zip_longest

from deployments.admission import Admission, Entry
from deployments.calls import AudioLost, by_value
from deployments.channels import refuse_one_voice, said_by, telling, unheard
from deployments.gathering import Gathering
from deployments.hedging import hearings, likeliest, rivals
from deployments.spoken_languages import SpokenLanguages, told_as_a_whole
from deployments.stages import Progress, Stages, recognition_options
from deployments.stored_audio import StoredAudio, WindowRef
from sentivox.errors import Overloaded, SpeechError, StageUnavailable
from sentivox.languages import LANGUAGES
from sentivox.models.base import SentimentText
from sentivox.sentences import OpenSentences, mean_logprob, overall_sentiment, sentiment_shifts
from sentivox.settings import PatienceSettings
from sentivox.speakers import speakers
from sentivox.time_order import TimeOrder
from sentivox.types import (
    LanguageDetection,
    LanguageSpan,
    Recognition,
    TranscribedSegment,
    Transcript,
    TranscriptionOptions,
)


class Pipeline:
    def __init__(
        self,
        stages: Stages,
        windows_in_flight: int,
        hedge_below: float | None = None,
        patience: PatienceSettings | None = None,
        windows_together: int = 1,
        *,
        alone_in_one_call: bool = False,
    ) -> None:
        self._stages = stages
        self._windows_together = windows_together
        self._admission = Admission(patience)
        self._windows_in_flight = windows_in_flight
        self._hedge_below = hedge_below
        self._alone_in_one_call = alone_in_one_call and stages.one_for_all and hedge_below is None

    async def transcribe(self, audio: bytes, options: TranscriptionOptions) -> Transcript:
        """The whole answer at once. Raises SpeechError."""
        async with aclosing(self._parts(audio, options, Progress())) as parts:
            async for part in parts:
                if isinstance(part, Transcript):
                    return part
        raise StageUnavailable("The transcription ended without an answer. Try again.")

    async def stream(
        self, audio: bytes, options: TranscriptionOptions
    ) -> AsyncGenerator[TranscribedSegment | Transcript]:
        """Segments in order of time as soon as they're ready, then the whole answer.

        Raises SpeechError.
        """
        progress = Progress()
        async with aclosing(self._parts(audio, options, progress)) as parts:
            async for part in parts:
                progress.told = True
                yield part

    async def _parts(
        self, audio: bytes, options: TranscriptionOptions, progress: Progress
    ) -> AsyncGenerator[TranscribedSegment | Transcript]:
        with self._admission.entry(len(audio)) as entry:
            for last in (False, True):
                try:
                    async with aclosing(self._attempt(audio, options, progress, entry)) as parts:
                        async for part in parts:
                            if isinstance(part, Transcript):
                                self._admission.answered(entry)
                            yield part
                    return
                except AudioLost:
                    if last or progress.told:
                        raise
                    progress.listened.clear()

    async def _attempt(
        self, audio: bytes, options: TranscriptionOptions, progress: Progress, entry: Entry
    ) -> AsyncGenerator[TranscribedSegment | Transcript]:
        stored = await self._stages.decode(audio, options, progress)
        self._admission.decoded(entry, stored.info.seconds)
        async with aclosing(self._heard(stored, options, progress)) as parts:
            async for part in parts:
                yield part

    async def _heard(
        self, stored: StoredAudio, options: TranscriptionOptions, progress: Progress
    ) -> AsyncGenerator[TranscribedSegment | Transcript]:
        if options.several_speakers:
            refuse_one_voice(stored)
        detection = await self._detect(stored, options, progress)
        progress.rivals = rivals(stored, detection, self._hedge_below)
        if detection and told_as_a_whole(stored.windows) and not progress.rivals:
            progress.otherwise = self._stages.otherwise(detection, options)
        language = options.language or _likeliest(detection)
        segments: list[TranscribedSegment] = []
        suppressed = list(stored.suppressed)
        if language is not None:
            async with aclosing(self._in_order(stored, language, options, progress)) as parts:
                async for part in parts:
                    suppressed += part.suppressed
                    for segment in part.segments:
                        segments.append(segment)
                        yield segment
        language = _most_spoken(segments) or language
        if detection and detection.abstained and language:
            progress.warn("language_uncertain", _uncertain(language))
        yield Transcript(
            info=stored.info,
            task=options.task,
            language=language,
            detection=detection,
            segments=tuple(segments),
            suppressed=tuple(sorted(suppressed, key=lambda text: text.start)),
            sentiment=overall_sentiment(segments),
            shifts=sentiment_shifts(segments),
            speakers=speakers(segments),
            routing={
                code: self._stages.family(code, options).value
                for code in dict.fromkeys(segment.language for segment in segments)
            },
            alternatives=progress.alternatives,
            warnings=tuple(progress.warnings.values()),
            timings=dict(progress.calls.timings),
        )

    async def _detect(
        self, stored: StoredAudio, options: TranscriptionOptions, progress: Progress
    ) -> LanguageDetection | None:
        if options.language is not None:
            return None
        if not stored.windows:
            return LanguageDetection((), abstained=True)
        if self._alone_in_one_call and len(stored.windows) == 1 and self._admission.alone:
            [window] = stored.windows
            second = told_as_a_whole(stored.windows)
            await self._stages.listen_alone(window, options, progress, second=second)
        heard = await self._stages.listen(telling(stored.windows), options, progress)
        return heard.detection

    async def _in_order(
        self,
        stored: StoredAudio,
        language: str,
        options: TranscriptionOptions,
        progress: Progress,
    ) -> AsyncGenerator[Recognition]:
        """As `_windows`, with every segment in its place in time, though windows of several
        channels overlap, and with the sentiment of its sentence, though sentences go on in the next
        window.
        """
        order = TimeOrder()
        sentences = OpenSentences()
        # What a window still to come says begins no earlier than the window.
        next_starts = iter([*(window.start for window in stored.windows[1:]), math.inf])
        async with aclosing(self._windows(stored, language, options, progress)) as windows:
            async for recognition in windows:
                upcoming = next(next_starts)
                if options.sentiment:
                    sentences.add(recognition.segments)
                    order.add(await self._feel(sentences.whole(upcoming), options, progress))
                else:
                    order.add(recognition.segments)
                ready = order.before(min(upcoming, sentences.start))
                yield Recognition(tuple(ready), recognition.suppressed)

    async def _windows(
        self,
        stored: StoredAudio,
        language: str,
        options: TranscriptionOptions,
        progress: Progress,
    ) -> AsyncGenerator[Recognition]:
        """One recognition a window, in order of their starts; a few at once, so that a long file
        leaves room for others.

        Raises Overloaded as long as nothing was told, since whoever comes back gets all of it. A
        window that fails otherwise is a warning and says nothing if `options.partial`.
        """
        room = asyncio.Semaphore(self._windows_in_flight)
        languages = SpokenLanguages(self._stages, options, progress, stored.windows, language)
        gathering = Gathering(len(stored.windows), self._windows_together)

        async def recognize(window: WindowRef) -> Recognition:
            async with room:
                if progress.rivals:
                    return await self._hedged(window, options, progress)
                try:
                    spans = await languages.of(window)
                finally:
                    gathering.arrived(window.index)
                await gathering.others(window.index)
                among = gathering.among(window.index)
                recognition = await self._window(window, spans, options, progress, among)
                progress.listened.pop(window.index, None)
                return recognition

        tasks = [asyncio.create_task(recognize(window)) for window in stored.windows]
        failures: list[SpeechError] = []
        try:
            for window, task in zip(stored.windows, tasks, strict=True):
                if not progress.told:
                    await _done_unless_overloaded(task, tasks)
                try:
                    recognition = await task
                except SpeechError as exc:
                    lost = isinstance(exc, AudioLost) and not progress.told
                    if lost or not options.partial:
                        raise
                    failures.append(exc)
                    progress.warn(f"window_{window.index}_failed", unheard(window, exc))
                    recognition = Recognition(())
                yield recognition
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        if failures and len(failures) == len(tasks):
            raise failures[0]

    async def _window(
        self,
        window: WindowRef,
        spans: Sequence[LanguageSpan],
        options: TranscriptionOptions,
        progress: Progress,
        among: bool,
    ) -> Recognition:
        several = len(spans) > 1
        parts = await asyncio.gather(
            *(
                self._part(
                    window,
                    span.language,
                    (span.start, span.end) if several else None,
                    options,
                    progress,
                    among or several,
                )
                for span in spans
            )
        )
        return said_by(window, _joined(parts))

    async def _hedged(
        self, window: WindowRef, options: TranscriptionOptions, progress: Progress
    ) -> Recognition:
        """The window in the likelier of two languages, which are recognised side by side."""
        outcomes = await asyncio.gather(
            *(
                self._part(window, guess.language, None, options, progress)
                for guess in progress.rivals
            ),
            return_exceptions=True,
        )
        families = [self._stages.family(guess.language, options) for guess in progress.rivals]
        heard = hearings(progress.rivals, families, outcomes)
        progress.alternatives = tuple(hearing.told() for hearing in heard)
        return said_by(window, likeliest(heard).recognition)

    async def _part(
        self,
        window: WindowRef,
        language: str,
        part: tuple[float, float] | None,
        options: TranscriptionOptions,
        progress: Progress,
        among: bool = False,
    ) -> Recognition:
        """What is said in one language, by the recogniser of its family."""
        recognizer = self._stages.recognizer(language, options)
        wanted = replace(
            recognition_options(options),
            language=language,
            otherwise=progress.otherwise,
            part=part,
            among=among,
        )
        if progress.recognized and progress.recognized.options == wanted:
            return progress.recognized.recognition
        heard = progress.listened.get(window.index)
        recognition: Recognition = await progress.calls(
            "asr",
            by_value(recognizer.transcribe) if window.by_value else recognizer.transcribe,
            window.ref,
            wanted,
            heard.sound if heard and not part else None,
        )
        return recognition

    async def _feel(
        self,
        sentences: Sequence[Sequence[TranscribedSegment]],
        options: TranscriptionOptions,
        progress: Progress,
    ) -> list[TranscribedSegment]:
        """The segments with their sentence's sentiment, or without when the stage is down."""
        if not sentences:
            return []
        texts = [
            SentimentText(
                text="".join(segment.text for segment in sentence).strip(),
                language="en" if options.task == "translate" else sentence[0].language,
                logprob=mean_logprob(sentence),
            )
            for sentence in sentences
        ]
        feelings = await self._stages.classify(texts, progress)
        return [
            replace(segment, sentiment=sentiment)
            for sentence, sentiment in zip_longest(sentences, feelings)
            for segment in sentence
        ]


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


def _joined(parts: Sequence[Recognition]) -> Recognition:
    return Recognition(
        tuple(segment for part in parts for segment in part.segments),
        tuple(text for part in parts for text in part.suppressed),
    )


def _most_spoken(segments: Sequence[TranscribedSegment]) -> str | None:
    """The language that was spoken for longest; None where nothing was said."""
    seconds: defaultdict[str, float] = defaultdict(float)
    for segment in segments:
        seconds[segment.language] += segment.end - segment.start
    return max(seconds, key=seconds.__getitem__, default=None)


def _uncertain(language: str) -> str:
    """The sentence of a warning."""
    return (
        f"The language isn't clear; the words were recognised as "
        f"{LANGUAGES[language].name.title()}. Send `language` if you know it."
    )


def _likeliest(detection: LanguageDetection | None) -> str | None:
    return detection.guesses[0].language if detection and detection.guesses else None
