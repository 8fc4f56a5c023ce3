"""Live sessions of the Python client against our own web layer, over real sockets."""

from __future__ import annotations

import asyncio
import json
import socket
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from functools import cache
from pathlib import Path

import pytest
from sentivox_client import (
    AsyncSentivox,
    KeyRefused,
    LiveError,
    LiveEvent,
    LiveSession,
    LiveText,
    LiveTurn,
    NoAnswer,
    Overloaded,
    RequestRefused,
    Retries,
    SentivoxError,
    ServiceFailed,
    SpeechStarted,
    SpeechStopped,
)
from sentivox_client.live_messages import LiveOptions
from websockets.asyncio.server import ServerConnection, serve

from sentivox.errors import StageUnavailable
from sentivox.pipeline.live_requests import LiveRequest, LiveResult
from sentivox.settings import IngressSettings
from sentivox.types import TranscriptionOptions
from sentivox.web.app import create_app
from sentivox.web.auth import hash_key
from tests.clients.scripted_service import ScriptedService
from tests.voices import spoken_pcm
from tests.web.fake_service import FakeService
from tests.web.live_server import serving

WORDS = "The weather is wonderful today and I am very happy."
SECOND = 48_000
NO_RETRIES = Retries(max_retries=0)


@cache
def speech(text: str = WORDS) -> bytes:
    """Speech at the 24 kHz of live sessions, by repeating every second sample."""
    samples = spoken_pcm(text)
    return b"".join(
        left.tobytes() + right.tobytes() + right.tobytes()
        for left, right in zip(samples[::2], samples[1::2], strict=False)
    )


@contextmanager
def live(service: FakeService | None = None) -> Iterator[str]:
    running = service or FakeService()
    with serving(create_app(lambda: running)) as port:
        yield f"http://127.0.0.1:{port}"


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with live() as address:
        yield address


@asynccontextmanager
async def no_longer_than(seconds: float) -> AsyncIterator[None]:
    async with asyncio.timeout(seconds):
        yield


async def events_of(session: LiveSession) -> list[LiveEvent]:
    async with no_longer_than(60):
        return [event async for event in session]


def turns(events: list[LiveEvent]) -> list[LiveTurn]:
    return [event for event in events if isinstance(event, LiveTurn)]


async def test_a_turn_has_events_from_its_start_to_its_final_text(url: str) -> None:
    async with AsyncSentivox(url) as client, client.live() as session:
        await session.send(speech())
        await session.finish()
        events = await events_of(session)
    started = events[0]
    assert isinstance(started, SpeechStarted)
    assert any(isinstance(event, SpeechStopped) for event in events)
    (turn,) = turns(events)
    assert events[-1] == turn
    texts = [event for event in events if isinstance(event, LiveText)]
    assert turn.text
    assert turn.text == "".join(text.added for text in texts)
    assert started.item_id == turn.item_id
    assert {text.item_id for text in texts} == {turn.item_id}
    assert turn.language == texts[-1].language == "de"
    assert turn.language_detection is not None
    assert turn.language_detection.confidence > 0.5
    assert turn.sentiment is not None
    assert turn.average is not None
    assert turn.average.score == pytest.approx(turn.sentiment.score)
    assert 0 <= turn.start < turn.end <= len(speech()) / SECOND
    assert turn.segments
    assert turn.words
    assert turn.raw["transcript"] == turn.text


async def test_events_come_while_audio_is_sent(url: str) -> None:
    async with AsyncSentivox(url) as client, client.live(turn_silence_ms=300) as session:
        await session.send(speech() + bytes(SECOND))
        async with no_longer_than(30):
            async for event in session:
                if isinstance(event, LiveTurn):
                    break
        await session.send(speech())
        await session.finish()
        assert len(turns(await events_of(session))) == 1


