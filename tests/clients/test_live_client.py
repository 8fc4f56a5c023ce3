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
NO_RETRIES = Retries(most=0)


@cache
def voice(text: str = WORDS) -> bytes:
    """At the 24 kHz of live sessions, by repeating every second sample."""
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


async def heard(session: LiveSession) -> list[LiveEvent]:
    async with no_longer_than(60):
        return [event async for event in session]


def turns(events: list[LiveEvent]) -> list[LiveTurn]:
    return [event for event in events if isinstance(event, LiveTurn)]


async def test_a_turn_is_told_from_its_first_sound_to_its_last_word(url: str) -> None:
    async with AsyncSentivox(url) as client, client.live() as session:
        await session.send(voice())
        await session.finish()
        events = await heard(session)
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
    assert 0 <= turn.start < turn.end <= len(voice()) / SECOND
    assert turn.segments
    assert turn.words
    assert turn.raw["transcript"] == turn.text


async def test_events_come_while_sound_is_sent(url: str) -> None:
    async with AsyncSentivox(url) as client, client.live(turn_silence_ms=300) as session:
        await session.send(voice() + bytes(SECOND))
        async with no_longer_than(30):
            async for event in session:
                if isinstance(event, LiveTurn):
                    break
        await session.send(voice())
        await session.finish()
        assert len(turns(await heard(session))) == 1


async def test_silence_finishes_without_a_word_and_without_an_error(url: str) -> None:
    async with AsyncSentivox(url) as client, client.live() as session:
        await session.send(bytes(SECOND))
        await session.finish()
        assert await heard(session) == []


async def test_a_session_that_heard_nothing_at_all_finishes(url: str) -> None:
    async with AsyncSentivox(url) as client, client.live() as session:
        await session.finish()
        assert await heard(session) == []


async def test_turns_can_be_ended_by_hand(url: str) -> None:
    async with AsyncSentivox(url) as client, client.live(manual=True) as session:
        await session.send(voice() + bytes(SECOND) + voice())
        await session.commit()
        await session.send(voice())
        await session.finish()
        assert len(turns(await heard(session))) == 2


async def test_a_turn_can_be_forgotten(url: str) -> None:
    async with AsyncSentivox(url) as client, client.live(manual=True) as session:
        await session.send(voice())
        await session.clear()
        await session.finish()
        assert turns(await heard(session)) == []


async def test_a_refused_message_is_told_of_and_the_session_goes_on(url: str) -> None:
    async with AsyncSentivox(url) as client, client.live() as session:
        await session.commit()
        await session.send(voice())
        await session.finish()
        events = await heard(session)
    assert isinstance(events[0], LiveError)
    assert events[0].message.startswith("There is nothing to commit")
    assert events[0].item_id is None
    assert turns(events)


class Attentive(FakeService):
    """Notes what it is told about each hearing."""

    options: TranscriptionOptions | None = None

    async def hear(self, request: LiveRequest, options: TranscriptionOptions) -> LiveResult:
        self.options = options
        return await super().hear(request, options)


async def test_options_reach_the_stages() -> None:
    service = Attentive()
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
            await session.send(voice())
            await session.finish()
    told = service.options
    assert told is not None
    assert (told.candidates, told.language) == (("de", "fr"), None)
    assert (told.prompt, told.keywords, told.sentiment) == ("Köln", ("Dom",), False)
    assert told.detection.silence_duration_ms == 250


@pytest.mark.parametrize(
    ("options", "blamed"),
    [
        ({"language": "klingon"}, "session.audio.input.transcription.language"),
        ({"language": "de", "languages": ["fr"]}, "session.audio.input.transcription.languages"),
        ({"model": "nothing"}, "model"),
    ],
)
async def test_wrong_options_are_refused_before_a_word_is_said(
    url: str, options: LiveOptions, blamed: str
) -> None:
    async with AsyncSentivox(url) as client:
        with pytest.raises(RequestRefused) as caught:
            async with client.live(**options):
                pass
    assert caught.value.param is not None
    assert caught.value.param.endswith(blamed)


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


