"""The OpenAPI document against generated valid and invalid requests."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis import Case
from starlette.routing import WebSocketRoute

from sentivox.settings import IngressSettings
from sentivox.web.app import create_app
from sentivox.web.auth import hash_key
from sentivox.web.http.openapi import build
from tests.web.fake_service import FakeService

KEY = "sv-a-key-for-these-tests"

_folder = TemporaryDirectory()
_keys = Path(_folder.name) / "keys"
_keys.write_text(f"tests:{hash_key(KEY)}\n")
_service = FakeService(settings=IngressSettings(api_keys_file=_keys))
app = create_app(lambda: _service)
schema = schemathesis.openapi.from_asgi("/openapi.json", app)


@pytest.fixture(scope="module", autouse=True)
def keys() -> Iterator[None]:
    yield
    _folder.cleanup()


@schema.parametrize()
@settings(
    max_examples=25,
    deadline=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
)
def test_every_operation_follows_the_document(case: Case[Any]) -> None:
    if not _is_text(case.body) or _has_empty_fields(case.body):
        return
    case.call_and_validate(headers={"Authorization": f"Bearer {KEY}"})


def _is_text(body: object) -> bool:
    """Whether free-text fields have text. A form can't send other types: 0 arrives as "0"."""
    if not isinstance(body, dict):
        return True
    texts = [*body.get("keywords[]", [])] if isinstance(body.get("keywords[]", []), list) else [0]
    return all(isinstance(text, str) for text in (*texts, body.get("prompt", "")))


def _has_empty_fields(body: object) -> bool:
    """Whether fields have no value. They count as absent, which the document says in words."""
    if not isinstance(body, dict):
        return False
    lists = [value if isinstance(value, list) else [value] for value in body.values()]
    return any(not values or any(_is_blank(each) for each in values) for values in lists)


def _is_blank(value: object) -> bool:
    return value is None or (isinstance(value, str) and not value.strip())


def test_every_route_of_the_api_is_described() -> None:
    described = set(build()["paths"])
    # OpenAPI can't describe a WebSocket.
    routes = {
        route.path  # type: ignore[attr-defined]
        for route in app.routes
        if not isinstance(route, WebSocketRoute)
    }
    assert routes - described == {"/", "/docs", "/static"}