async def test_silence_finishes_without_text_and_without_an_error(url: str) -> None:
    async with AsyncSentivox(url) as client, client.live() as session:
        await session.send(bytes(SECOND))
        await session.finish()
        assert await events_of(session) == []


async def test_a_session_without_audio_finishes(url: str) -> None:
    async with AsyncSentivox(url) as client, client.live() as session:
        await session.finish()
        assert await events_of(session) == []


async def test_turns_can_be_ended_by_commit(url: str) -> None:
    async with AsyncSentivox(url) as client, client.live(manual=True) as session:
        await session.send(speech() + bytes(SECOND) + speech())
        await session.commit()
        await session.send(speech())
        await session.finish()
        assert len(turns(await events_of(session))) == 2


async def test_a_turn_can_be_discarded(url: str) -> None:
    async with AsyncSentivox(url) as client, client.live(manual=True) as session:
        await session.send(speech())
        await session.clear()
        await session.finish()
        assert turns(await events_of(session)) == []


async def test_a_refused_message_is_an_event_and_the_session_goes_on(url: str) -> None:
    async with AsyncSentivox(url) as client, client.live() as session:
        await session.commit()
        await session.send(speech())
        await session.finish()
        events = await events_of(session)
    assert isinstance(events[0], LiveError)
    assert events[0].message.startswith("There is nothing to commit")
    assert events[0].item_id is None
    assert turns(events)


class OptionsKeeper(FakeService):
    """Keeps the options of the last request."""

    options: TranscriptionOptions | None = None

    async def recognize_live(
        self, request: LiveRequest, options: TranscriptionOptions
    ) -> LiveResult:
        self.options = options
        return await super().recognize_live(request, options)


async def test_options_reach_the_stages() -> None:
    service = OptionsKeeper()
    with live(service) as url:
        async with (
            AsyncSentivox(url) as client,
            client.live(
                languages=["de", "fr"],
                prompt="Köln",
                keywords=["Dom"],
                turn_silence_ms=250,
                sentiment=False,
            ) as session,
        ):
            await session.send(speech())
            await session.finish()
    options = service.options
    assert options is not None
    assert (options.candidates, options.language) == (("de", "fr"), None)
    assert (options.prompt, options.keywords, options.sentiment) == ("Köln", ("Dom",), False)
    assert options.detection.silence_duration_ms == 250


@pytest.mark.parametrize(
    ("options", "param"),
    [
        ({"language": "klingon"}, "session.audio.input.transcription.language"),
        ({"language": "de", "languages": ["fr"]}, "session.audio.input.transcription.languages"),
        ({"model": "nothing"}, "model"),
    ],
)
async def test_invalid_options_are_refused_when_the_session_opens(
    url: str, options: LiveOptions, param: str
) -> None:
    async with AsyncSentivox(url) as client:
        with pytest.raises(RequestRefused) as caught:
            async with client.live(**options):
                pass
    assert caught.value.param is not None
    assert caught.value.param.endswith(param)


async def test_a_handshake_needs_the_key(tmp_path: Path) -> None:
    keys = tmp_path / "keys.txt"
    keys.write_text(f"ana:{hash_key('sv-right')}\n")
    with live(FakeService(settings=IngressSettings(api_keys_file=keys))) as url:
        async with AsyncSentivox(url, "sv-right") as client, client.live() as session:
            await session.finish()
        for key, status in ((None, 401), ("sv-wrong", 403)):
            async with AsyncSentivox(url, key) as client:
                with pytest.raises(KeyRefused) as caught:
                    async with client.live():
                        pass
            assert caught.value.status == status
            assert "key" in str(caught.value)


def limited(**limits: float) -> FakeService:
    return FakeService(settings=IngressSettings.model_validate({"live": limits}))


async def test_a_session_over_the_limit_is_retried() -> None:
    with live(limited(max_sessions=1)) as url:
        async with AsyncSentivox(url, retries=NO_RETRIES) as client, client.live() as first:
            with pytest.raises(Overloaded, match="Too many live sessions"):
                async with client.live():
                    pass
            waiting = asyncio.create_task(empty_session(url))
            await asyncio.sleep(0.2)
            await first.finish()
            await waiting