async def test_too_many_sessions_are_tried_again_until_patience_ends() -> None:
    with live(limited(max_sessions=1)) as url:
        async with AsyncSentivox(url, retries=NO_RETRIES) as client, client.live() as first:
            with pytest.raises(Overloaded, match="Too many live sessions"):
                async with client.live():
                    pass
            waiting = asyncio.create_task(said_nothing(url))
            await asyncio.sleep(0.2)
            await first.finish()
            await waiting


async def said_nothing(url: str) -> None:
    async with AsyncSentivox(url, retries=Retries(most=9)) as client, client.live() as session:
        await session.finish()


async def test_sound_that_comes_too_fast_ends_the_session_with_a_sentence() -> None:
    with live(limited(max_ahead_s=5.0)) as url:
        async with AsyncSentivox(url) as client, client.live() as session:
            with pytest.raises(RequestRefused, match="ahead of real time"):
                async for _ in flooded(session):
                    pass
            with pytest.raises(RequestRefused, match="ahead of real time"):
                await session.finish()
            with pytest.raises(RequestRefused, match="ahead of real time"):
                await heard(session)


async def flooded(session: LiveSession) -> AsyncIterator[None]:
    async with no_longer_than(30):
        while True:
            await session.send(bytes(SECOND))
            yield


async def test_a_long_piece_is_sent_in_messages_the_service_takes() -> None:
    with live(limited(max_message_bytes=SECOND)) as url:
        async with AsyncSentivox(url) as client, client.live() as session:
            await session.send(voice() + bytes(5 * SECOND) + b"\0")
            await session.finish()
            assert len(turns(await heard(session))) == 1


async def test_a_silent_line_is_ended_with_a_sentence() -> None:
    with live(limited(idle_timeout_s=0.3)) as url:
        async with AsyncSentivox(url) as client, client.live() as session:
            with pytest.raises(ServiceFailed, match=r"Nothing was sent for 0\.3 seconds") as caught:
                await heard(session)
    assert caught.value.code == "websocket_1001"


class Deaf(FakeService):
    async def hear(self, request: LiveRequest, options: TranscriptionOptions) -> LiveResult:
        raise StageUnavailable("Nobody understands this at the moment.")


async def test_words_that_are_lost_are_told_of_by_their_item() -> None:
    with live(Deaf()) as url:
        async with AsyncSentivox(url) as client, client.live() as session:
            await session.send(voice())
            await session.finish()
            started, *_, last = await heard(session)
    assert isinstance(started, SpeechStarted)
    assert isinstance(last, LiveError)
    assert last.item_id == started.item_id
    assert last.message == "Nobody understands this at the moment."


class Slow(FakeService):
    async def hear(self, request: LiveRequest, options: TranscriptionOptions) -> LiveResult:
        await asyncio.Event().wait()
        raise AssertionError


async def test_patience_has_an_end() -> None:
    with live(Slow()) as url:
        async with AsyncSentivox(url, timeout=0.5) as client, client.live() as session:
            await session.send(voice())
            with pytest.raises(NoAnswer, match="took too long"):
                await session.finish()
            with pytest.raises(NoAnswer, match="took too long"):
                await heard(session)


async def test_leaving_early_leaves_nothing_behind() -> None:
    with live(limited(max_sessions=1)) as url:
        async with AsyncSentivox(url) as client:
            for _ in range(3):
                async with client.live() as session:
                    await session.send(voice())
            with pytest.raises(NoAnswer, match="This session is over"):
                await session.send(voice())
            await heard(session)


@asynccontextmanager
async def answering(
    answer: Callable[[ServerConnection], Awaitable[None]],
) -> AsyncIterator[str]:
    """A WebSocket server of another kind."""
    async with serve(answer, "127.0.0.1", 0, max_queue=1) as server:
        port = next(iter(server.sockets)).getsockname()[1]
        yield f"http://127.0.0.1:{port}"


