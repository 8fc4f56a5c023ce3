"""Sentences that go on in the next window, and how they feel."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tests.deployments.test_pipeline import pipeline_on

from deployments.object_store import StoredAudio, WindowRef
from sentivox.engines.protocols import SentimentText
from sentivox.errors import StageUnavailable
from sentivox.pipeline.upload import Pipeline
from sentivox.types import (
    AudioInfo,
    Recognition,
    Sentiment,
    TranscribedSegment,
    Transcript,
    TranscriptionOptions,
)
from tests.deployments.fake_handle import LONG

INFO = AudioInfo(20.0, "wav", "pcm_s16le", 16_000, 1, -3.0)
SAID = (
    ((0.0, 3.0, " All is well."), (3.0, 9.0, " I had so hoped")),
    ((9.2, 11.0, " that we would win,"),),
    ((11.1, 12.0, " but"), (12.0, 13.0, " no.")),
    ((15.0, 16.0, " Never mind"),),
)


class Classifier:
    """Long texts are negative, short ones positive; keeps what it was asked."""

    def __init__(self, error: Exception | None = None) -> None:
        self.asked: list[list[str]] = []
        self.error = error

    async def __call__(self, texts: Sequence[SentimentText]) -> list[Sentiment]:
        self.asked.append([text.text for text in texts])
        if self.error:
            raise self.error
        return [
            Sentiment(0.9, 0.1, 0.0) if len(text.text) > 20 else Sentiment(0.0, 0.1, 0.9)
            for text in texts
        ]


def pipeline_with(classifier: Classifier) -> Pipeline:
    async def recognize(number: int, options: Any, sound: None) -> Recognition:
        return Recognition(
            tuple(TranscribedSegment(start, end, text, "en") for start, end, text in SAID[number])
        )

    windows = tuple(
        WindowRef(number, said[0][0], said[-1][1] - said[0][0], number)  # type: ignore[arg-type]
        for number, said in enumerate(SAID)
    )
    return pipeline_on(StoredAudio(INFO, windows), recognize, classifier)


async def test_a_sentence_over_the_ends_of_windows_is_felt_as_one() -> None:
    classifier = Classifier()
    answer = await pipeline_with(classifier).transcribe(LONG, TranscriptionOptions(language="en"))
    assert classifier.asked == [
        ["All is well."],
        ["I had so hoped that we would win, but no."],
        ["Never mind"],
    ]
    labels = [segment.sentiment and segment.sentiment.label for segment in answer.segments]
    assert labels == ["positive", "negative", "negative", "negative", "negative", "positive"]
    assert [shift.at for shift in answer.shifts] == [3.0, 15.0]


async def test_a_stream_tells_whole_sentences_in_order() -> None:
    stream = pipeline_with(Classifier()).stream(LONG, TranscriptionOptions(language="en"))
    told = [part async for part in stream]
    assert isinstance(told.pop(), Transcript)
    starts = [part.start for part in told if isinstance(part, TranscribedSegment)]
    assert starts == sorted(starts)
    assert len(starts) == sum(map(len, SAID))


async def test_words_come_without_sentiment_when_that_stage_is_down() -> None:
    classifier = Classifier(StageUnavailable("The sentiment stage failed."))
    answer = await pipeline_with(classifier).transcribe(LONG, TranscriptionOptions(language="en"))
    assert len(answer.segments) == sum(map(len, SAID))
    assert {segment.sentiment for segment in answer.segments} == {None}
    assert [warning.code for warning in answer.warnings] == ["sentiment_unavailable"]
