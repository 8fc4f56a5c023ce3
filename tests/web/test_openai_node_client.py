"""OpenAI's own client for Node.js over a real socket."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sentivox.web.app import create_app
from tests.web.fake_service import FakeService
from tests.web.live_server import serving
from tests.web.programs import node

pytestmark = [pytest.mark.slow, pytest.mark.network]

SCRIPT = Path(__file__).parent / "clients" / "upload.mjs"
TEXT = "Das ist schön. <b>Das</b> nicht & nie."


@pytest.fixture(scope="module")
def service() -> FakeService:
    return FakeService()


@pytest.fixture(scope="module")
def answers(
    service: FakeService, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, Any]]:
    """What OpenAI's client for Node.js has read."""
    folder = tmp_path_factory.mktemp("node")
    (folder / "Das ist schön.wav").write_bytes(b"RIFF")
    with serving(create_app(lambda: service)) as port:
        url = f"http://127.0.0.1:{port}/v1"
        yield json.loads(node(SCRIPT, folder, url, str(folder / "Das ist schön.wav")))


def test_every_upload_reaches_the_service(service: FakeService, answers: dict[str, Any]) -> None:
    assert {audio for audio, _ in service.requests} == {b"RIFF"}
    options = [options for _, options in service.requests]
    assert options[0].language == "de"
    assert options[0].logprobs
    assert options[2].words
    assert options[4].detection.threshold == 0.7
    assert options[-1].task == "translate"


def test_json_text_and_translations_have_the_text(answers: dict[str, Any]) -> None:
    assert answers["json"]["text"] == TEXT
    assert answers["json"]["logprobs"][0]["token"] == " Das ist"
    assert answers["text"] == f"{TEXT}\n"
    assert answers["detection"]["text"] == TEXT
    assert answers["translation"]["text"] == TEXT


def test_verbose_json_has_segments_and_words(answers: dict[str, Any]) -> None:
    verbose = answers["verbose"]
    assert (verbose["language"], verbose["duration"]) == ("german", 3.2)
    assert len(verbose["segments"]) == 2
    assert verbose["words"][0]["word"] == "Das"


def test_known_speakers_are_ignored_with_a_warning(answers: dict[str, Any]) -> None:
    diarized = answers["diarized"]
    assert diarized["text"] == TEXT
    assert "known_speakers_ignored" in [each["code"] for each in diarized["warnings"]]


def test_a_stream_has_the_text(answers: dict[str, Any]) -> None:
    *events, done = answers["streamed"]
    deltas = [event["delta"] for event in events if event["type"].endswith(".delta")]
    assert "".join(deltas) == done["text"] == TEXT


def test_models_are_listed_and_an_unknown_one_is_not_found(answers: dict[str, Any]) -> None:
    assert {"auto", "whisper-1"} <= set(answers["models"])
    assert answers["one"]["id"] == "auto"
    refused = answers["refused"]
    assert (refused["status"], refused["code"]) == (404, "model_not_found")
    assert refused["param"] == "model"
    assert refused["requestID"]
