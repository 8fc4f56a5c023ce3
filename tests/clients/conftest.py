from __future__ import annotations

import signal
from collections.abc import Iterator

import pytest

from tests.clients.scripted_service import ScriptedService, serving


@pytest.fixture(scope="session", autouse=True)
def _programs_can_be_interrupted() -> None:
    """Restore SIGINT: processes that a shell starts in the background ignore it."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def _scripted_service() -> Iterator[ScriptedService]:
    with serving(ScriptedService()) as running:
        yield running


@pytest.fixture
def service(_scripted_service: ScriptedService) -> ScriptedService:
    """A scripted server without requests so far, which answers with a transcript."""
    _scripted_service.forget()
    return _scripted_service