async def set_up(socket_: ServerConnection) -> None:
    await socket_.send(json.dumps({"type": "session.created", "session": {"id": "sess_1"}}))
    await socket_.recv()
    await socket_.send(json.dumps({"type": "session.updated", "session": {"id": "sess_1"}}))


async def test_a_lost_connection_is_raised_by_whatever_waits() -> None:
    async def vanish(socket_: ServerConnection) -> None:
        await set_up(socket_)
        await socket_.recv()
        socket_.transport.abort()

    async with answering(vanish) as url, AsyncSentivox(url) as client, client.live() as session:
        iterating = asyncio.create_task(heard(session))
        await session.send(bytes(SECOND))
        with pytest.raises(NoAnswer, match="broke before the session was over"):
            await iterating
        for ask in (session.finish, session.commit):
            with pytest.raises(NoAnswer, match="broke before the session was over"):
                await ask()


async def test_a_service_that_says_goodbye_too_soon_is_no_success() -> None:
    async with answering(set_up) as url, AsyncSentivox(url) as client, client.live() as session:
        with pytest.raises(ServiceFailed, match="before it was finished"):
            await heard(session)


async def keep_sending(session: LiveSession, *, seconds: float) -> None:
    async with no_longer_than(seconds):
        for _ in range(1000):
            await session.send(bytes(SECOND))


async def test_sending_waits_while_nobody_takes_the_sound_and_closing_does_not() -> None:
    over = asyncio.Event()

    async def look_away(socket_: ServerConnection) -> None:
        await set_up(socket_)
        await over.wait()
        socket_.transport.abort()

    async with answering(look_away) as url, AsyncSentivox(url) as client:
        async with client.live() as session:
            with pytest.raises(TimeoutError):
                await keep_sending(session, seconds=1)
            began = time.monotonic()
        over.set()
    assert time.monotonic() - began < 10


@pytest.mark.parametrize("said", ["good morning", "[]", "{}", b"\xff"])
async def test_a_websocket_of_another_program_is_recognised(said: str | bytes) -> None:
    async def greet(socket_: ServerConnection) -> None:
        await socket_.send(said)
        await socket_.wait_closed()

    async with answering(greet) as url, AsyncSentivox(url, retries=NO_RETRIES) as client:
        with pytest.raises(NoAnswer, match="isn't a Sentivox service"):
            async with client.live():
                pass


async def test_nonsense_in_a_session_ends_it() -> None:
    async def babble(socket_: ServerConnection) -> None:
        await set_up(socket_)
        await socket_.send("good morning")
        await socket_.wait_closed()

    async with answering(babble) as url, AsyncSentivox(url) as client, client.live() as session:
        with pytest.raises(NoAnswer, match="isn't a Sentivox service"):
            await heard(session)


async def test_a_program_without_websockets_is_recognised(service: ScriptedService) -> None:
    async with AsyncSentivox(service.url, retries=NO_RETRIES) as client:
        with pytest.raises(SentivoxError, match="isn't a Sentivox service"):
            async with client.live():
                pass


async def test_nothing_listening_is_said_in_a_sentence() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    async with AsyncSentivox(f"http://127.0.0.1:{port}", retries=NO_RETRIES) as client:
        with pytest.raises(NoAnswer, match=f"Nothing answers at http://127.0.0.1:{port}"):
            async with client.live():
                pass


@pytest.mark.ray
async def test_the_running_service_hears_a_sentence_while_it_is_spoken(server_url: str) -> None:
    async def speak(session: LiveSession) -> None:
        tenth = SECOND // 10
        pcm = bytes(3 * tenth) + voice()
        for at in range(0, len(pcm), tenth):
            await session.send(pcm[at : at + tenth])
            await asyncio.sleep(0.1)
        await session.finish()

    async with AsyncSentivox(server_url) as client, client.live() as session:
        speaking = asyncio.create_task(speak(session))
        events = await heard(session)
        await speaking
    (turn,) = turns(events)
    assert "wonderful" in turn.text
    assert turn.language == "en"
    assert turn.sentiment is not None
    assert turn.sentiment.label == "positive"
    assert turn.words
