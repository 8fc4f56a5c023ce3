"""Windows of several channels, which overlap in time, and what becomes of them."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

import pytest
from tests.deployments.test_pipeline import pipeline_on

from deployments.object_store import StoredAudio, WindowRef
from sentivox.errors import InvalidRequest, StageUnavailable
from sentivox.types import (
    AudioInfo,
    Recognition,
    SuppressedSegment,
    TranscribedSegment,
    Transcript,
    TranscriptionOptions,
)
from tests.deployments.fake_handle import LONG

INFO = AudioInfo(20.0, "wav", "pcm_s16le", 16_000, 2, -3.0)
WINDOWS = (("left", 0, 0.0, 9.0), ("right", 1, 2.0, 3.0), ("late", 1, 12.0, 4.0))
"""Reference, channel, start and length."""
SAID = {
    "left": ((0.0, " Well,"), (4.0, " I think"), (8.0, " so.")),
    "right": ((2.0, " Yes?"),),
    "late": ((12.0, " Good."),),
}
BROKEN = StageUnavailable("The asr stage failed.")


class Recognizer:
    """Says what it is told by reference, once `allowed` is set for it."""

    def __init__(self, waiting: Mapping[str, asyncio.Event] | None = None) -> None:
        self.waiting = waiting or {}
        self.failing: set[str] = set()

    async def __call__(self, ref: str, options: Any, sound: None) -> Recognition:
        if ref in self.waiting:
            await self.waiting[ref].wait()
        if ref in self.failing:
            raise BROKEN
        return Recognition(
            tuple(TranscribedSegment(start, start + 1, text, "en") for start, text in SAID[ref])
        )


def stored(*windows: tuple[str, int | None, float, float]) -> StoredAudio:
    refs = tuple(
        WindowRef(index, start, seconds, ref, channel)  # type: ignore[arg-type]
        for index, (ref, channel, start, seconds) in enumerate(windows)
    )
    crosstalk = SuppressedSegment(1.0, 2.0, "", "crosstalk", "B")
    return StoredAudio(INFO, refs, (crosstalk,) if refs else ())


def options(**changes: Any) -> TranscriptionOptions:
    return TranscriptionOptions(language="en", sentiment=False, split_channels=True, **changes)


async def test_segments_of_all_channels_are_in_order_of_time_with_their_speakers() -> None:
    pipeline = pipeline_on(stored(*WINDOWS), Recognizer())
    transcript = await pipeline.transcribe(LONG, options())
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


async def test_a_stream_holds_nothing_back_that_has_its_place() -> None:
    late = asyncio.Event()
    told = []
    async with asyncio.timeout(5):
        async for part in pipeline_on(stored(*WINDOWS), Recognizer({"late": late})).stream(
            LONG, options()
        ):
            if isinstance(part, Transcript):
                break
            told.append(part.text)
            if part.text == " so.":
                late.set()
    assert told == [" Well,", " Yes?", " I think", " so.", " Good."]


async def test_a_stream_begins_before_the_other_channel_is_heard() -> None:
    right = asyncio.Event()
    stream = pipeline_on(stored(*WINDOWS), Recognizer({"right": right})).stream(LONG, options())
    async with asyncio.timeout(5):
        first = await anext(stream)
        assert isinstance(first, TranscribedSegment)
        assert first.text == " Well,"
        right.set()
        rest = [part.text async for part in stream]
    assert rest[:4] == [" Yes?", " I think", " so.", " Good."]


async def test_a_window_that_fails_says_whose_it_was() -> None:
    recognizer = Recognizer()
    recognizer.failing = {"right"}
    transcript = await pipeline_on(stored(*WINDOWS), recognizer).transcribe(LONG, options())
    [warning] = transcript.warnings
    assert warning.message.startswith("Nothing of speaker B was recognised from 2.0 s to 5.0 s")
    assert [each.text for each in transcript.segments] == [" Well,", " I think", " so.", " Good."]


@pytest.mark.parametrize("channel", [0, 1])
async def test_an_answer_that_promises_speakers_needs_two(channel: int) -> None:
    pipeline = pipeline_on(stored(("left", channel, 0.0, 9.0)), Recognizer())
    with pytest.raises(InvalidRequest, match="channels=split") as caught:
        await pipeline.transcribe(LONG, options(several_speakers=True))
    assert caught.value.param == "response_format"
    transcript = await pipeline.transcribe(LONG, options())
    assert [each.name for each in transcript.speakers] == ["AB"[channel]]


async def test_where_nobody_speaks_there_is_nobody_to_tell_apart() -> None:
    pipeline = pipeline_on(stored(), Recognizer())
    transcript = await pipeline.transcribe(LONG, options(several_speakers=True))
    assert (transcript.segments, transcript.speakers) == ((), ())


async def test_channels_that_are_mixed_have_no_speakers() -> None:
    pipeline = pipeline_on(stored(("left", None, 0.0, 9.0)), Recognizer())
    transcript = await pipeline.transcribe(
        LONG, TranscriptionOptions(language="en", sentiment=False)
    )
    assert {segment.speaker for segment in transcript.segments} == {None}
    assert transcript.speakers == ()
