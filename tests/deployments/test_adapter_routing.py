"""A request goes to the replica that has the adapter of its language ready."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest

from tests.deployments.test_adapters import SERVES, SPEECH, metric, settings_of, texts_of
from tests.serving import Server, served

# A model of letters is trained for it.
pytestmark = [pytest.mark.ray, pytest.mark.slow, pytest.mark.training]

LANGUAGES = ("nl", "el")
ROUNDS = 6
ROUTERS_KNOW_AFTER_S = 3.0


@pytest.fixture(scope="module")
def server(letters_model: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with served(
        tmp_path_factory.mktemp("server"),
        {"families": ["germanic"], "adapters": {"germanic": len(LANGUAGES)}},
        {"asr_germanic": len(LANGUAGES)},
        asr_germanic=settings_of(letters_model),
    ) as running:
        yield running


async def test_each_language_is_read_once_though_there_are_two_replicas(server: Server) -> None:
    await _both_are_there(server.url)
    for language in LANGUAGES:
        await texts_of(server.url, (SPEECH[0], language))
        await asyncio.sleep(ROUTERS_KNOW_AFTER_S)
    for spoken in SPEECH[1:ROUNDS]:
        for language in LANGUAGES:
            await texts_of(server.url, (spoken, language))
    asked: dict[str, float] = {}
    async with asyncio.timeout(60):
        while sum(asked.values()) < ROUNDS * len(LANGUAGES):
            asked = await metric(server.url, f"{SERVES}_get_model_requests_counter_total")
            await asyncio.sleep(1)
    loaded = await metric(server.url, f"{SERVES}_models_load_counter_total")
    assert sum(loaded.values()) == len(LANGUAGES)


async def _both_are_there(url: str) -> None:
    async with httpx2.AsyncClient(base_url=url, timeout=30) as client, asyncio.timeout(90):
        replicas = 0
        while replicas < len(LANGUAGES):
            stages = (await client.get("/ready")).json()["stages"]
            [replicas] = [each["replicas"] for each in stages if each["name"] == "asr_germanic"]
            await asyncio.sleep(0.5)
