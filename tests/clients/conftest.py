from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.clients.scripted_service import ScriptedService, serving


@pytest.fixture(scope="session")
def _scripted_service() -> Iterator[ScriptedService]:
    with serving(ScriptedService()) as running:
        yield running


@pytest.fixture
def service(_scripted_service: ScriptedService) -> ScriptedService:
    """Nothing asked yet, and ready to answer with a transcript."""
    _scripted_service.forget()
    return _scripted_service