async def empty_session(url: str) -> None:
    async with (
        AsyncSentivox(url, retries=Retries(max_retries=9)) as client,
        client.live() as session,
    ):
        await session.finish()


async def test_audio_that_comes_too_fast_ends_the_session_with_a_sentence() -> None:
    with live(limited(max_ahead_s=5.0)) as url:
        async with AsyncSentivox(url) as client, client.live() as session:
            with pytest.raises(RequestRefused, match="ahead of real time"):
                async for _ in flooded(session):
                    pass
            with pytest.raises(RequestRefused, match="ahead of real time"):
                await session.finish()
            with pytest.raises(RequestRefused, match="ahead of real time"):
                await events_of(session)


async def flooded(session: LiveSession) -> AsyncIterator[None]:
    async with no_longer_than(30):
        while True:
            await session.send(bytes(SECOND))
            yield


async def test_a_long_piece_is_split_into_messages() -> None:
    with live(limited(max_message_bytes=SECOND)) as url:
        async with AsyncSentivox(url) as client, client.live() as session:
            await session.send(speech() + bytes(5 * SECOND) + b"\0")
            await session.finish()
            assert len(turns(await events_of(session))) == 1


async def test_an_idle_session_is_ended_with_a_sentence() -> None:
    with live(limited(idle_timeout_s=0.3)) as url:
        async with AsyncSentivox(url) as client, client.live() as session:
            with pytest.raises(ServiceFailed, match=r"Nothing was sent for 0\.3 seconds") as caught:
                await events_of(session)
    assert caught.value.code == "websocket_1001"


class Failing(FakeService):
    async def recognize_live(
        self, request: LiveRequest, options: TranscriptionOptions
    ) -> LiveResult:
        raise StageUnavailable("Recognition is down.")


async def test_lost_text_is_an_error_with_the_item() -> None:
    with live(Failing()) as url:
        async with AsyncSentivox(url) as client, client.live() as session:
            await session.send(speech())
            await session.finish()
            started, *_, last = await events_of(session)
    assert isinstance(started, SpeechStarted)
    assert isinstance(last, LiveError)
    assert last.item_id == started.item_id
    assert last.message == "Recognition is down."


class Slow(FakeService):
    async def recognize_live(
        self, request: LiveRequest, options: TranscriptionOptions
    ) -> LiveResult:
        await asyncio.Event().wait()
        raise AssertionError


async def test_finishing_has_a_time_limit() -> None:
    with live(Slow()) as url:
        async with AsyncSentivox(url, timeout=0.5) as client, client.live() as session:
            await session.send(speech())
            with pytest.raises(NoAnswer, match="took too long"):
                await session.finish()
            with pytest.raises(NoAnswer, match="took too long"):
                await events_of(session)


async def test_leaving_early_closes_the_session() -> None:
    with live(limited(max_sessions=1)) as url:
        async with AsyncSentivox(url) as client:
            for _ in range(3):
                async with client.live() as session:
                    await session.send(speech())
            with pytest.raises(NoAnswer, match="This session is over"):
                await session.send(speech())
            await events_of(session)


@asynccontextmanager
async def answering(
    answer: Callable[[ServerConnection], Awaitable[None]],
) -> AsyncIterator[str]:
    """A WebSocket server that runs `answer` for each connection."""
    async with serve(answer, "127.0.0.1", 0, max_queue=1) as server:
        port = next(iter(server.sockets)).getsockname()[1]
        yield f"http://127.0.0.1:{port}"


async def set_up(socket_: ServerConnection) -> None:
    await socket_.send(json.dumps({"type": "session.created", "session": {"id": "sess_1"}}))
    await socket_.recv()
    await socket_.send(json.dumps({"type": "session.updated", "session": {"id": "sess_1"}}))


