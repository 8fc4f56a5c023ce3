"""The Realtime API with real sessions and a fake pipeline."""

from __future__ import annotations

import asyncio
import base64
import json
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Any, get_args

import numpy as np
import openai
import pytest
from openai.types import AudioModel
from openai.types.realtime import AudioTranscription
from openai.types.realtime.realtime_transcription_session_create_request_param import (
    RealtimeTranscriptionSessionCreateRequestParam as SessionParam,
)
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from sentivox.audio.vad import VadModel
from sentivox.errors import StageUnavailable
from sentivox.pipeline.live_requests import LiveRequest, LiveResult
from sentivox.settings import IngressSettings, LiveSettings
from sentivox.streaming.events import Action
from sentivox.streaming.session import StreamingSession
from sentivox.types import SAMPLE_RATE, Pcm, Priority, TranscriptionOptions
from sentivox.web.app import create_app
from sentivox.web.auth import hash_key, new_key
from sentivox.web.model_names import parse_model
from sentivox.web.realtime.connection import MAX_REQUESTS
from sentivox.web.session_limiter import SessionLimiter
from tests.voices import spoken_pcm
from tests.web.fake_service import FakeService
from tests.web.live_server import serving

RATE = 24_000
DELTA = "conversation.item.input_audio_transcription.delta"
COMPLETED = "conversation.item.input_audio_transcription.completed"
FAILED = "conversation.item.input_audio_transcription.failed"


def speech(text: str = "Please hold the line.", silence_s: float = 1.0) -> bytes:
    pcm = spoken_pcm(text)
    wanted = np.arange(int(len(pcm) * RATE / SAMPLE_RATE)) * SAMPLE_RATE / RATE
    samples = np.interp(wanted, np.arange(len(pcm)), pcm).astype(np.int16)
    return samples.tobytes() + bytes(int(silence_s * RATE) * 2)


def live(**settings: object) -> IngressSettings:
    return IngressSettings(live=LiveSettings.model_validate(settings))


class PausedService(FakeService):
    """Answers no request before `resume`; keeps the requests of live sessions."""

    def __init__(self, **arguments: Any) -> None:
        super().__init__(**arguments)
        self.resumed = asyncio.Event()
        self.live_requests: list[tuple[LiveRequest, TranscriptionOptions]] = []
        self.running: list[LiveRequest] = []
        self.cancelled: list[LiveRequest] = []

    async def recognize_live(
        self, request: LiveRequest, options: TranscriptionOptions
    ) -> LiveResult:
        self.loop = asyncio.get_running_loop()
        self.live_requests.append((request, options))
        self.running.append(request)
        try:
            await self.resumed.wait()
            return await super().recognize_live(request, options)
        except asyncio.CancelledError:
            self.cancelled.append(request)
            raise
        finally:
            self.running.remove(request)

    def resume(self) -> None:
        self.loop.call_soon_threadsafe(self.resumed.set)


class ServiceWith(FakeService):
    """A service whose sessions are of the class `session`."""

    def __init__(self, session: Callable[..., StreamingSession], **arguments: Any) -> None:
        super().__init__(**arguments)
        self.session = session

    def new_session(self, options: TranscriptionOptions, *, automatic: bool) -> StreamingSession:
        streaming = self.settings.live.streaming
        return self.session(VadModel(), options, streaming, automatic=automatic)


