"""The Wyoming protocol with its own library's client, a real bridge and a real web application."""

from __future__ import annotations

import asyncio
import io
import os
import signal
import subprocess
import sys
import wave
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from pathlib import Path

import pytest
from sentivox_client import AsyncSentivox, Retries
from sentivox_client.wyoming_bridge import MAX_AUDIO_BYTES, serve
from wyoming.asr import Transcribe, Transcript, TranscriptChunk, TranscriptStart, TranscriptStop
from wyoming.audio import AudioChunk, AudioStart, AudioStop
from wyoming.client import AsyncClient, AsyncTcpClient
from wyoming.error import Error
from wyoming.event import Event
from wyoming.info import Describe, Info
from wyoming.ping import Ping, Pong

from sentivox.errors import StageUnavailable
from sentivox.languages import LANGUAGES
from sentivox.web.app import create_app
from tests.clients.test_cli import SENTIVOX, run
from tests.serving import free_port
from tests.web.fake_service import SEGMENTS, TRANSCRIPT, FakeService
from tests.web.live_server import serving

TEXT = "Das ist schön. <b>Das</b> nicht & nie."
SPEECH = bytes(range(256)) * 125
NEVER = Retries(max_retries=0)


@asynccontextmanager
async def connected(service: FakeService) -> AsyncIterator[AsyncTcpClient]:
    """A client of a bridge to a server with this service."""
    port = free_port()
    with serving(create_app(lambda: service)) as server:
        client = AsyncSentivox(f"http://127.0.0.1:{server}", retries=NEVER)
        async with client, asyncio.timeout(60):
            bridge = asyncio.create_task(serve(f"tcp://127.0.0.1:{port}", client))
            async with await opened(port) as found:
                yield found
            bridge.cancel()
            with suppress(asyncio.CancelledError):
                await bridge


async def opened(port: int) -> AsyncTcpClient:
    """A client of the bridge at a port, once it listens there."""
    while True:
        with suppress(ConnectionError):
            _, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.close()
            return AsyncTcpClient("127.0.0.1", port)
        await asyncio.sleep(0.05)


async def speak(
    client: AsyncClient, pcm: bytes = SPEECH, rate: int = 16_000, width: int = 2, channels: int = 1
) -> None:
    await client.write_event(AudioStart(rate, width, channels).event())
    for at in range(0, len(pcm), 2048):
        chunk = AudioChunk(rate, width, channels, pcm[at : at + 2048])
        await client.write_event(chunk.event())
    await client.write_event(AudioStop().event())


async def answered(client: AsyncClient, last: str) -> list[Event]:
    """Events up to the first of the type `last`, or to the end of the connection."""
    events: list[Event] = []
    while event := await client.read_event():
        events.append(event)
        if event.type == last:
            break
    return events


async def test_the_service_is_described() -> None:
    async with connected(FakeService()) as client:
        await client.write_event(Describe().event())
        [event] = await answered(client, "info")
    [program] = Info.from_event(event).asr
    assert program.installed
    assert program.supports_transcript_streaming
    [model] = program.models
    assert set(model.languages) == set(LANGUAGES)


async def test_speech_is_transcribed_segment_by_segment() -> None:
    service = FakeService()
    async with connected(service) as client:
        await client.write_event(Transcribe(language="de-AT").event())
        await speak(client)
        events = await answered(client, "transcript-stop")
    start, *chunks, transcript, stop = events
    assert TranscriptStart.from_event(start).language == "de"
    assert "".join(TranscriptChunk.from_event(chunk).text for chunk in chunks) == TEXT
    assert Transcript.from_event(transcript) == Transcript(TEXT, language="de")
    assert TranscriptStop.is_type(stop.type)
    [(audio, options)] = service.requests
    assert (options.language, options.sentiment) == ("de", False)
    with wave.open(io.BytesIO(audio)) as file:
        assert (file.getframerate(), file.getsampwidth(), file.getnchannels()) == (16_000, 2, 1)
        assert file.readframes(file.getnframes()) == SPEECH