async def test_a_lost_connection_is_raised_by_every_waiting_call() -> None:
    async def vanish(socket_: ServerConnection) -> None:
        await set_up(socket_)
        await socket_.recv()
        socket_.transport.abort()

    async with answering(vanish) as url, AsyncSentivox(url) as client, client.live() as session:
        iterating = asyncio.create_task(events_of(session))
        await session.send(bytes(SECOND))
        with pytest.raises(NoAnswer, match="broke before the session was over"):
            await iterating
        for ask in (session.finish, session.commit):
            with pytest.raises(NoAnswer, match="broke before the session was over"):
                await ask()


async def test_a_session_closed_too_early_is_an_error() -> None:
    async with answering(set_up) as url, AsyncSentivox(url) as client, client.live() as session:
        with pytest.raises(ServiceFailed, match="before it was finished"):
            await events_of(session)


async def keep_sending(session: LiveSession, *, seconds: float) -> None:
    async with no_longer_than(seconds):
        for _ in range(1000):
            await session.send(bytes(SECOND))


async def test_sending_waits_for_a_server_that_reads_nothing_and_closing_does_not() -> None:
    over = asyncio.Event()

    async def read_nothing(socket_: ServerConnection) -> None:
        await set_up(socket_)
        await over.wait()
        socket_.transport.abort()

    async with answering(read_nothing) as url, AsyncSentivox(url) as client:
        async with client.live() as session:
            with pytest.raises(TimeoutError):
                await keep_sending(session, seconds=1)
            began = time.monotonic()
        over.set()
    assert time.monotonic() - began < 10


@pytest.mark.parametrize("message", ["good morning", "[]", "{}", b"\xff"])
async def test_a_websocket_of_another_server_is_recognised(message: str | bytes) -> None:
    async def greet(socket_: ServerConnection) -> None:
        await socket_.send(message)
        await socket_.wait_closed()

    async with answering(greet) as url, AsyncSentivox(url, retries=NO_RETRIES) as client:
        with pytest.raises(NoAnswer, match="isn't a Sentivox server"):
            async with client.live():
                pass


async def test_an_invalid_message_ends_the_session() -> None:
    async def send_text(socket_: ServerConnection) -> None:
        await set_up(socket_)
        await socket_.send("good morning")
        await socket_.wait_closed()

    async with answering(send_text) as url, AsyncSentivox(url) as client, client.live() as session:
        with pytest.raises(NoAnswer, match="isn't a Sentivox server"):
            await events_of(session)


async def test_a_server_without_websockets_is_recognised(service: ScriptedService) -> None:
    async with AsyncSentivox(service.url, retries=NO_RETRIES) as client:
        with pytest.raises(SentivoxError, match="isn't a Sentivox server"):
            async with client.live():
                pass


async def test_an_address_without_a_server_is_a_sentence() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    async with AsyncSentivox(f"http://127.0.0.1:{port}", retries=NO_RETRIES) as client:
        with pytest.raises(NoAnswer, match=f"Nothing answers at http://127.0.0.1:{port}"):
            async with client.live():
                pass


@pytest.mark.ray
@pytest.mark.slow
async def test_the_running_server_transcribes_speech_live(server_url: str) -> None:
    async def speak(session: LiveSession) -> None:
        tenth = SECOND // 10
        pcm = bytes(3 * tenth) + speech()
        for at in range(0, len(pcm), tenth):
            await session.send(pcm[at : at + tenth])
            await asyncio.sleep(0.1)
        await session.finish()

    async with AsyncSentivox(server_url) as client, client.live() as session:
        speaking = asyncio.create_task(speak(session))
        events = await events_of(session)
        await speaking
    (turn,) = turns(events)
    assert "wonderful" in turn.text
    assert turn.language == "en"
    assert turn.sentiment is not None
    assert turn.sentiment.label == "positive"
    assert turn.words
