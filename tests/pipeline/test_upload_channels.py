"""Uploads whose channels are speakers: their windows overlap in time."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from sentivox.errors import InvalidRequest, StageUnavailable
from sentivox.pipeline.stages import WindowRef
from sentivox.pipeline.upload import UploadPipeline
from sentivox.types import (
    Recognition,
    SuppressedSegment,
    TranscribedSegment,
    Transcript,
    TranscriptionOptions,
)
from tests.pipeline.fake_stages import FakeStages, detects, file_of, upload_pipeline

AUDIO = b"audio"
LEFT, RIGHT, LATE = 0, 1, 2
WINDOWS = [(0.0, 9.0, 0), (2.0, 3.0, 1), (12.0, 4.0, 1)]
"""Start, length and channel."""
TEXTS = {
    LEFT: ((0.0, " Well,"), (4.0, " I think"), (8.0, " so.")),
    RIGHT: ((2.0, " Yes?"),),
    LATE: ((12.0, " Good."),),
}
CROSSTALK = SuppressedSegment(1.0, 2.0, "", "crosstalk", "B")


class Recognizer:
    """The text of each window; one in `waiting` waits for its event, one in `failing` fails."""

    def __init__(self, waiting: Mapping[int, asyncio.Event] | None = None) -> None:
        self.waiting = waiting or {}
        self.failing: set[int] = set()

    async def __call__(self, family: Any, window: WindowRef, *_: object) -> Recognition:
        if window.index in self.waiting:
            await self.waiting[window.index].wait()
        if window.index in self.failing:
            raise StageUnavailable("The asr stage failed.")
        return Recognition(
            tuple(
                TranscribedSegment(start, start + 1, text, "en")
                for start, text in TEXTS[window.index]
            )
        )


def pipeline_of(
    recognizer: Recognizer, windows: list[tuple[float, float, int | None]] | None = None
) -> UploadPipeline:
    file = file_of(WINDOWS if windows is None else windows)
    if file.windows:
        file = replace(file, suppressed=(CROSSTALK,))
    return upload_pipeline(FakeStages(file, recognizer, detects(en=0.9)))


def options(**changes: Any) -> TranscriptionOptions:
    return TranscriptionOptions(language="en", sentiment=False, split_channels=True, **changes)


async def test_segments_of_all_channels_are_in_order_of_time_with_their_speakers() -> None:
    transcript = await pipeline_of(Recognizer()).transcribe(AUDIO, options())
    assert [(each.speaker, each.text) for each in transcript.segments] == [
        ("A", " Well,"),
        ("B", " Yes?"),
        ("A", " I think"),
        ("A", " so."),
        ("B", " Good."),
    ]
    assert [(each.name, each.seconds) for each in transcript.speakers] == [("A", 3.0), ("B", 2.0)]
    assert transcript.text == "Well, Yes? I think so. Good."
    assert [each.reason for each in transcript.suppressed] == ["crosstalk"]


async def test_a_stream_delivers_segments_as_soon_as_their_place_is_known() -> None:
    late = asyncio.Event()
    texts = []
    async with asyncio.timeout(5):
        async for part in pipeline_of(Recognizer({LATE: late})).stream(AUDIO, options()):
            if isinstance(part, Transcript):
                break
            texts.append(part.text)
            if part.text == " so.":
                late.set()
    assert texts == [" Well,", " Yes?", " I think", " so.", " Good."]


async def test_a_stream_begins_before_the_other_channel_is_recognised() -> None:
    right = asyncio.Event()
    stream = pipeline_of(Recognizer({RIGHT: right})).stream(AUDIO, options())
    async with asyncio.timeout(5):
        first = await anext(stream)
        assert isinstance(first, TranscribedSegment)
        assert first.text == " Well,"
        right.set()
        rest = [part.text async for part in stream]
    assert rest[:4] == [" Yes?", " I think", " so.", " Good."]


async def test_the_warning_about_a_failed_window_names_its_speaker() -> None:
    recognizer = Recognizer()
    recognizer.failing = {RIGHT}
    transcript = await pipeline_of(recognizer).transcribe(AUDIO, options())
    [warning] = transcript.warnings
    assert warning.message.startswith("Nothing of speaker B was recognised from 2.0 s to 5.0 s")
    assert [each.text for each in transcript.segments] == [" Well,", " I think", " so.", " Good."]


@pytest.mark.parametrize("channel", [0, 1])
async def test_a_format_with_speakers_needs_two(channel: int) -> None:
    pipeline = pipeline_of(Recognizer(), [(0.0, 9.0, channel)])
    with pytest.raises(InvalidRequest, match="channels=split") as caught:
        await pipeline.transcribe(AUDIO, options(several_speakers=True))
    assert caught.value.param == "response_format"
    transcript = await pipeline.transcribe(AUDIO, options())
    assert [each.name for each in transcript.speakers] == ["AB"[channel]]


async def test_a_file_without_speech_has_no_speakers() -> None:
    transcript = await pipeline_of(Recognizer(), []).transcribe(
        AUDIO, options(several_speakers=True)
    )
    assert (transcript.segments, transcript.speakers) == ((), ())


async def test_mixed_channels_have_no_speakers() -> None:
    pipeline = pipeline_of(Recognizer(), [(0.0, 9.0, None)])
    transcript = await pipeline.transcribe(
        AUDIO, TranscriptionOptions(language="en", sentiment=False)
    )
    assert {segment.speaker for segment in transcript.segments} == {None}
    assert transcript.speakers == ()
