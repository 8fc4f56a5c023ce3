"""Pages of other sites: those of allowed origins may use the API from a browser."""

from __future__ import annotations

from pathlib import Path

import pytest
from starlette.responses import PlainTextResponse
from starlette.testclient import TestClient

from sentivox.errors import Overloaded
from sentivox.settings import IngressSettings
from sentivox.web.app import create_app
from sentivox.web.auth import hash_key
from sentivox.web.edge import Edge
from tests.web.fake_service import FakeService

FRIEND = "https://friend.example"
UPLOAD = "/v1/audio/transcriptions"
FILE = {"file": ("a.wav", b"RIFF")}
PREFLIGHT = {
    "access-control-request-method": "POST",
    "access-control-request-headers": "authorization,x-stainless-lang",
}


def client_of(
    *origins: str, keys: Path | None = None, error: Exception | None = None
) -> TestClient:
    settings = IngressSettings(allowed_origins=origins, api_keys_file=keys)
    service = FakeService(settings=settings, error=error)
    return TestClient(create_app(lambda: service))


def test_an_allowed_page_may_read_an_answer() -> None:
    answer = client_of(FRIEND).post(UPLOAD, files=FILE, headers={"origin": FRIEND})
    assert answer.status_code == 200
    assert answer.headers["access-control-allow-origin"] == FRIEND
    assert answer.headers["vary"] == "Origin"
    exposed = answer.headers["access-control-expose-headers"].lower()
    assert {"retry-after", "x-request-id"} <= set(exposed.split(", "))


def test_an_allowed_page_may_read_errors(tmp_path: Path) -> None:
    keys = tmp_path / "keys"
    keys.write_text(f"me:{hash_key('sv-mine')}\n")
    client = client_of(FRIEND, keys=keys, error=Overloaded("Wait.", None, 2.5))
    key = {"authorization": "Bearer sv-mine"}
    statuses = []
    for path, headers in ((UPLOAD, {}), (UPLOAD, key), ("/v1/nothing", key)):
        answer = client.post(path, files=FILE, headers={"origin": FRIEND} | headers)
        assert answer.headers["access-control-allow-origin"] == FRIEND
        statuses.append(answer.status_code)
    assert statuses == [401, 429, 404]


def test_a_preflight_request_needs_no_key(tmp_path: Path) -> None:
    keys = tmp_path / "keys"
    keys.write_text("")
    answer = client_of(FRIEND, keys=keys).options(UPLOAD, headers={"origin": FRIEND} | PREFLIGHT)
    assert (answer.status_code, answer.text) == (204, "")
    assert answer.headers["access-control-allow-origin"] == FRIEND
    assert "POST" in answer.headers["access-control-allow-methods"].split(", ")
    allowed = answer.headers["access-control-allow-headers"]
    assert allowed == PREFLIGHT["access-control-request-headers"]
    assert int(answer.headers["access-control-max-age"]) > 0


@pytest.mark.parametrize(
    "origin",
    [
        "https://evil.example",
        "http://friend.example",
        "https://friend.example:8443",
        "https://friend.example.evil.example",
        "null",
    ],
)
def test_other_pages_may_read_nothing(origin: str) -> None:
    client = client_of(FRIEND)
    asked = client.options(UPLOAD, headers={"origin": origin} | PREFLIGHT)
    sent = client.post(UPLOAD, files=FILE, headers={"origin": origin})
    assert (asked.status_code, sent.status_code) == (405, 200)
    for answer in (asked, sent):
        assert not [name for name in answer.headers if name.startswith("access-control")]
        assert answer.headers["vary"] == "Origin"


def test_no_origin_is_allowed_by_default() -> None:
    client = TestClient(create_app(FakeService))
    answer = client.post(UPLOAD, files=FILE, headers={"origin": FRIEND})
    assert answer.status_code == 200
    assert not [name for name in answer.headers if name.startswith("access-control")]
    assert "vary" not in answer.headers
    refused = client.options(UPLOAD, headers={"origin": FRIEND} | PREFLIGHT)
    assert refused.status_code == 405
    assert refused.json()["error"]["code"] == "method_not_allowed"


def test_credentials_are_never_allowed() -> None:
    headers = {"origin": FRIEND, "cookie": "a=b"}
    answer = client_of(FRIEND).post(UPLOAD, files=FILE, headers=headers)
    assert "access-control-allow-credentials" not in answer.headers


def test_a_changed_list_holds_at_once() -> None:
    service = FakeService()
    client = TestClient(create_app(lambda: service))
    service.settings = IngressSettings(allowed_origins=(FRIEND,))
    answer = client.get("/v1/models", headers={"origin": FRIEND})
    assert answer.headers["access-control-allow-origin"] == FRIEND


@pytest.mark.parametrize(
    "origin", ["*", "https://*.example", "friend.example", "https://a.example/", "null", "a,b", ""]
)
def test_what_is_no_origin_is_refused_in_settings(origin: str) -> None:
    with pytest.raises(ValueError, match="Not an origin"):
        IngressSettings(allowed_origins=(origin,))


@pytest.mark.parametrize(
    "origin", ["HTTPS://Friend.Example", "http://127.0.0.1:3000", "chrome-extension://abc"]
)
def test_origins_are_compared_as_browsers_send_them(origin: str) -> None:
    assert IngressSettings(allowed_origins=(origin,)).allowed_origins == (origin.lower(),)


@pytest.mark.parametrize(("origin", "readable"), [(FRIEND, True), ("https://evil.example", False)])
def test_an_allowed_page_may_read_errors_of_the_proxy(origin: str, readable: bool) -> None:
    proxy = PlainTextResponse("dropped", 503, {"retry-after": "7"})
    client = TestClient(Edge(proxy, max_upload_bytes=2**20, allowed_origins={FRIEND}))
    answer = client.get("/", headers={"origin": origin})
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "7")
    assert ("access-control-allow-origin" in answer.headers) is readable
    assert ("Retry-After" in answer.headers.get("access-control-expose-headers", "")) is readable


def test_headers_of_the_application_are_not_doubled_by_the_proxy() -> None:
    service = FakeService(settings=IngressSettings(allowed_origins=(FRIEND,)))
    app = create_app(lambda: service)
    client = TestClient(Edge(app, max_upload_bytes=2**20, allowed_origins={FRIEND}))
    answer = client.get("/v1/models", headers={"origin": FRIEND})
    for name in ("access-control-allow-origin", "access-control-expose-headers", "vary"):
        assert len(answer.headers.get_list(name)) == 1
    assert answer.headers["vary"] == "Origin"
