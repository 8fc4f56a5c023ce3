"""The order of the calls for an upload."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from sentivox.errors import AudioLost, Overloaded, StageUnavailable
from sentivox.languages import LanguageFamily
from sentivox.pipeline.stages import WindowRef
from sentivox.pipeline.upload import UploadPipeline
from sentivox.scheduling.admission import Admission, FileInProgress
from sentivox.types import (
    Recognition,
    RecognitionOptions,
    TranscribedSegment,
    Transcript,
    TranscriptionOptions,
)
from tests.pipeline.fake_stages import FakeStages, detects, upload_pipeline, windows_of

AUDIO = b"audio"
FULL = Overloaded("Too much is being transcribed right now.", None, 7.0)
BROKEN = StageUnavailable("The asr stage failed.")
LOST = AudioLost("The asr stage failed on this request.")
Outcome = str | Exception


class Recognizer:
    """One outcome per window: a text, an error or, for "...", no end."""

    def __init__(self, *outcomes: Outcome) -> None:
        self.outcomes: Sequence[Outcome] = outcomes
        self.after_loss: Sequence[Outcome] = outcomes
        self.cancelled = 0

    async def __call__(
        self,
        family: LanguageFamily,
        window: WindowRef,
        options: RecognitionOptions,
        encoder_output: object | None,
    ) -> Recognition:
        index = window.index
        outcome = self.outcomes[index]
        if outcome == "...":
            try:
                await asyncio.Event().wait()
            finally:
                self.cancelled += 1
        await asyncio.sleep(0.01 * index)
        if outcome is LOST:
            self.outcomes = self.after_loss
        if isinstance(outcome, Exception):
            raise outcome
        return Recognition((TranscribedSegment(index, index + 1, outcome, "en"),))


def pipeline_of(recognizer: Recognizer) -> UploadPipeline:
    file = windows_of(len(recognizer.outcomes))
    return upload_pipeline(FakeStages(file, recognizer, detects(en=0.9)))


def options(*, partial: bool = True) -> TranscriptionOptions:
    return TranscriptionOptions(language="en", sentiment=False, partial=partial)


async def transcribe(*outcomes: Outcome, partial: bool = True) -> Transcript:
    async with asyncio.timeout(5):
        return await pipeline_of(Recognizer(*outcomes)).transcribe(AUDIO, options(partial=partial))


async def test_windows_become_one_text() -> None:
    transcript = await transcribe(" One", " two", " three")
    assert (transcript.text, transcript.warnings) == ("One two three", ())


async def test_the_time_that_a_request_waits_for_each_stage_is_measured() -> None:
    transcript = await transcribe(" One", " two")
    assert transcript.timings["asr"] >= 0.01
    assert set(transcript.timings) == {"audio_decoder", "language_id", "asr"}


@pytest.mark.parametrize("partial", [True, False])
async def test_a_full_queue_refuses_the_whole_request(partial: bool) -> None:
    with pytest.raises(Overloaded) as caught:
        await transcribe(" One", FULL, " three", partial=partial)
    assert caught.value.retry_after == 7.0


async def test_a_full_queue_is_reported_at_once_and_the_other_windows_stop() -> None:
    recognizer = Recognizer("...", FULL, "...", FULL)
    async with asyncio.timeout(5):
        with pytest.raises(Overloaded):
            await pipeline_of(recognizer).transcribe(AUDIO, options())
    assert recognizer.cancelled == 2


async def test_a_window_that_fails_is_a_warning() -> None:
    transcript = await transcribe(" One", BROKEN, " three")
    assert transcript.text == "One three"
    [warning] = transcript.warnings
    assert warning.code == "window_1_failed"
    assert "from 30.0 s to 60.0 s" in warning.message


async def test_a_window_that_fails_fails_a_format_without_warnings() -> None:
    with pytest.raises(StageUnavailable):
        await transcribe(" One", BROKEN, " three", partial=False)


@pytest.mark.parametrize("windows", [(LOST,), (" One", LOST, " three")])
async def test_lost_audio_is_decoded_again(windows: Sequence[Outcome]) -> None:
    recognizer = Recognizer(*windows)
    recognizer.after_loss = tuple(" two" if each is LOST else each for each in windows)
    async with asyncio.timeout(5):
        transcript = await pipeline_of(recognizer).transcribe(AUDIO, options())
    assert transcript.warnings == ()
    assert "two" in transcript.text


async def test_audio_that_is_lost_twice_is_an_error() -> None:
    with pytest.raises(StageUnavailable):
        await transcribe(LOST)


async def test_when_every_window_fails_the_request_fails() -> None:
    with pytest.raises(StageUnavailable):
        await transcribe(BROKEN, BROKEN)


async def test_a_stream_that_has_begun_continues_with_a_warning() -> None:
    pipeline = pipeline_of(Recognizer(" One", FULL, " three"))
    parts = [part async for part in pipeline.stream(AUDIO, options())]
    transcript = parts.pop()
    assert isinstance(transcript, Transcript)
    assert [part.text for part in parts] == [" One", " three"]
    assert [warning.code for warning in transcript.warnings] == ["window_1_failed"]


async def test_a_stream_that_has_not_begun_is_refused() -> None:
    with pytest.raises(Overloaded):
        await anext(pipeline_of(Recognizer("...", FULL)).stream(AUDIO, options()))


@pytest.mark.parametrize("streamed", [True, False])
async def test_a_whole_transcript_updates_the_measured_throughput(
    monkeypatch: pytest.MonkeyPatch, *, streamed: bool
) -> None:
    done: list[FileInProgress] = []
    monkeypatch.setattr(Admission, "done", lambda _, file: done.append(file))
    pipeline = pipeline_of(Recognizer(" One"))
    if streamed:
        async for _ in pipeline.stream(AUDIO, options()):
            pass
    else:
        await pipeline.transcribe(AUDIO, options())
    assert [file.size for file in done] == [len(AUDIO)]


async def test_a_file_that_fails_doesnt_update_the_throughput(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(Admission, "done", lambda *_: pytest.fail("It wasn't transcribed."))
    with pytest.raises(StageUnavailable):
        await pipeline_of(Recognizer(BROKEN)).transcribe(AUDIO, options(partial=False))
