"""The state of the server in the page's header."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, expect

from sentivox.web.service import StageStatus
from tests.clients.web.fake_page import opened
from tests.web.fake_service import STAGES, FakeService

pytestmark = pytest.mark.browser

DOWN = {"asr_slavic": StageStatus(ready=False, required=True, replicas=0)}


def test_the_status_follows_the_server_while_the_page_is_open(browser: Browser) -> None:
    service = FakeService()
    with opened(browser, service, refusals=None) as page:
        status = page.locator("#status")
        expect(status).to_have_text("Ready")
        service.status = DOWN
        expect(status).to_have_text("Not ready")
        expect(status).to_have_attribute("title", "Still waiting for asr_slavic.")
        service.status = STAGES
        expect(status).to_have_text("Ready")


def test_a_server_that_starts_says_so(browser: Browser) -> None:
    service = FakeService(stages=DOWN)
    with opened(browser, service, refusals=None) as page:
        expect(page.locator("#status")).to_have_text("Starting")
        service.status = STAGES
        expect(page.locator("#status")).to_have_text("Ready")


def test_a_server_that_does_not_answer_is_no_server_that_starts(browser: Browser) -> None:
    with opened(browser, FakeService(), refusals=None) as page:
        expect(page.locator("#status")).to_have_text("Ready")
        page.context.set_offline(True)
        expect(page.locator("#status")).to_have_text("No connection")
        page.context.set_offline(False)
        expect(page.locator("#status")).to_have_text("Ready")
