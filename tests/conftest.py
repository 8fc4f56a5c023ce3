"""What tests share."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

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


@pytest.fixture(scope="session")
def letters_model(request: pytest.FixtureRequest) -> Path:
    """The folder of `tests/letters_model.py`'s model, which pytest's cache keeps: it takes a minute
    to train.
    """
    from tests.letters_model import recipe, train

    assert request.config.cache
    folder = request.config.cache.mkdir("letters_model") / recipe()
    if not folder.is_dir():
        partial = folder.with_suffix(".partial")
        partial.mkdir(exist_ok=True)
        train(partial)
        partial.rename(folder)
    return folder
