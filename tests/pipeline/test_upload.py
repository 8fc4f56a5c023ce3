"""The order of the calls, with fakes where the handles of Ray would be."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import pytest
from ray.serve.exceptions import BackPressureError

from deployments.calls import AudioLost
from deployments.handles import Stages
from deployments.object_store import StoredAudio, WindowRef
from sentivox.errors import Overloaded, StageUnavailable
from sentivox.languages import LanguageFamily
from sentivox.pipeline.upload import Pipeline
from sentivox.scheduling.admission import Admission, Entry
from sentivox.types import (
    AudioInfo,
    Recognition,
    RecognitionOptions,
    TranscribedSegment,
    Transcript,
    TranscriptionOptions,
)
from tests.deployments.fake_handle import LONG, FakeHandle

INFO = AudioInfo(90.0, "wav", "pcm_s16le", 16_000, 1, -3.0)
FULL = BackPressureError(9, 8, 429, 7.0)
BROKEN = StageUnavailable("The asr stage failed.")


LOST = AudioLost("The asr stage failed on this request.")
Outcome = str | Exception


class Recognizer:
    """Says, raises or, for "...", hangs: one outcome a window."""

    def __init__(self, *outcomes: Outcome) -> None:
        self.outcomes = outcomes
        self.later: tuple[Outcome, ...] = outcomes
        """Once something was lost."""
        self.stopped = 0

    async def __call__(self, number: int, options: RecognitionOptions, sound: None) -> Recognition:
        outcome = self.outcomes[number]
        if outcome == "...":
            try:
                await asyncio.Event().wait()
            finally:
                self.stopped += 1
        await asyncio.sleep(0.01 * number)
        if outcome is LOST:
            self.outcomes = self.later
        if isinstance(outcome, Exception):
            raise outcome
        return Recognition((TranscribedSegment(number, number + 1, outcome, "en"),))


def pipeline_of(recognizer: Recognizer) -> Pipeline:
    count = range(len(recognizer.outcomes))
    windows = tuple(WindowRef(number, 30.0 * number, 30.0, number) for number in count)  # type: ignore[arg-type]
    return pipeline_on(StoredAudio(INFO, windows), recognizer)


async def unused(*arguments: Any) -> None:
    raise AssertionError("not asked for")


def pipeline_on(
    stored: StoredAudio,
    recognizer: Callable[..., Awaitable[Any]],
    classifier: Callable[..., Awaitable[Any]] = unused,
) -> Pipeline:
    async def decode(*arguments: Any) -> StoredAudio:
        return stored

    stages = Stages(
        decoder=FakeHandle(decode),  # type: ignore[arg-type]
        language_id=FakeHandle(unused),  # type: ignore[arg-type]
        recognizers={LanguageFamily.GERMANIC: FakeHandle(recognizer)},  # type: ignore[dict-item]
        fallback_family=LanguageFamily.GERMANIC,
        sentiment=FakeHandle(classifier),  # type: ignore[arg-type]
    )
    return Pipeline(stages, windows_in_flight=8)


def options(*, partial: bool = True) -> TranscriptionOptions:
    return TranscriptionOptions(language="en", sentiment=False, partial=partial)


async def transcribe(*outcomes: Outcome, partial: bool = True) -> Transcript:
    async with asyncio.timeout(5):
        return await pipeline_of(Recognizer(*outcomes)).transcribe(LONG, options(partial=partial))


async def test_windows_become_one_text() -> None:
    transcript = await transcribe(" One", " two", " three")
    assert (transcript.text, transcript.warnings) == ("One two three", ())


@pytest.mark.parametrize("partial", [True, False])
async def test_a_full_queue_refuses_the_whole_request(partial: bool) -> None:
    with pytest.raises(Overloaded) as caught:
        await transcribe(" One", FULL, " three", partial=partial)
    assert caught.value.retry_after == 7.0


async def test_a_full_queue_is_told_at_once_and_the_other_windows_stop() -> None:
    recognizer = Recognizer("...", FULL, "...", FULL)
    async with asyncio.timeout(5):
        with pytest.raises(Overloaded):
            await pipeline_of(recognizer).transcribe(LONG, options())
    assert recognizer.stopped == 2


async def test_a_window_that_fails_is_a_warning_where_there_is_room_for_one() -> None:
    transcript = await transcribe(" One", BROKEN, " three")
    assert transcript.text == "One three"
    [warning] = transcript.warnings
    assert warning.code == "window_1_failed"
    assert "from 30.0 s to 60.0 s" in warning.message


async def test_a_window_that_fails_fails_an_answer_without_room_for_warnings() -> None:
    with pytest.raises(StageUnavailable):
        await transcribe(" One", BROKEN, " three", partial=False)


@pytest.mark.parametrize("windows", [(LOST,), (" One", LOST, " three")])
async def test_audio_that_is_lost_is_decoded_again(windows: Sequence[Outcome]) -> None:
    recognizer = Recognizer(*windows)
    again = asyncio.create_task(pipeline_of(recognizer).transcribe(LONG, options()))
    recognizer.later = tuple(" two" if each is LOST else each for each in windows)
    async with asyncio.timeout(5):
        transcript = await again
    assert transcript.warnings == ()
    assert "two" in transcript.text


async def test_audio_that_is_lost_twice_is_an_error() -> None:
    with pytest.raises(StageUnavailable):
        await transcribe(LOST)


async def test_when_every_window_fails_there_is_no_answer() -> None:
    with pytest.raises(StageUnavailable):
        await transcribe(BROKEN, BROKEN)


async def test_a_stream_that_has_begun_goes_on_with_a_warning() -> None:
    parts = [
        part
        async for part in pipeline_of(Recognizer(" One", FULL, " three")).stream(LONG, options())
    ]
    transcript = parts.pop()
    assert isinstance(transcript, Transcript)
    assert [part.text for part in parts] == [" One", " three"]
    assert [warning.code for warning in transcript.warnings] == ["window_1_failed"]


async def test_a_stream_that_has_not_begun_is_refused() -> None:
    with pytest.raises(Overloaded):
        await anext(pipeline_of(Recognizer("...", FULL)).stream(LONG, options()))


@pytest.mark.parametrize("streamed", [True, False])
async def test_a_whole_answer_tells_how_fast_a_file_was_heard(
    monkeypatch: pytest.MonkeyPatch, *, streamed: bool
) -> None:
    answered: list[Entry] = []
    monkeypatch.setattr(Admission, "answered", lambda _, entry: answered.append(entry))
    pipeline = pipeline_of(Recognizer(" One"))
    if streamed:
        async for _ in pipeline.stream(LONG, options()):
            pass
    else:
        await pipeline.transcribe(LONG, options())
    assert [entry.size for entry in answered] == [len(LONG)]


async def test_a_file_that_fails_tells_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Admission, "answered", lambda *_: pytest.fail("It wasn't answered."))
    with pytest.raises(StageUnavailable):
        await pipeline_of(Recognizer(BROKEN)).transcribe(LONG, options(partial=False))
