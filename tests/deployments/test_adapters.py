"""Several languages on one replica, each with an adapter of its own over one model."""

from __future__ import annotations

import asyncio
import json
import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import jiwer
import pytest

from tests.audio.encoding import wav
from tests.letters import Spoken, random_speech
from tests.metrics import samples
from tests.serving import Server, served

pytestmark = [pytest.mark.ray, pytest.mark.slow]

SPEECH = list(random_speech(12, seed=11, max_words=6))
DETECTION = '{"type": "server_vad", "threshold": 0.1, "silence_duration_ms": 1000}'
"""The synthetic speech is unlike the speech that VAD was trained on."""
WARM = 2
SERVES = "ray_serve_multiplexed"


@pytest.fixture(scope="module")
def folder(letters_model: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """With a third language, written in capitals, so that there is one too many to keep warm."""
    copied = tmp_path_factory.mktemp("adapters") / "model"
    shutil.copytree(letters_model, copied)
    shutil.copy(copied / "adapter.nld.safetensors", copied / "adapter.swe.safetensors")
    tables = json.loads((copied / "vocab.json").read_text())
    _write_tables(copied, tables | {"swe": _capitals(tables["nld"])})
    return copied


@pytest.fixture(scope="module")
def server(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    args = {"families": ["germanic"], "adapters": {"germanic": WARM}}
    with served(
        tmp_path_factory.mktemp("server"), args, asr_germanic=settings_of(folder)
    ) as running:
        yield running


def settings_of(folder: Path) -> dict[str, object]:
    return {
        "engine": "ctc",
        "model": str(folder),
        "compute_type": "float32",
        "language_models": {},
    }


def _capitals(table: dict[str, int]) -> dict[str, int]:
    return {label.upper() if label.isalpha() else label: number for label, number in table.items()}


def _write_tables(folder: Path, tables: dict[str, dict[str, int]]) -> None:
    (folder / "vocab.json").write_text(json.dumps(tables), "utf-8")


async def _answers(url: str, *requests: tuple[Spoken, str]) -> list[httpx2.Response]:
    """All asked at once."""
    async with httpx2.AsyncClient(base_url=url, timeout=120) as client:
        return await asyncio.gather(
            *(
                client.post(
                    "/v1/audio/transcriptions",
                    data={
                        "model": "auto",
                        "language": language,
                        "sentiment": "false",
                        "response_format": "verbose_json",
                        "timestamp_granularities[]": "word",
                        "chunking_strategy": DETECTION,
                    },
                    files={"file": ("speech.wav", wav(spoken.pcm))},
                )
                for spoken, language in requests
            )
        )


async def texts_of(url: str, *requests: tuple[Spoken, str]) -> list[str]:
    answers = await _answers(url, *requests)
    assert {answer.status_code for answer in answers} == {200}, answers[0].text
    return [answer.json()["text"] for answer in answers]


def written(spoken: Spoken, language: str) -> str:
    return spoken.text("nl").upper() if language == "sv" else spoken.text(language)


@pytest.mark.parametrize("language", ["nl", "el"])
async def test_a_language_is_written_in_its_own_letters(server: Server, language: str) -> None:
    texts = [(await texts_of(server.url, (each, language)))[0] for each in SPEECH[:3]]
    assert jiwer.cer([written(each, language) for each in SPEECH[:3]], texts) < 0.05


async def test_languages_asked_for_at_once_keep_their_letters(server: Server) -> None:
    requests = [(each, "nl" if number % 2 else "el") for number, each in enumerate(SPEECH)]
    texts = await texts_of(server.url, *requests)
    assert jiwer.cer([written(*request) for request in requests], texts) < 0.05


async def test_words_have_the_times_at_which_they_were_said(server: Server) -> None:
    compared = 0
    for answer, spoken in zip(
        await _answers(server.url, *((each, "el") for each in SPEECH)), SPEECH, strict=True
    ):
        words: list[dict[str, Any]] = answer.json()["words"]
        if [word["word"].strip() for word in words] != spoken.text("el").split():
            continue
        for word, (start, end) in zip(words, spoken.times, strict=True):
            assert word["start"] == pytest.approx(start, abs=0.06)
            assert word["end"] == pytest.approx(end, abs=0.06)
            compared += 1
    assert compared > 20


async def test_more_languages_than_are_kept_warm_take_turns(server: Server) -> None:
    requests = [(each, language) for each in SPEECH[:2] for language in ("nl", "el", "sv", "nl")]
    for request in requests:
        [text] = await texts_of(server.url, request)
        assert jiwer.cer(written(*request), text) < 0.2
    counter = f"{SERVES}_models_unload_counter_total"
    [unloaded] = (await metric(server.url, counter, at_least=2)).values()
    [kept] = (await metric(server.url, "ray_serve_num_multiplexed_models", at_least=WARM)).values()
    assert (unloaded >= 2, kept) == (True, WARM)


async def test_a_language_without_an_adapter_is_refused(server: Server) -> None:
    [answer] = await _answers(server.url, (SPEECH[0], "fr"))
    assert answer.status_code == 400
    error = answer.json()["error"]
    assert error["param"] == "language"
    assert "that serves 'fr' wasn't trained on that language" in error["message"]


async def test_other_weights_come_with_other_adapters(
    server: Server, folder: Path, tmp_path: Path
) -> None:
    await texts_of(server.url, (SPEECH[0], "nl"))
    other = tmp_path / "other"
    shutil.copytree(folder, other)
    tables = json.loads((other / "vocab.json").read_text())
    _write_tables(other, tables | {"nld": _capitals(tables["nld"])})
    server.reconfigure("asr_germanic", **settings_of(other))
    deadline = time.monotonic() + 60
    while (await texts_of(server.url, (SPEECH[0], "nl")))[0].islower():
        assert time.monotonic() < deadline
        await asyncio.sleep(0.5)


async def metric(url: str, name: str, at_least: float = 0) -> dict[str, float]:
    """A metric by replica, once some replica has `at_least` that value; empty if none ever has.

    Ray's agents publish metrics every few seconds.
    """
    async with httpx2.AsyncClient(base_url=url, timeout=30) as client:
        for _ in range(30):
            page = (await client.get("/metrics")).text
            found = {
                sample.labels["replica"]: sample.value
                for sample in samples(page, name, "asr_germanic")
            }
            if found and max(found.values()) >= at_least:
                return found
            await asyncio.sleep(1)
    return {}
