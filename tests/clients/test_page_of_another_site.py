"""A page of another site in a real browser: it may use the API if its origin is allowed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser
from starlette.responses import HTMLResponse

from sentivox.errors import Overloaded
from sentivox.settings import IngressSettings
from sentivox.web.app import create_app
from sentivox.web.auth import hash_key
from tests.clients.web.page_browser import started_browser, visit
from tests.web.fake_service import FakeService
from tests.web.live_server import serving

pytestmark = pytest.mark.browser

KEY = "sv-mine"

UPLOAD = """async (url) => {
    const form = new FormData();
    form.append("file", new Blob(["RIFF"]), "speech.wav");
    const headers = {Authorization: "Bearer sv-mine", "X-Stainless-Lang": "js"};
    try {
        const answer = await fetch(url, {method: "POST", body: form, headers});
        const {text, error} = await answer.json();
        return {
            status: answer.status,
            text: text ?? error.message,
            retryAfter: answer.headers.get("retry-after"),
            requestId: answer.headers.get("x-request-id"),
        };
    } catch (error) {
        return {blocked: String(error)};
    }
}"""

CONNECT = """(url) => new Promise((resolve) => {
    const socket = new WebSocket(url, ["realtime", "openai-insecure-api-key.sv-mine"]);
    socket.onopen = () => { socket.close(); resolve("open"); };
    socket.onerror = () => resolve("refused");
})"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with started_browser() as started:
        yield started


@pytest.fixture(scope="module")
def site() -> Iterator[str]:
    """Origin of another site."""
    with serving(HTMLResponse("<!doctype html><title>Another site</title>")) as port:
        yield f"http://127.0.0.1:{port}"


def evaluated(
    browser: Browser, site: str, service: FakeService, script: str, path: str, refusals: int
) -> Any:
    with serving(create_app(lambda: service)) as port:
        scheme = "ws" if script is CONNECT else "http"
        with visit(browser, f"{site}/", refusals=refusals) as page:
            return page.evaluate(script, f"{scheme}://127.0.0.1:{port}{path}")


def settings(folder: Path, *origins: str) -> IngressSettings:
    keys = folder / "keys"
    keys.write_text(f"me:{hash_key(KEY)}\n")
    return IngressSettings(allowed_origins=origins, api_keys_file=keys)


def test_an_allowed_page_gets_a_transcript_with_its_key(
    browser: Browser, site: str, tmp_path: Path
) -> None:
    service = FakeService(settings=settings(tmp_path, site))
    found = evaluated(browser, site, service, UPLOAD, "/v1/audio/transcriptions", refusals=0)
    assert (found["status"], found["text"][:15]) == (200, "Das ist schön. ")
    assert found["requestId"]


def test_an_allowed_page_can_read_when_to_try_again(
    browser: Browser, site: str, tmp_path: Path
) -> None:
    error = Overloaded("Wait.", None, 7)
    service = FakeService(settings=settings(tmp_path, site), error=error)
    found = evaluated(browser, site, service, UPLOAD, "/v1/audio/transcriptions", refusals=1)
    assert (found["status"], found["text"], found["retryAfter"]) == (429, "Wait.", "7")


def test_an_allowed_page_opens_a_live_session(browser: Browser, site: str, tmp_path: Path) -> None:
    service = FakeService(settings=settings(tmp_path, site))
    assert evaluated(browser, site, service, CONNECT, "/v1/realtime", refusals=0) == "open"


@pytest.mark.parametrize("script", [UPLOAD, CONNECT], ids=["upload", "live session"])
def test_another_page_gets_nothing(
    browser: Browser, site: str, tmp_path: Path, script: str
) -> None:
    service = FakeService(settings=settings(tmp_path, "https://friend.example"))
    path = "/v1/realtime" if script is CONNECT else "/v1/audio/transcriptions"
    with serving(create_app(lambda: service)) as port:
        page = browser.new_page()
        page.goto(f"{site}/")
        scheme = "ws" if script is CONNECT else "http"
        found = page.evaluate(script, f"{scheme}://127.0.0.1:{port}{path}")
        page.close()
    assert found == "refused" or "Failed to fetch" in found["blocked"]
    assert service.requests == []
