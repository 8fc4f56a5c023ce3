"""The server that a benchmark asks: one that runs already, or one of its own."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from tests.serving import served

ANY_LENGTH: dict[str, Mapping[str, object]] = {
    "ingress": {"max_upload_bytes": 1 << 30},
    "audio_decoder": {"max_seconds": 24 * 3600.0, "decode_timeout_s": 3600.0},
}
"""Settings for files that the shipped config refuses."""


@contextmanager
def running(url: str | None, **settings: Mapping[str, object]) -> Iterator[str]:
    """The address of the server. Without a `url` one is started, with other `settings` for some
    deployments, and stopped in the end.
    """
    if url:
        yield url
        return
    with (
        tempfile.TemporaryDirectory() as folder,
        served(Path(folder), None, None, **settings) as server,
    ):
        yield server.url
