"""The server that a benchmark asks: one that runs already, or one of its own."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.serving import served


@contextmanager
def running(url: str | None) -> Iterator[str]:
    """The address of the server; one is started, and stopped in the end, without a `url`."""
    if url:
        yield url
        return
    with tempfile.TemporaryDirectory() as folder, served(Path(folder)) as server:
        yield server.url
