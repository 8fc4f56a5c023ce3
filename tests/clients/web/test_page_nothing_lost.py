"""Work in progress: a question before it is lost, and what is there can be saved."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from sentivox.errors import StageUnavailable
from tests.clients.web.fake_page import opened, transcribe, wav
from tests.clients.web.scripted_live import answer_live, stream_file, turn
from tests.web.fake_service import FakeService

pytestmark = pytest.mark.browser


def close(page: Page) -> None:
    """Close the page as a person does. Browsers ask only for a page that was used."""
    page.get_by_role("button", name="theme").click()
    page.close(run_before_unload=True)


def asks_before_leaving(page: Page) -> bool:
    """Whether the browser asks; the page stays open."""
    with page.expect_event("dialog") as asked:
        close(page)
    kind: str = asked.value.type
    asked.value.dismiss()
    return kind == "beforeunload" and not page.is_closed()


def downloaded(page: Page, kind: str) -> str:
    with page.expect_download() as download:
        page.get_by_role("button", name=f"Download {kind}").click()
    return Path(download.value.path()).read_text("utf-8")


def test_leaving_is_a_question_while_a_recording_is_recognised(browser: Browser) -> None:
    with opened(browser, FakeService(hangs=True)) as page:
        page.set_input_files("#files", [wav()])
        expect(page.get_by_text("Das ist schön.")).to_be_visible()
        assert asks_before_leaving(page)


def test_leaving_is_a_question_during_a_live_session(browser: Browser) -> None:
    with opened(browser, FakeService()) as page:
        answer_live(page, [turn(0, "Guten Morgen.", "de")])
        page.get_by_role("link", name="Live").click()
        stream_file(page, 30.0)
        expect(page.locator(".live-state")).to_have_text("Streaming")
        assert asks_before_leaving(page)


def test_leaving_a_finished_page_is_no_question(browser: Browser) -> None:
    with opened(browser, FakeService()) as page:
        transcribe(page)
        with page.expect_event("close"):
            close(page)


def test_what_is_recognised_so_far_can_be_copied_and_saved(browser: Browser) -> None:
    with opened(browser, FakeService(hangs=True)) as page:
        page.context.grant_permissions(["clipboard-read", "clipboard-write"])
        page.set_input_files("#files", [wav()])
        expect(page.get_by_text("So far")).to_be_visible()
        expect(page.locator(".caption")).to_have_count(2)
        answer = json.loads(downloaded(page, "JSON"))
        assert answer["partial"] is True
        assert answer["text"] == "Das ist schön. <b>Das</b> nicht & nie."
        assert downloaded(page, "SRT").startswith("1\n00:00:00,000 --> 00:00:01,500\nDas ist")
        page.get_by_role("button", name="Copy text").click()
        expect(page.get_by_role("button", name="Copied")).to_be_visible()
        assert page.evaluate("navigator.clipboard.readText()").startswith("Das ist schön.")


def test_what_was_recognised_before_a_failure_can_be_saved(browser: Browser) -> None:
    outage = StageUnavailable("Recognition is down.")
    with opened(browser, FakeService(error=outage, failing_after=1)) as page:
        page.set_input_files("#files", [wav()])
        expect(page.get_by_role("alert")).to_contain_text("can be copied and saved")
        assert downloaded(page, "TXT") == "Das ist schön.\n"


def test_a_live_session_can_be_saved_before_it_ends(browser: Browser) -> None:
    with opened(browser, FakeService()) as page:
        answer_live(page, [turn(0, "Guten Morgen.", "de")])
        page.get_by_role("link", name="Live").click()
        stream_file(page, 30.0)
        expect(page.get_by_role("region", name="Live captions")).to_contain_text("Guten Morgen.")
        assert downloaded(page, "TXT") == "Guten Morgen.\n"
        expect(page.locator(".live-state")).to_have_text("Streaming")
