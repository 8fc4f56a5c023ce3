"""The Realtime API in front of the real session; only the stages behind it are a fake."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import numpy as np
import openai
import pytest
from openai.types.realtime.realtime_transcription_session_create_request_param import (
    RealtimeTranscriptionSessionCreateRequestParam as SessionParam,
)
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from sentivox.errors import StageUnavailable
from sentivox.settings import IngressSettings, LiveSettings
from sentivox.types import SAMPLE_RATE
from sentivox.web.app import create_app
from sentivox.web.auth import hash_key, new_key
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


@asynccontextmanager
async def connected(
    service: FakeService | None = None, **arguments: Any
) -> AsyncIterator[ClientConnection]:
    found = service or FakeService()
    with serving(create_app(lambda: found)) as port:
        url = f"ws://127.0.0.1:{port}/v1/realtime?intent=transcription"
        async with asyncio.timeout(60), connect(url, **arguments) as socket:
            yield socket


async def tell(socket: ClientConnection, kind: str, **fields: object) -> None:
    await socket.send(json.dumps({"type": kind, **fields}))


async def hear(socket: ClientConnection, *kinds: str) -> list[dict[str, Any]]:
    """Events up to and with the first of one of these kinds."""
    events: list[dict[str, Any]] = []
    while not events or events[-1]["type"] not in kinds:
        events.append(json.loads(await socket.recv()))
    return events


async def manual(socket: ClientConnection) -> None:
    session = {"audio": {"input": {"turn_detection": None}}}
    await tell(socket, "session.update", session=session)
    await hear(socket, "session.updated")


async def closing_code(socket: ClientConnection) -> tuple[int, str]:
    with suppress(ConnectionClosed):
        while True:
            await socket.recv()
    return socket.close_code or 0, socket.close_reason or ""


async def test_a_turn_is_told_event_by_event() -> None:
    async with connected() as socket:
        await socket.send(speech())
        events = await hear(socket, COMPLETED)
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
    assert done["sentiment"]["label"] == "negative"
    assert done["average_sentiment"]["score"] == pytest.approx(-0.09)
    assert done["usage"]["type"] == "duration"
    assert done["words"][0]["word"] == "Das"


async def test_openais_client_understands_every_event() -> None:
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


async def test_settings_are_kept_and_told() -> None:
    async with connected() as socket:
        vad = {"type": "server_vad", "silence_duration_ms": 900}
        session = {"audio": {"input": {"turn_detection": vad}}, "sentiment": False}
        await tell(socket, "session.update", session=session)
        told = (await hear(socket, "session.updated"))[-1]["session"]
    assert told["object"] == "realtime.transcription_session"
    assert told["audio"]["input"]["turn_detection"]["silence_duration_ms"] == 900
    assert told["audio"]["input"]["turn_detection"]["threshold"] == 0.5
    assert told["audio"]["input"]["format"]["type"] == "audio/pcm"
    assert told["sentiment"] is False


async def test_a_committed_turn_needs_no_voice_detection() -> None:
    async with connected() as socket:
        await manual(socket)
        await socket.send(speech(silence_s=0.0))
        await tell(socket, "input_audio_buffer.commit")
        events = await hear(socket, COMPLETED)
    kinds = {event["type"] for event in events}
    assert "input_audio_buffer.speech_started" not in kinds
    assert "input_audio_buffer.committed" in kinds
    assert events[-1]["transcript"]


async def test_items_name_the_one_before() -> None:
    async with connected() as socket:
        await manual(socket)
        committed = []
        for _ in range(2):
            await socket.send(bytes(RATE))
            await tell(socket, "input_audio_buffer.commit")
            committed.append((await hear(socket, "input_audio_buffer.committed"))[-1])
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
        ("[" * 100_000, None),
    ],
)
async def test_a_mistake_is_answered_and_the_session_lives_on(
    message: str, param: str | None
) -> None:
    async with connected() as socket:
        await socket.send(message)
        error = (await hear(socket, "error"))[-1]["error"]
        assert error["type"] == "invalid_request_error"
        assert error["param"] == param
        assert len(error["message"]) > 15
        await socket.send(speech())
        assert (await hear(socket, COMPLETED))[-1]["transcript"]


async def test_an_error_names_the_event_it_is_about() -> None:
    async with connected() as socket:
        await tell(socket, "input_audio_buffer.commit", event_id="mine")
        assert (await hear(socket, "error"))[-1]["error"]["event_id"] == "mine"


async def test_cleared_audio_is_never_heard_of_again() -> None:
    async with connected() as socket:
        await manual(socket)
        await socket.send(speech())
        await tell(socket, "input_audio_buffer.clear")
        await hear(socket, "input_audio_buffer.cleared")
        await tell(socket, "input_audio_buffer.commit")
        assert "nothing to commit" in (await hear(socket, "error"))[-1]["error"]["message"]


async def test_a_turn_that_cannot_be_recognised_fails_alone() -> None:
    service = FakeService(error=StageUnavailable("The asr stage failed. Try again."))
    async with connected(service) as socket:
        await socket.send(speech())
        failed = (await hear(socket, FAILED))[-1]
        assert failed["error"]["code"] == "stage_unavailable"
        service.error = None
        await socket.send(speech())
        assert (await hear(socket, COMPLETED))[-1]["transcript"]


@pytest.mark.parametrize("name", ["audio/pcmu", "audio/pcma"])
async def test_telephones_are_understood(name: str) -> None:
    quiet = {"audio/pcmu": b"\xff", "audio/pcma": b"\xd5"}[name]
    async with connected() as socket:
        session = {"audio": {"input": {"format": {"type": name}, "turn_detection": None}}}
        await tell(socket, "session.update", session=session)
        await socket.send(quiet * 8_000)
        await tell(socket, "input_audio_buffer.commit")
        done = (await hear(socket, COMPLETED))[-1]
    assert done["transcript"] == ""
    assert done["usage"]["seconds"] == pytest.approx(1.0, abs=0.02)


async def test_a_message_that_is_too_large_ends_the_session() -> None:
    async with connected(FakeService(settings=live(max_message_bytes=10_000))) as socket:
        await socket.send(bytes(10_001))
        assert (await closing_code(socket))[0] == 1009


async def test_a_flood_ends_the_session() -> None:
    async with connected(FakeService(settings=live(max_ahead_s=3))) as socket:
        for _ in range(4):
            await socket.send(bytes(2 * RATE))
        code, reason = await closing_code(socket)
    assert code == 1008
    assert "ahead of real time" in reason


async def test_a_flood_of_small_messages_ends_it_too() -> None:
    async with connected(FakeService(settings=live(max_ahead_s=1))) as socket:
        for _ in range(100):
            await tell(socket, "input_audio_buffer.clear")
        assert (await closing_code(socket))[0] == 1008


async def test_a_sleeper_is_sent_away() -> None:
    async with connected(FakeService(settings=live(idle_timeout_s=0.3))) as socket:
        assert (await closing_code(socket))[0] == 1001


async def test_work_for_a_client_that_has_gone_is_stopped_at_once() -> None:
    service = FakeService(hangs=True)
    async with connected(service) as socket:
        await socket.send(speech())
        assert await asyncio.to_thread(service.began.wait, 10)
        assert not service.ended.is_set()
        socket.transport.abort()
        assert await asyncio.to_thread(service.ended.wait, 1)


async def test_only_so_many_sessions_are_open_at_once() -> None:
    found = FakeService(settings=live(max_sessions=1))
    with serving(create_app(lambda: found)) as port:
        url = f"ws://127.0.0.1:{port}/v1/realtime"
        async with connect(url) as first:
            await hear(first, "session.created")
            with pytest.raises(InvalidStatus) as refused:
                await connect(url)
            assert refused.value.response.status_code == 429
            assert refused.value.response.headers["retry-after"]


async def test_strangers_are_refused_before_the_handshake(tmp_path: Path) -> None:
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
            await hear(socket, "session.created")
        offered = ["realtime", f"openai-insecure-api-key.{key}"]
        async with connect(url, subprotocols=offered) as socket:  # type: ignore[arg-type]
            assert socket.subprotocol == "realtime"


async def test_pages_of_other_sites_are_refused_unless_allowed() -> None:
    found = FakeService(settings=live(allowed_origins=["https://friend.example"]))
    with serving(create_app(lambda: found)) as port:
        url = f"ws://127.0.0.1:{port}/v1/realtime"
        with pytest.raises(InvalidStatus) as refused:
            await connect(url, origin="https://evil.example")  # type: ignore[arg-type]
        assert refused.value.response.status_code == 403
        assert json.loads(refused.value.response.body or b"")["error"]["code"] == "wrong_origin"
        for origin in (f"http://127.0.0.1:{port}", "https://friend.example"):
            async with connect(url, origin=origin) as socket:  # type: ignore[arg-type]
                await hear(socket, "session.created")
