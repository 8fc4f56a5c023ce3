"""Java's own HttpClient, which offers HTTP/2 with every request, over a real socket."""

from __future__ import annotations

from pathlib import Path

from sentivox.web.app import create_app
from tests.web.fake_service import FakeService
from tests.web.live_server import serving
from tests.web.programs import java

PROGRAM = Path(__file__).parent / "clients" / "Upload.java"
TEXT = "Das ist schön. <b>Das</b> nicht & nie."


def test_javas_http_client_gets_a_transcript_of_each_file(tmp_path: Path) -> None:
    recordings = [b"RIFF" + bytes(size) for size in (0, 100, 1_000_000)]
    files = [tmp_path / f"{number}.wav" for number in range(len(recordings))]
    for file, recording in zip(files, recordings, strict=True):
        file.write_bytes(recording)
    service = FakeService()
    with serving(create_app(lambda: service)) as port:
        url = f"http://127.0.0.1:{port}/v1/audio/transcriptions"
        printed = java(PROGRAM, url, *map(str, files))
    assert printed.splitlines() == [line for _ in files for line in (f"200 HTTP_1_1 {TEXT}", "")]
    assert [audio for audio, _ in service.requests] == recordings
