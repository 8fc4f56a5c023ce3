"""Clients of a server over HTTP: one file per request, the language detected by the server."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

import httpx2

from benchmarks.systems.system import Answer, AudioFile
from sentivox.languages import LANGUAGES

PATH = "/v1/audio/transcriptions"
FORM = {"model": "auto", "response_format": "verbose_json"}
CODES = {language.name: code for code, language in LANGUAGES.items()}

T = TypeVar("T")
Ask = Callable[[httpx2.AsyncClient, AudioFile], Awaitable[T]]


async def closed_loop(url: str, files: Sequence[AudioFile], clients: int, ask: Ask[T]) -> list[T]:
    """The answers of `clients` clients, each of which sends its next file once its last one is
    complete.
    """
    answers: dict[int, T] = {}
    rest = iter(enumerate(files))
    limits = httpx2.Limits(max_connections=clients)

    async def be_client(connection: httpx2.AsyncClient) -> None:
        for place, file in rest:
            answers[place] = await ask(connection, file)

    async with httpx2.AsyncClient(base_url=url, timeout=None, limits=limits) as connection:
        await asyncio.gather(*(be_client(connection) for _ in range(clients)))
    return [answers[place] for place in range(len(files))]


async def ask_sentivox(connection: httpx2.AsyncClient, file: AudioFile) -> Answer:
    """The answer of this server; a refused request is sent again after Retry-After."""
    while True:
        response = await send(connection, file)
        if response.status_code != 429:
            answer = response.raise_for_status().json()
            return Answer(answer["text"], CODES.get(answer["language"], ""))
        await asyncio.sleep(float(response.headers["retry-after"]))


async def send(connection: httpx2.AsyncClient, file: AudioFile) -> httpx2.Response:
    """The response to one request."""
    return await connection.post(PATH, files={"file": ("speech.wav", file.audio)}, data=FORM)
