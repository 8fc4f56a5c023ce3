"""The sentiment of sentences that continue in the next window."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sentivox.engines.protocols import SentimentText
from sentivox.errors import StageUnavailable
from sentivox.pipeline.stages import WindowRef
from sentivox.pipeline.upload import UploadPipeline
from sentivox.types import (
    Recognition,
    Sentiment,
    TranscribedSegment,
    Transcript,
    TranscriptionOptions,
)
from tests.pipeline.fake_stages import FakeStages, detects, file_of, upload_pipeline

AUDIO = b"audio"
ENGLISH = TranscriptionOptions(language="en")
TEXTS = (
    ((0.0, 3.0, " All is well."), (3.0, 9.0, " I had so hoped")),
    ((9.2, 11.0, " that we would win,"),),
    ((11.1, 12.0, " but"), (12.0, 13.0, " no.")),
    ((15.0, 16.0, " Never mind"),),
)


class Classifier:
    """Long texts are negative, short ones positive; records its batches."""

    def __init__(self, error: Exception | None = None) -> None:
        self.batches: list[list[str]] = []
        self.error = error

    async def __call__(self, texts: Sequence[SentimentText]) -> list[Sentiment]:
        self.batches.append([text.text for text in texts])
        if self.error:
            raise self.error
        return [
            Sentiment(0.9, 0.1, 0.0) if len(text.text) > 20 else Sentiment(0.0, 0.1, 0.9)
            for text in texts
        ]


def pipeline_of(classifier: Classifier) -> UploadPipeline:
    async def recognize(family: Any, window: WindowRef, *_: object) -> Recognition:
        return Recognition(
            tuple(
                TranscribedSegment(start, end, text, "en")
                for start, end, text in TEXTS[window.index]
            )
        )

    file = file_of([(said[0][0], said[-1][1] - said[0][0], None) for said in TEXTS])
    return upload_pipeline(FakeStages(file, recognize, detects(en=0.9), classifying=classifier))


async def test_a_sentence_over_several_windows_has_one_sentiment() -> None:
    classifier = Classifier()
    transcript = await pipeline_of(classifier).transcribe(AUDIO, ENGLISH)
    assert classifier.batches == [
        ["All is well."],
        ["I had so hoped that we would win, but no."],
        ["Never mind"],
    ]
    labels = [segment.sentiment and segment.sentiment.label for segment in transcript.segments]
    assert labels == ["positive", "negative", "negative", "negative", "negative", "positive"]
    assert [shift.at for shift in transcript.shifts] == [3.0, 15.0]


async def test_a_stream_delivers_whole_sentences_in_order() -> None:
    parts = [part async for part in pipeline_of(Classifier()).stream(AUDIO, ENGLISH)]
    assert isinstance(parts.pop(), Transcript)
    starts = [part.start for part in parts if isinstance(part, TranscribedSegment)]
    assert starts == sorted(starts)
    assert len(starts) == sum(map(len, TEXTS))


async def test_without_the_sentiment_stage_the_transcript_has_a_warning() -> None:
    classifier = Classifier(StageUnavailable("The sentiment stage failed."))
    transcript = await pipeline_of(classifier).transcribe(AUDIO, ENGLISH)
    assert len(transcript.segments) == sum(map(len, TEXTS))
    assert {segment.sentiment for segment in transcript.segments} == {None}
    assert [warning.code for warning in transcript.warnings] == ["sentiment_unavailable"]
