"""Fixtures of all tests."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.serving import Server, served


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Function]) -> None:
    """Marks tests with `letters_model` as slow, because that model may have to be trained."""
    for item in items:
        if "letters_model" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.slow)


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The served application, started once per session."""
    with served(tmp_path_factory.mktemp("server")) as running:
        yield running


@pytest.fixture(scope="session")
def server_url(request: pytest.FixtureRequest) -> str:
    """URL of the served application; SENTIVOX_TEST_URL names one that is already running."""
    running = os.environ.get("SENTIVOX_TEST_URL")
    return running or str(request.getfixturevalue("server").url)


@pytest.fixture(scope="session")
def letters_model(request: pytest.FixtureRequest) -> Path:
    """Folder of the model of `tests/letters_model.py`. It takes a minute to train, and pytest's
    cache keeps it.
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
