"""Live speech through the running graph, with OpenAI's own client."""

from __future__ import annotations

import asyncio
import base64
from dataclasses import dataclass, field
from typing import Any

import httpx2
import openai
import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import InvalidStatus

from preprocessing.samples import Samples, decoded
from preprocessing.speech_data import is_fetched, recordings
from tests.web.realtime.test_endpoint import COMPLETED, DELTA, RATE, receive, speech

pytestmark = [pytest.mark.ray, pytest.mark.slow]


@dataclass
class Session:
    """The events of one session, by kind."""

    kinds: list[str] = field(default_factory=list)
    deltas: dict[str, str] = field(default_factory=dict)
    done: list[Any] = field(default_factory=list)
    errors: list[Any] = field(default_factory=list)


async def transcribe(url: str, pcm: bytes, *, turns: int = 1, manual: bool = False) -> Session:
    """The events that OpenAI's client receives for `pcm`, with a bad event on the way."""
    session = Session()
    async with (
        openai.AsyncOpenAI(base_url=f"{url}/v1", api_key="none") as client,
        client.realtime.connect(model="auto", extra_query={"intent": "transcription"}) as live,
        asyncio.timeout(90),
    ):
        if manual:
            manual_turns: Any = {
                "type": "transcription",
                "audio": {"input": {"turn_detection": None}},
            }
            await live.session.update(session=manual_turns)
        await live.send({"type": "nonsense"})  # type: ignore[arg-type]
        for at in range(0, len(pcm), RATE):
            audio = base64.b64encode(pcm[at : at + RATE]).decode()
            await live.input_audio_buffer.append(audio=audio)
        if manual:
            await live.input_audio_buffer.commit()
        while len(session.done) < turns:
            event: Any = await live.recv()
            session.kinds.append(event.type)
            if event.type == DELTA:
                session.deltas[event.item_id] = session.deltas.get(event.item_id, "") + event.delta
            elif event.type == COMPLETED:
                session.done.append(event)
            elif event.type == "error":
                session.errors.append(event.error)
    session.done.sort(key=lambda done: done.audio_start_ms)
    return session


def recorded(language: str) -> bytes:
    if not is_fetched(language):
        pytest.skip("The recordings aren't here: `make speech-data` fetches them.")
    clip = recordings(language, base_s=4.0, most=3)[0]
    pcm: Samples = decoded(clip.path, RATE)
    return bytes(RATE) + pcm.tobytes() + bytes(2 * RATE)


@pytest.mark.parametrize("language", ["en", "fr", "it"])
async def test_turns_are_recognised_in_their_language(server_url: str, language: str) -> None:
    session = await transcribe(server_url, recorded(language))
    assert "input_audio_buffer.speech_started" in session.kinds
    assert [error.type for error in session.errors] == ["invalid_request_error"]
    [done] = session.done
    assert done.transcript == session.deltas[done.item_id] != ""
    assert done.languages[0].code == language
    assert done.language_detection["confidence"] > 0.5
    assert done.sentiment["label"] in {"negative", "neutral", "positive"}
    assert done.usage.seconds > 2


async def test_a_turn_can_be_ended_by_hand(server_url: str) -> None:
    session = await transcribe(server_url, speech(silence_s=0.0), manual=True)
    assert "input_audio_buffer.speech_started" not in session.kinds
    assert session.done[0].transcript.lower().startswith("please hold")


async def test_deltas_are_exactly_the_transcript_for_every_turn(server_url: str) -> None:
    sentences = ("Please hold the line.", "I am so happy about it.", "This is terrible news.")
    pcm = b"".join(speech(sentence) for sentence in sentences)
    session = await transcribe(server_url, pcm, turns=3)
    for done in session.done:
        assert session.deltas[done.item_id] == done.transcript
    moods = [done.sentiment["label"] for done in session.done]
    assert moods[1:] == ["positive", "negative"]


async def test_concurrent_sessions_each_get_their_text(server_url: str) -> None:
    pcm = speech("The weather is lovely today, and I am very happy about it.")
    results = await asyncio.gather(*(transcribe(server_url, pcm) for _ in range(4)))
    for result in results:
        assert "lovely" in result.done[0].transcript.lower()


async def test_clients_that_vanish_make_room_within_a_second(server_url: str) -> None:
    address = _address(server_url)
    async with asyncio.timeout(90):
        sockets = await _as_many_as_may(address)
        for socket in sockets[:3]:
            await socket.send(speech("The weather is lovely today.", silence_s=0.0))
            await receive(socket, "input_audio_buffer.speech_started")
    for socket in sockets:
        socket.transport.abort()
    async with asyncio.timeout(1):
        newcomer = await _let_in(address)
        await receive(newcomer, "session.created")
    await newcomer.close()
    session = await transcribe(server_url, speech())
    assert session.done[0].transcript


async def test_open_sessions_are_counted_up_and_down(server_url: str) -> None:
    sockets = [await connect(_address(server_url)) for _ in range(3)]
    seen = await _sessions_become(server_url, 3)
    for socket in sockets:
        socket.transport.abort()
    assert seen
    assert await _sessions_become(server_url, 0)


def _address(url: str) -> str:
    return url.replace("http", "ws", 1) + "/v1/realtime"


async def _as_many_as_may(address: str) -> list[ClientConnection]:
    """Sessions until one is refused."""
    sockets: list[ClientConnection] = []
    while True:
        try:
            sockets.append(await connect(address))
        except InvalidStatus:
            return sockets
        await receive(sockets[-1], "session.created")


async def _let_in(address: str) -> ClientConnection:
    while True:
        try:
            return await connect(address)
        except InvalidStatus:
            await asyncio.sleep(0.05)


async def _sessions_become(url: str, wanted: int) -> bool:
    """Whether the metric gets there in half a minute."""
    async with httpx2.AsyncClient() as client:
        for _ in range(60):
            metrics = (await client.get(f"{url}/metrics", timeout=30)).text
            if _open_sessions(metrics) == wanted:
                return True
            await asyncio.sleep(0.5)
    return False


def _open_sessions(metrics: str) -> float:
    return sum(
        float(line.rpartition(" ")[2])
        for line in metrics.splitlines()
        if line.startswith("ray_sentivox_live_sessions{")
    )
