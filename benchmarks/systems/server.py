"""The server under test: one that runs already, or one that the benchmark starts."""

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
"""Settings that admit files which are too large for the shipped config."""


@contextmanager
def running(url: str | None, **settings: Mapping[str, object]) -> Iterator[str]:
    """The address of the server. Without a `url`, starts the shipped local config with other
    `settings` for some deployments, and stops it in the end.
    """
    if url:
        yield url
        return
    with (
        tempfile.TemporaryDirectory() as folder,
        served(Path(folder), None, None, **settings) as server,
    ):
        yield server.url
