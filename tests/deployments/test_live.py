"""Live speech through the running graph, with OpenAI's own client."""

from __future__ import annotations

import asyncio
import base64
from dataclasses import dataclass, field
from typing import Any

import httpx2
import openai
import pytest
from tests.web.realtime.test_endpoint import COMPLETED, DELTA, RATE, hear, speech
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import InvalidStatus

from preprocessing.samples import Samples, decoded
from preprocessing.speech_data import is_fetched, recordings

pytestmark = [pytest.mark.ray, pytest.mark.slow]


@dataclass
class Heard:
    kinds: list[str] = field(default_factory=list)
    deltas: dict[str, str] = field(default_factory=dict)
    done: list[Any] = field(default_factory=list)
    errors: list[Any] = field(default_factory=list)


async def listen(url: str, pcm: bytes, *, turns: int = 1, manual: bool = False) -> Heard:
    """What OpenAI's client hears of `pcm`, with a bad event on the way; turns as they were said."""
    heard = Heard()
    async with (
        openai.AsyncOpenAI(base_url=f"{url}/v1", api_key="none") as client,
        client.realtime.connect(model="auto", extra_query={"intent": "transcription"}) as live,
        asyncio.timeout(90),
    ):
        if manual:
            session: Any = {"type": "transcription", "audio": {"input": {"turn_detection": None}}}
            await live.session.update(session=session)
        await live.send({"type": "nonsense"})  # type: ignore[arg-type]
        for at in range(0, len(pcm), RATE):
            audio = base64.b64encode(pcm[at : at + RATE]).decode()
            await live.input_audio_buffer.append(audio=audio)
        if manual:
            await live.input_audio_buffer.commit()
        while len(heard.done) < turns:
            event: Any = await live.recv()
            heard.kinds.append(event.type)
            if event.type == DELTA:
                heard.deltas[event.item_id] = heard.deltas.get(event.item_id, "") + event.delta
            elif event.type == COMPLETED:
                heard.done.append(event)
            elif event.type == "error":
                heard.errors.append(event.error)
    heard.done.sort(key=lambda done: done.audio_start_ms)
    return heard


def recorded(language: str) -> bytes:
    if not is_fetched(language):
        pytest.skip("The recordings aren't here: `make speech-data` fetches them.")
    clip = recordings(language, base_s=4.0, most=3)[0]
    pcm: Samples = decoded(clip.path, RATE)
    return bytes(RATE) + pcm.tobytes() + bytes(2 * RATE)


@pytest.mark.parametrize("language", ["en", "fr", "it"])
async def test_openais_client_hears_turns_in_their_language(server_url: str, language: str) -> None:
    heard = await listen(server_url, recorded(language))
    assert "input_audio_buffer.speech_started" in heard.kinds
    assert [error.type for error in heard.errors] == ["invalid_request_error"]
    [done] = heard.done
    assert done.transcript == heard.deltas[done.item_id] != ""
    assert done.languages[0].code == language
    assert done.language_detection["confidence"] > 0.5
    assert done.sentiment["label"] in {"negative", "neutral", "positive"}
    assert done.usage.seconds > 2


async def test_a_turn_can_be_ended_by_hand(server_url: str) -> None:
    heard = await listen(server_url, speech(silence_s=0.0), manual=True)
    assert "input_audio_buffer.speech_started" not in heard.kinds
    assert heard.done[0].transcript.lower().startswith("please hold")


async def test_deltas_are_exactly_the_transcript_for_every_turn(server_url: str) -> None:
    sentences = ("Please hold the line.", "I am so happy about it.", "This is terrible news.")
    pcm = b"".join(speech(sentence) for sentence in sentences)
    heard = await listen(server_url, pcm, turns=3)
    for done in heard.done:
        assert heard.deltas[done.item_id] == done.transcript
    moods = [done.sentiment["label"] for done in heard.done]
    assert moods[1:] == ["positive", "negative"]


async def test_several_speakers_are_heard_at_once(server_url: str) -> None:
    pcm = speech("The weather is lovely today, and I am very happy about it.")
    results = await asyncio.gather(*(listen(server_url, pcm) for _ in range(4)))
    for result in results:
        assert "lovely" in result.done[0].transcript.lower()


async def test_clients_that_vanish_make_room_within_a_second(server_url: str) -> None:
    address = _address(server_url)
    async with asyncio.timeout(90):
        sockets = await _as_many_as_may(address)
        for socket in sockets[:3]:
            await socket.send(speech("The weather is lovely today.", silence_s=0.0))
            await hear(socket, "input_audio_buffer.speech_started")
    for socket in sockets:
        socket.transport.abort()
    async with asyncio.timeout(1):
        newcomer = await _let_in(address)
        await hear(newcomer, "session.created")
    await newcomer.close()
    heard = await listen(server_url, speech())
    assert heard.done[0].transcript


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
        await hear(sockets[-1], "session.created")


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