class StuckSession(StreamingSession):
    """A session whose `feed` blocks until `release` is set."""

    def __init__(self, release: threading.Event, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.release = release

    def feed(self, pcm: Pcm) -> list[Action]:
        self.release.wait(30)
        return super().feed(pcm)


class BrokenSession(StreamingSession):
    def clear(self) -> None:
        raise ZeroDivisionError("a secret")


@asynccontextmanager
async def connected(
    service: FakeService | None = None, **arguments: Any
) -> AsyncIterator[ClientConnection]:
    found = service or FakeService()
    with serving(create_app(lambda: found)) as port:
        url = f"ws://127.0.0.1:{port}/v1/realtime?intent=transcription"
        async with asyncio.timeout(60), connect(url, **arguments) as socket:
            yield socket


async def send(socket: ClientConnection, kind: str, **fields: object) -> None:
    await socket.send(json.dumps({"type": kind, **fields}))


async def receive(socket: ClientConnection, *kinds: str) -> list[dict[str, Any]]:
    """Events up to the first of these kinds, that one included."""
    events: list[dict[str, Any]] = []
    while not events or events[-1]["type"] not in kinds:
        events.append(json.loads(await socket.recv()))
    return events


async def manual(socket: ClientConnection) -> None:
    session = {"audio": {"input": {"turn_detection": None}}}
    await send(socket, "session.update", session=session)
    await receive(socket, "session.updated")


async def until(condition: Callable[[], bool], within_s: float = 20.0) -> None:
    for _ in range(int(within_s / 0.01)):
        if condition():
            return
        await asyncio.sleep(0.01)
    raise TimeoutError


async def closing_code(socket: ClientConnection) -> tuple[int, str]:
    with suppress(ConnectionClosed):
        while True:
            await socket.recv()
    return socket.close_code or 0, socket.close_reason or ""


async def test_events_of_a_turn_come_in_order() -> None:
    async with connected() as socket:
        await socket.send(speech())
        events = await receive(socket, COMPLETED)
    kinds = [event["type"] for event in events]
    assert list(dict.fromkeys(kind for kind in kinds if kind != DELTA)) == [
        "session.created",
        "input_audio_buffer.speech_started",
        "input_audio_buffer.speech_stopped",
        "input_audio_buffer.committed",
        "conversation.item.added",
        COMPLETED,
    ]
    assert len({event["event_id"] for event in events}) == len(events)
    assert len({event["item_id"] for event in events if "item_id" in event}) == 1
    done = events[-1]
    deltas = [event["delta"] for event in events if event["type"] == DELTA]
    assert "".join(deltas) == done["transcript"] != ""
    assert done["languages"] == [{"code": "de"}]
    assert done["language_detection"]["confidence"] == 0.9
    assert done["sentiment"]["label"] == "mixed"
    assert done["average_sentiment"]["score"] == pytest.approx(-0.09)
    assert done["usage"]["type"] == "duration"
    assert done["words"][0]["word"] == "Das"


async def test_openais_client_parses_every_event() -> None:
    found = FakeService()
    session = SessionParam(
        type="transcription",
        audio={
            "input": {
                "format": {"type": "audio/pcm", "rate": 24000},
                "noise_reduction": {"type": "near_field"},
                "transcription": {"model": "gpt-4o-transcribe", "prompt": "calls"},
                "turn_detection": {"type": "server_vad", "threshold": 0.4},
            }
        },
    )
    names: list[str] = []
    with serving(create_app(lambda: found)) as port:
        url = f"http://127.0.0.1:{port}/v1"
        async with (
            openai.AsyncOpenAI(base_url=url, api_key="k") as client,
            client.realtime.connect(model="gpt-4o-transcribe") as connection,
        ):
            await connection.session.update(session=session)
            audio = base64.b64encode(speech()).decode()
            await connection.input_audio_buffer.append(audio=audio)
            while not names or not names[-1].endswith("CompletedEvent"):
                names.append(type(await connection.recv()).__name__)
    assert set(names) == {
        "SessionCreatedEvent",
        "SessionUpdatedEvent",
        "InputAudioBufferSpeechStartedEvent",
        "InputAudioBufferSpeechStoppedEvent",
        "InputAudioBufferCommittedEvent",
        "ConversationItemAdded",
        "ConversationItemInputAudioTranscriptionDeltaEvent",
        "ConversationItemInputAudioTranscriptionCompletedEvent",
    }


async def test_settings_are_sent_back() -> None:
    async with connected() as socket:
        vad = {"type": "server_vad", "silence_duration_ms": 900}
        session = {"audio": {"input": {"turn_detection": vad}}, "sentiment": False}
        await send(socket, "session.update", session=session)
        settings = (await receive(socket, "session.updated"))[-1]["session"]
    assert settings["object"] == "realtime.transcription_session"
    assert settings["audio"]["input"]["turn_detection"]["silence_duration_ms"] == 900
    assert settings["audio"]["input"]["turn_detection"]["threshold"] == 0.5
    assert settings["audio"]["input"]["format"]["type"] == "audio/pcm"
    assert settings["sentiment"] is False


async def test_text_outside_ascii_is_sent_back_unchanged() -> None:
    async with connected() as socket:
        session = {"audio": {"input": {"transcription": {"prompt": "čau 🎤"}}}}
        await send(socket, "session.update", session=session)
        settings = (await receive(socket, "session.updated"))[-1]["session"]
    assert settings["audio"]["input"]["transcription"]["prompt"] == "čau 🎤"


def test_every_model_name_of_openais_client_is_accepted() -> None:
    field = AudioTranscription.model_fields["model"].annotation
    names = {name for part in get_args(field) for name in get_args(part)}
    for name in {*names, *get_args(AudioModel), "gpt-realtime"}:
        assert parse_model(name) is None


async def test_a_turn_is_recognised_with_the_settings_of_its_start() -> None:
    service = PausedService()
    async with connected(service) as socket:
        await socket.send(speech(silence_s=0.0))
        await until(lambda: bool(service.live_requests))
        french = {"audio": {"input": {"transcription": {"language": "fr"}}}}
        await send(socket, "session.update", session=french)
        await receive(socket, "session.updated")
        service.resume()
        await receive(socket, COMPLETED)
        await socket.send(speech())
        await receive(socket, COMPLETED)
    languages = {
        turn: {
            options.language for request, options in service.live_requests if request.turn == turn
        }
        for turn in (1, 2)
    }
    assert languages == {1: {None}, 2: {"fr"}}


async def test_a_session_keeps_the_script_of_its_language() -> None:
    service = PausedService()
    chinese = {"audio": {"input": {"transcription": {"language": "zh_TW"}}}}
    async with connected(service) as socket:
        await send(socket, "session.update", session=chinese)
        updated = (await receive(socket, "session.updated"))[-1]["session"]
        await send(socket, "session.update", session={"sentiment": False})
        await receive(socket, "session.updated")
        await socket.send(speech(silence_s=0.0))
        await until(lambda: bool(service.live_requests))
        service.resume()
    assert updated["audio"]["input"]["transcription"]["language"] == "zh-Hant"
    [(_, options), *_] = service.live_requests
    assert (options.language, options.scripts) == ("zh", {"zh": "Hant"})


@pytest.mark.parametrize("language", ["auto", "Auto", ""])
async def test_the_language_auto_is_detected(language: str) -> None:
    transcription = {"language": language, "languages": ["de", "auto"]}
    async with connected() as socket:
        session = {"audio": {"input": {"transcription": transcription}}}
        await send(socket, "session.update", session=session)
        updated = (await receive(socket, "session.updated"))[-1]["session"]
    found = updated["audio"]["input"]["transcription"]
    assert (found["language"], found["languages"]) == (None, ["de"])


async def test_unchanged_settings_end_no_turn() -> None:
    service = PausedService()
    async with connected(service) as socket:
        await socket.send(speech(silence_s=0.0))
        await until(lambda: bool(service.live_requests))
        session = {"audio": {"input": {"turn_detection": {"type": "server_vad"}}}}
        await send(socket, "session.update", session=session)
        events = await receive(socket, "session.updated")
        service.resume()
        await socket.send(bytes(2 * RATE))
        events += await receive(socket, COMPLETED)
    kinds = [event["type"] for event in events]
    assert kinds.index("session.updated") < kinds.index("input_audio_buffer.committed")


async def test_new_settings_do_not_end_a_turn_that_waits_for_commit() -> None:
    async with connected() as socket:
        await manual(socket)
        for audio, language in ((bytes(RATE), "de"), (speech(silence_s=0.0), "fr")):
            await socket.send(audio)
            session = {"audio": {"input": {"transcription": {"language": language}}}}
            await send(socket, "session.update", session=session)
            events = await receive(socket, "session.updated")
            assert {event["type"] for event in events} <= {DELTA, "session.updated"}
            await send(socket, "input_audio_buffer.commit")
            done = (await receive(socket, COMPLETED))[-1]
            assert done["usage"]["seconds"] == pytest.approx(len(audio) / RATE / 2, abs=0.02)
    assert done["transcript"]


async def test_a_replaced_request_is_cancelled() -> None:
    service = PausedService()
    async with connected(service) as socket:
        await socket.send(speech())
        await until(lambda: any(request.final for request in service.running))
        await until(lambda: len(service.running) == 1)
        assert {request.priority for request in service.cancelled} == {Priority.INTERIM}
        service.resume()
        assert (await receive(socket, COMPLETED))[-1]["transcript"]


async def test_lag_includes_audio_that_waits_in_the_queue() -> None:
    service = PausedService()
    audio = speech() * (MAX_REQUESTS + 1)
    async with connected(service) as socket:
        await socket.send(audio)
        await until(lambda: len(service.running) == MAX_REQUESTS)
        await socket.send(bytes(5 * 2 * RATE))
        await asyncio.sleep(0.3)
        service.resume()
        done = (await receive(socket, COMPLETED))[-1]
    received_ms = (len(audio) / RATE / 2 + 5) * 1000
    assert done["lag_ms"] == pytest.approx(received_ms - done["audio_end_ms"], abs=50)


async def test_commit_ends_a_turn_without_turn_detection() -> None:
    async with connected() as socket:
        await manual(socket)
        await socket.send(speech(silence_s=0.0))
        await send(socket, "input_audio_buffer.commit")
        events = await receive(socket, COMPLETED)
    kinds = {event["type"] for event in events}
    assert "input_audio_buffer.speech_started" not in kinds
    assert "input_audio_buffer.committed" in kinds
    assert events[-1]["transcript"]


async def test_an_item_has_the_id_of_the_item_before() -> None:
    async with connected() as socket:
        await manual(socket)
        committed = []
        for _ in range(2):
            await socket.send(bytes(RATE))
            await send(socket, "input_audio_buffer.commit")
            committed.append((await receive(socket, "input_audio_buffer.committed"))[-1])
    assert committed[0]["previous_item_id"] is None
    assert committed[1]["previous_item_id"] == committed[0]["item_id"]


@pytest.mark.parametrize(
    ("message", "param"),
    [
        ("not json", None),
        ("[1]", None),
        ('{"type": "response.create"}', "type"),
        ('{"type": "input_audio_buffer.append"}', "audio"),
        ('{"type": "input_audio_buffer.append", "audio": "%%%"}', "audio"),
        ('{"type": "input_audio_buffer.commit"}', None),
        ('{"type": "session.update"}', "session"),
        ('{"type": "session.update", "session": {"type": "realtime"}}', "session.type"),
        ('{"type": "session.update", "session": {"color": 1}}', "session.color"),
        (
            '{"type": "session.update", "session": {"audio": {"input": {"format": '
            '{"type": "audio/mp3"}}}}}',
            "session.audio.input.format.type",
        ),
        (
            '{"type": "session.update", "session": {"audio": {"input": {"transcription": '
            '{"language": "Klingon"}}}}}',
            "session.audio.input.transcription.language",
        ),
        (
            '{"type": "session.update", "session": {"audio": {"input": {"transcription": '
            '{"model": "gpt-9"}}}}}',
            "model",
        ),
        ('{"type": "session.update", "session": {"input": {}}}', "session.input"),
        (
            '{"type": "session.update", "session": {"audio": {"audio": {}}}}',
            "session.audio.audio",
        ),
        (
            '{"type": "session.update", "session": {"audio": {"input": {"input": {}}}}}',
            "session.audio.input.input",
        ),
        ('{"type": ["response.create"]}', "type"),
        (r'{"type": "\ud800"}', None),
        (r'{"type": "input_audio_buffer.commit", "event_id": "\udfff"}', None),
        (
            r'{"type": "session.update", "session": {"audio": {"input": {"transcription": '
            r'{"prompt": "\ud800"}}}}}',
            None,
        ),
        (r'{"type": "session.update", "session": {"\ud800": 1}}', None),
        ("[" * 100_000, None),
    ],
)
async def test_an_invalid_message_is_answered_and_the_session_continues(
    message: str, param: str | None
) -> None:
    async with connected() as socket:
        await socket.send(message)
        error = (await receive(socket, "error"))[-1]["error"]
        assert error["type"] == "invalid_request_error"
        assert error["param"] == param
        assert len(error["message"]) > 15
        await socket.send(speech())
        assert (await receive(socket, COMPLETED))[-1]["transcript"]


async def test_an_unexpected_error_leaves_the_session_open() -> None:
    async with connected(ServiceWith(BrokenSession)) as socket:
        await send(socket, "input_audio_buffer.clear", event_id="mine")
        error = (await receive(socket, "error"))[-1]["error"]
        assert (error["type"], error["event_id"]) == ("server_error", "mine")
        assert "secret" not in error["message"]
        await socket.send(speech())
        assert (await receive(socket, COMPLETED))[-1]["transcript"]


async def test_an_error_has_the_id_of_its_event() -> None:
    async with connected() as socket:
        await send(socket, "input_audio_buffer.commit", event_id="mine")
        assert (await receive(socket, "error"))[-1]["error"]["event_id"] == "mine"


async def test_cleared_audio_cannot_be_committed() -> None:
    async with connected() as socket:
        await manual(socket)
        await socket.send(speech())
        await send(socket, "input_audio_buffer.clear")
        await receive(socket, "input_audio_buffer.cleared")
        await send(socket, "input_audio_buffer.commit")
        assert "nothing to commit" in (await receive(socket, "error"))[-1]["error"]["message"]


async def test_a_failed_turn_leaves_the_session_open() -> None:
    service = FakeService(error=StageUnavailable("The asr stage failed. Try again."))
    async with connected(service) as socket:
        await socket.send(speech())
        failed = (await receive(socket, FAILED))[-1]
        assert failed["error"]["code"] == "stage_unavailable"
        service.error = None
        await socket.send(speech())
        assert (await receive(socket, COMPLETED))[-1]["transcript"]


@pytest.mark.parametrize("name", ["audio/pcmu", "audio/pcma"])
async def test_g711_audio_is_decoded(name: str) -> None:
    quiet = {"audio/pcmu": b"\xff", "audio/pcma": b"\xd5"}[name]
    async with connected() as socket:
        session = {"audio": {"input": {"format": {"type": name}, "turn_detection": None}}}
        await send(socket, "session.update", session=session)
        await socket.send(quiet * 8_000)
        await send(socket, "input_audio_buffer.commit")
        done = (await receive(socket, COMPLETED))[-1]
    assert done["transcript"] == ""
    assert done["usage"]["seconds"] == pytest.approx(1.0, abs=0.02)


async def test_a_too_large_message_ends_the_session() -> None:
    async with connected(FakeService(settings=live(max_message_bytes=10_000))) as socket:
        await socket.send(bytes(10_001))
        assert (await closing_code(socket))[0] == 1009


async def test_audio_far_ahead_of_real_time_ends_the_session() -> None:
    async with connected(FakeService(settings=live(max_ahead_s=3))) as socket:
        for _ in range(4):
            await socket.send(bytes(2 * RATE))
        code, reason = await closing_code(socket)
    assert code == 1008
    assert "ahead of real time" in reason


async def test_too_many_small_messages_end_the_session() -> None:
    async with connected(FakeService(settings=live(max_ahead_s=1))) as socket:
        for _ in range(100):
            await send(socket, "input_audio_buffer.clear")
        assert (await closing_code(socket))[0] == 1008


async def test_a_full_queue_ends_the_session() -> None:
    release = threading.Event()
    service = ServiceWith(partial(StuckSession, release), settings=live(max_ahead_s=1))
    async with connected(service) as socket:
        with suppress(ConnectionClosed):
            for _ in range(50):
                await socket.send(bytes(RATE // 5))
                await asyncio.sleep(0.1)
        code, reason = await closing_code(socket)
        release.set()
    assert code == 1008
    assert "can't keep up" in reason


async def test_a_session_has_a_maximum_length() -> None:
    async with connected(FakeService(settings=live(max_session_s=0.5))) as socket:
        code, reason = await closing_code(socket)
    assert code == 1001
    assert "0.5 seconds" in reason


async def test_an_idle_session_is_ended() -> None:
    async with connected(FakeService(settings=live(idle_timeout_s=0.3))) as socket:
        assert (await closing_code(socket))[0] == 1001


async def test_requests_are_cancelled_when_the_client_disconnects() -> None:
    service = FakeService(hangs=True)
    async with connected(service) as socket:
        await socket.send(speech(silence_s=0.0))
        assert await asyncio.to_thread(service.began.wait, 10)
        assert not service.ended.is_set()
        socket.transport.abort()
        assert await asyncio.to_thread(service.ended.wait, 1)


async def test_a_client_that_disconnects_while_its_audio_is_processed_frees_its_session() -> None:
    release, counts = threading.Event(), [0]
    service = ServiceWith(partial(StuckSession, release))
    service.session_limiter = SessionLimiter(counts.append)
    async with connected(service) as socket:
        await socket.send(speech())
        await asyncio.sleep(0.2)
        socket.transport.abort()
        await until(lambda: counts == [0, 1, 0], within_s=1)
        release.set()


async def test_a_client_that_disconnects_while_requests_run_frees_its_session() -> None:
    service, counts = PausedService(), [0]
    service.session_limiter = SessionLimiter(counts.append)
    async with connected(service) as socket:
        await socket.send(speech() * (MAX_REQUESTS + 1))
        await until(lambda: len(service.running) == MAX_REQUESTS)
        socket.transport.abort()
        await until(lambda: counts == [0, 1, 0], within_s=1)
        assert not service.running


async def test_sessions_over_the_limit_are_refused() -> None:
    found = FakeService(settings=live(max_sessions=1))
    with serving(create_app(lambda: found)) as port:
        url = f"ws://127.0.0.1:{port}/v1/realtime"
        async with connect(url) as first:
            await receive(first, "session.created")
            with pytest.raises(InvalidStatus) as refused:
                await connect(url)
            assert refused.value.response.status_code == 429
            assert refused.value.response.headers["retry-after"]


async def test_a_handshake_needs_a_valid_key(tmp_path: Path) -> None:
    keys, key = tmp_path / "keys", new_key()
    keys.write_text(f"me:{hash_key(key)}\n")
    found = FakeService(settings=IngressSettings(api_keys_file=keys))
    with serving(create_app(lambda: found)) as port:
        url = f"ws://127.0.0.1:{port}/v1/realtime"
        for headers, status in (({}, 401), ({"Authorization": "Bearer sv-wrong"}, 403)):
            with pytest.raises(InvalidStatus) as refused:
                await connect(url, additional_headers=headers)
            assert refused.value.response.status_code == status
        async with connect(url, additional_headers={"Authorization": f"Bearer {key}"}) as socket:
            await receive(socket, "session.created")
        offered = ["realtime", f"openai-insecure-api-key.{key}"]
        async with connect(url, subprotocols=offered) as socket:  # type: ignore[arg-type]
            assert socket.subprotocol == "realtime"


async def test_pages_of_other_sites_are_refused_unless_allowed() -> None:
    found = FakeService(settings=IngressSettings(allowed_origins=("https://friend.example",)))
    with serving(create_app(lambda: found)) as port:
        url = f"ws://127.0.0.1:{port}/v1/realtime"
        with pytest.raises(InvalidStatus) as refused:
            await connect(url, origin="https://evil.example")  # type: ignore[arg-type]
        assert refused.value.response.status_code == 403
        assert json.loads(refused.value.response.body or b"")["error"]["code"] == "wrong_origin"
        for origin in (f"http://127.0.0.1:{port}", "https://friend.example"):
            async with connect(url, origin=origin) as socket:  # type: ignore[arg-type]
                await receive(socket, "session.created")
