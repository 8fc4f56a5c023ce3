"""What tests share."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from tests.serving import Server, served


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The real graph, started once for all tests."""
    with served(tmp_path_factory.mktemp("server")) as running:
        yield running


@pytest.fixture(scope="session")
def server_url(request: pytest.FixtureRequest) -> str:
    """Where the real graph is; SENTIVOX_TEST_URL names one that is running already."""
    running = os.environ.get("SENTIVOX_TEST_URL")
    return running or str(request.getfixturevalue("server").url)
