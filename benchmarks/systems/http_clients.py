"""Clients of a server over HTTP: one file a request, the language left to the server."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

import httpx2

from benchmarks.systems.system import Answer, Sound
from sentivox.languages import LANGUAGES

PATH = "/v1/audio/transcriptions"
FORM = {"model": "auto", "response_format": "verbose_json"}
CODES = {language.name: code for code, language in LANGUAGES.items()}

T = TypeVar("T")
Ask = Callable[[httpx2.AsyncClient, Sound], Awaitable[T]]


async def closed_loop(url: str, sounds: Sequence[Sound], clients: int, ask: Ask[T]) -> list[T]:
    """As many clients as told, each of which sends a file once its last one is answered."""
    answers: dict[int, T] = {}
    rest = iter(enumerate(sounds))
    limits = httpx2.Limits(max_connections=clients)

    async def be_client(connection: httpx2.AsyncClient) -> None:
        for place, sound in rest:
            answers[place] = await ask(connection, sound)

    async with httpx2.AsyncClient(base_url=url, timeout=None, limits=limits) as connection:
        await asyncio.gather(*(be_client(connection) for _ in range(clients)))
    return [answers[place] for place in range(len(sounds))]


async def ask_sentivox(connection: httpx2.AsyncClient, sound: Sound) -> Answer:
    """Asks again when the server says that it is too busy."""
    while True:
        response = await send(connection, sound)
        if response.status_code != 429:
            answer = response.raise_for_status().json()
            return Answer(answer["text"], CODES.get(answer["language"], ""))
        await asyncio.sleep(float(response.headers["retry-after"]))


async def send(connection: httpx2.AsyncClient, sound: Sound) -> httpx2.Response:
    return await connection.post(PATH, files={"file": ("speech.wav", sound.audio)}, data=FORM)
