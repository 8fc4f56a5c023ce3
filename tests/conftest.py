"""What tests share."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from tests.serving import served


@pytest.fixture(scope="session")
def server_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The real graph, started once; SENTIVOX_TEST_URL names one that is running already."""
    if running := os.environ.get("SENTIVOX_TEST_URL"):
        yield running
        return
    with served(tmp_path_factory.mktemp("server")) as url:
        yield url
