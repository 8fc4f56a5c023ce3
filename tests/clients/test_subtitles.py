"""The API and the command line give subtitles by the same rules, with real models."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest
from sentivox_client.cli.main import app as command_line
from typer.testing import CliRunner

from sentivox.local_service import InProcessService
from sentivox.web.app import create_app
from tests.transcript.subtitle_rules import check_rules
from tests.voices import spoken
from tests.web.live_server import serving

pytestmark = pytest.mark.slow

STORY = (
    "The ferry left the harbour at seven in the morning, and nobody on the upper deck spoke. "
    "A cold wind came from the north; the gulls stayed close to the cliffs. Yes. "
    "After an hour the captain announced that the engine needed oil, so two sailors carried a "
    "heavy barrel down the narrow stairs while the passengers drank tea and looked at the water."
)


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    service = InProcessService()
    with serving(create_app(lambda: service)) as port:
        yield f"http://127.0.0.1:{port}"
    service.close()


@pytest.mark.parametrize("kind", ["srt", "vtt"])
def test_the_command_line_writes_the_subtitles_of_the_api(
    kind: str, url: str, tmp_path: Path
) -> None:
    file = tmp_path / "story.wav"
    file.write_bytes(spoken(STORY))
    answer = httpx2.post(
        f"{url}/v1/audio/transcriptions",
        data={"model": "auto", "response_format": kind, "language": "en"},
        files={"file": ("story.wav", file.read_bytes())},
        timeout=60,
    ).raise_for_status()
    assert not check_rules(answer.text, fast=True)
    arguments = ["transcribe", str(file), "-f", kind, "--language", "en"]
    written = CliRunner().invoke(command_line, arguments, env={"SENTIVOX_URL": url})
    assert written.stdout.strip() == answer.text.strip()