async def test_segments_of_a_language_without_spaces_are_joined_without() -> None:
    segments = tuple(replace(each, language="ja", text="はい。") for each in SEGMENTS)
    service = FakeService(replace(TRANSCRIPT, segments=segments, language="ja"))
    async with connected(service) as client:
        await speak(client)
        events = await answered(client, "transcript-stop")
    chunks = [each.data["text"] for each in events if TranscriptChunk.is_type(each.type)]
    [transcript] = [each for each in events if Transcript.is_type(each.type)]
    assert "".join(chunks) == Transcript.from_event(transcript).text == "はい。はい。"


@pytest.mark.parametrize(("language", "expected"), [(None, None), ("", None), ("auto", None)])
async def test_a_language_is_detected_unless_requested(
    language: str | None, expected: str | None
) -> None:
    service = FakeService()
    async with connected(service) as client:
        await client.write_event(Transcribe(language=language).event())
        await speak(client)
        await answered(client, "transcript-stop")
    assert service.requests[0][1].language is expected


@pytest.mark.parametrize(
    ("rate", "width", "channels"), [(48_000, 2, 2), (8000, 1, 1), (44_100, 4, 1), (22_050, 3, 2)]
)
async def test_audio_of_any_format_is_sent_as_it_is(rate: int, width: int, channels: int) -> None:
    service = FakeService()
    pcm = SPEECH[: len(SPEECH) // 12 * 12]
    async with connected(service) as client:
        await client.write_event(AudioStart(rate, width, channels).event())
        await client.write_event(AudioChunk(rate, width, channels, pcm).event())
        await client.write_event(AudioStop().event())
        await answered(client, "transcript-stop")
    with wave.open(io.BytesIO(service.requests[0][0])) as file:
        found = (file.getframerate(), file.getsampwidth(), file.getnchannels())
        assert found == (rate, width, channels)
        assert file.readframes(file.getnframes()) == pcm


async def test_names_and_terms_become_keywords() -> None:
    names = ["Küche", "<b>", "two\nlines", "Küche", *(f"lamp {number}" for number in range(30))]
    service = FakeService()
    async with connected(service) as client:
        request = Transcribe(transcript_names=names, transcript_terms=["scene"])
        await client.write_event(request.event())
        await speak(client)
        await answered(client, "transcript-stop")
    keywords = service.requests[0][1].keywords
    assert keywords[:2] == ("Küche", "lamp 0")
    assert len(keywords) == 20


async def test_a_connection_serves_several_requests_and_settings_hold_for_one() -> None:
    service = FakeService()
    async with connected(service) as client:
        await client.write_event(Transcribe(language="de").event())
        for _ in range(3):
            await speak(client)
            assert (await answered(client, "transcript-stop"))[-2].data["text"] == TEXT
        await client.write_event(Ping("still there?").event())
        [pong] = await answered(client, "pong")
    assert Pong.from_event(pong).text == "still there?"
    assert [options.language for _, options in service.requests] == ["de", None, None]


async def test_no_audio_has_an_empty_transcript() -> None:
    service = FakeService()
    async with connected(service) as client:
        for request in (b"", None):
            if request is not None:
                await speak(client, request)
            else:
                await client.write_event(AudioStop().event())
            [event] = await answered(client, "transcript")
            assert Transcript.from_event(event).text == ""
    assert service.requests == []


async def test_silence_has_an_empty_transcript() -> None:
    service = FakeService(replace(TRANSCRIPT, segments=(), language=None))
    async with connected(service) as client:
        await speak(client)
        events = await answered(client, "transcript-stop")
    assert [each.type for each in events] == ["transcript-start", "transcript", "transcript-stop"]
    assert events[1].data["text"] == ""


@pytest.mark.parametrize("failing_after", [0, 1])
async def test_an_error_is_a_sentence_and_ends_the_connection(failing_after: int) -> None:
    error = StageUnavailable("Speech recognition is down.", None, 7)
    service = FakeService(error=error, failing_after=failing_after)
    async with connected(service) as client:
        await speak(client)
        events = await answered(client, "transcript-stop")
    assert Error.from_event(events[-1]).text == "Speech recognition is down."


@pytest.mark.parametrize(
    ("event", "sentence"),
    [
        (Event("audio-start", {"rate": 16_000}), "The event 'audio-start' lacks 'width'."),
        (AudioStart(0, 2, 1).event(), "aren't those of PCM audio."),
        (AudioStart(16_000, 9, 1).event(), "aren't those of PCM audio."),
        (AudioChunk(16_000, 2, 1, bytes(MAX_AUDIO_BYTES + 2)).event(), "may have 24 MiB."),
        (Event("audio-chunk", {"rate": "x", "width": 2, "channels": 1}), "can't be used"),
    ],
)
async def test_an_event_that_cannot_be_used_is_refused(event: Event, sentence: str) -> None:
    async with connected(FakeService()) as client:
        await client.write_event(event)
        [refused] = await answered(client, "error")
        assert sentence in Error.from_event(refused).text
        assert await client.read_event() is None


async def test_unknown_events_are_ignored() -> None:
    async with connected(FakeService()) as client:
        await client.write_event(Event("select-program", {"name": "sentivox"}))
        await client.write_event(Ping().event())
        [event] = await answered(client, "pong")
    assert Pong.is_type(event.type)


async def test_work_ends_when_the_client_disconnects() -> None:
    service = FakeService(hangs=True)
    async with connected(service) as client:
        await speak(client)
        assert await asyncio.to_thread(service.began.wait, 30)
        await client.disconnect()
        assert await asyncio.to_thread(service.ended.wait, 30)


@pytest.fixture
def bridge() -> Iterator[tuple[subprocess.Popen[str], int]]:
    """The command, and its port."""
    port = free_port()
    with serving(create_app(FakeService)) as server:
        arguments = ["--uri", f"tcp://127.0.0.1:{port}", "--server", f"http://127.0.0.1:{server}"]
        with subprocess.Popen(
            [*SENTIVOX, "wyoming", *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=os.environ | {"PYTHONWARNINGS": "default"},
        ) as running:
            yield running, port
            running.kill()


async def test_the_command_serves_until_ctrl_c(
    bridge: tuple[subprocess.Popen[str], int],
) -> None:
    running, port = bridge
    async with asyncio.timeout(60), await opened(port) as client:
        await speak(client)
        events = await answered(client, "transcript-stop")
    assert events[-2].data["text"] == TEXT
    running.send_signal(signal.SIGINT)
    _, printed = running.communicate(timeout=30)
    assert running.returncode == 130
    lines = [line for line in printed.splitlines() if "audioop" not in line]
    assert lines == [f"Wyoming at tcp://127.0.0.1:{port}. Ctrl-C ends it.", "Stopped."]


@pytest.mark.parametrize(
    "uri", ["http://127.0.0.1:10300", "tcp://127.0.0.1", "tcp://:x", "unix://", "stdio://"]
)
def test_another_kind_of_address_is_refused(uri: str) -> None:
    done = run("wyoming", "--uri", uri)
    assert done.returncode == 2
    assert "tcp://HOST:PORT" in done.stderr


def test_a_port_in_use_is_a_sentence(tmp_path: Path) -> None:
    with serving(create_app(FakeService)) as port:
        done = run("wyoming", "--uri", f"tcp://127.0.0.1:{port}")
    assert done.returncode == 1
    assert "can't be opened" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_missing_package_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "wyoming.py").write_text("raise ImportError")
    path = os.pathsep.join([str(tmp_path), *filter(None, sys.path)])
    done = subprocess.run(
        [*SENTIVOX, "wyoming"],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env=os.environ | {"PYTHONPATH": path},
    )
    assert done.returncode == 1
    assert done.stderr.endswith("-m pip install wyoming\n")
