"""A transcript under construction: segments in order of time, with their sentences' sentiment."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import zip_longest

from sentivox.engines.protocols import SentimentText
from sentivox.languages import LANGUAGES
from sentivox.pipeline.request import UploadRequest
from sentivox.pipeline.stages import DecodedFile
from sentivox.transcript.sentences import (
    OpenSentences,
    mean_logprob,
    overall_sentiment,
    sentiment_shifts,
)
from sentivox.transcript.speakers import speakers
from sentivox.transcript.time_order import TimeOrder
from sentivox.types import LanguageDetection, Recognition, TranscribedSegment, Transcript


class TranscriptBuilder:
    """Takes one recognition per window, in order of their starts."""

    def __init__(self, request: UploadRequest, file: DecodedFile) -> None:
        self._request = request
        self._file = file
        self._segments: list[TranscribedSegment] = []
        self._suppressed = list(file.suppressed)
        self._order = TimeOrder()
        self._sentences = OpenSentences()
        # The text of a window begins no earlier than the window.
        self._next_starts = iter([*(window.start for window in file.windows[1:]), math.inf])

    async def add(self, recognition: Recognition) -> Sequence[TranscribedSegment]:
        """The segments that are complete now, in order of time.

        Windows of several channels overlap, and a sentence may continue in the next window: such
        segments wait.
        """
        next_start = next(self._next_starts)
        self._suppressed += recognition.suppressed
        if self._request.options.sentiment:
            self._sentences.add(recognition.segments)
            self._order.add(await self._with_sentiment(self._sentences.whole(next_start)))
        else:
            self._order.add(recognition.segments)
        ready = self._order.before(min(next_start, self._sentences.start))
        self._segments += ready
        return ready

    def transcript(self, language: str | None, detection: LanguageDetection | None) -> Transcript:
        """The whole result, once all windows were added.

        `language` is that of the file, for a file without text.
        """
        segments, request = self._segments, self._request
        language = _main_language(segments) or language
        if detection and detection.abstained and language:
            request.warnings.add("language_uncertain", _uncertain_message(language))
        if any(text.reason == "repetition" for text in self._suppressed):
            request.warnings.add("repetition", "Text that only repeats itself was left out.")
        return Transcript(
            info=self._file.info,
            task=request.options.task,
            language=language,
            detection=detection,
            segments=tuple(segments),
            suppressed=tuple(sorted(self._suppressed, key=lambda text: text.start)),
            sentiment=overall_sentiment(segments),
            shifts=sentiment_shifts(segments),
            speakers=speakers(segments),
            routing={
                code: request.family(code).value
                for code in dict.fromkeys(segment.language for segment in segments)
            },
            warnings=request.warnings.all(),
            timings=dict(request.timings.seconds),
        )

    async def _with_sentiment(
        self, sentences: Sequence[Sequence[TranscribedSegment]]
    ) -> Iterator[TranscribedSegment]:
        """The segments with the sentiment of their sentence, or without when the stage fails."""
        if not sentences:
            return iter(())
        translated = self._request.options.task == "translate"
        texts = [
            SentimentText(
                text="".join(segment.text for segment in sentence).strip(),
                language="en" if translated else sentence[0].language,
                logprob=mean_logprob(sentence),
            )
            for sentence in sentences
        ]
        sentiments = await self._request.classify(texts)
        return (
            replace(segment, sentiment=sentiment)
            for sentence, sentiment in zip_longest(sentences, sentiments)
            for segment in sentence
        )


def _main_language(segments: Sequence[TranscribedSegment]) -> str | None:
    """The language of most of the speech; None without segments."""
    seconds: defaultdict[str, float] = defaultdict(float)
    for segment in segments:
        seconds[segment.language] += segment.end - segment.start
    return max(seconds, key=seconds.__getitem__, default=None)


def _uncertain_message(language: str) -> str:
    return (
        f"The language isn't clear; the words were recognised as "
        f"{LANGUAGES[language].name.title()}. Send `language` if you know it."
    )
