"""Several recordings at once, a busy server, and the server's limits."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Page, expect

from sentivox.errors import Overloaded
from sentivox.settings import IngressSettings
from sentivox.types import AUDIO_FORMATS
from tests.clients.web.fake_page import opened, wav
from tests.web.fake_service import FakeService

pytestmark = pytest.mark.browser

LIMITS = IngressSettings(max_upload_bytes=1024 * 1024, max_audio_seconds=10)


def limits(page: Page) -> None:
    """Wait until the page knows the limits."""
    expect(page.locator("#limits")).to_have_text("A file may have up to 1 MiB and 10 seconds.")


def test_of_several_recordings_the_shortest_is_first(browser: Browser) -> None:
    service = FakeService()
    files = [wav("long.wav", 40.0), wav("short.wav", 2.0), wav("middle.wav", 15.0)]
    with opened(browser, service) as page:
        page.set_input_files("#files", files)
        expect(page.locator(".queue-mark.done")).to_have_count(3)
        names = page.locator("#queue-list .queue-name").all_inner_texts()
    assert names == ["long.wav", "short.wav", "middle.wav"]
    sizes = [len(audio) for audio, _ in service.requests]
    assert sizes == sorted(sizes)


def test_a_short_recording_does_not_wait_for_a_long_one(browser: Browser) -> None:
    service = FakeService(hangs=True)
    with opened(browser, service) as page:
        page.set_input_files("#files", [wav("long.wav", 60.0)])
        expect(page.locator(".queue-mark.recognising")).to_have_count(1)
        page.set_input_files("#files", [wav("other.wav", 50.0), wav("short.wav", 5.0)])
        expect(page.locator(".queue-mark.recognising")).to_have_count(2)
        states = page.locator("#queue-list .queue-state").all_inner_texts()
    assert [state.split(",")[0] for state in states] == ["Recognising", "Waiting", "Recognising"]


def test_a_busy_server_is_asked_again_when_it_says(browser: Browser) -> None:
    service = FakeService(error=Overloaded("Too many requests are waiting.", retry_after=3.0))
    with opened(browser, service, refusals=None) as page:
        page.set_input_files("#files", [wav()])
        progress = page.locator(".progress")
        expect(progress).to_contain_text("The server asks to wait: trying again in 3")
        expect(progress).to_contain_text("Too many requests are waiting.")
        expect(page.locator(".queue-state")).to_have_text("Waiting for the server")
        assert len(service.requests) == 1
        service.error = None
        expect(page.get_by_role("button", name="Download SRT")).to_be_visible()
    assert len(service.requests) == 2


def test_a_request_that_waits_can_be_sent_now_or_cancelled(browser: Browser) -> None:
    service = FakeService(error=Overloaded("Too many requests.", retry_after=600.0))
    with opened(browser, service, refusals=None) as page:
        page.set_input_files("#files", [wav()])
        page.get_by_role("button", name="Try now").click()
        expect(page.get_by_text("trying again in 600")).to_be_visible()
        page.get_by_role("button", name="Cancel").click()
        expect(page.locator(".notice-title")).to_have_text("Cancelled")
    assert len(service.requests) == 2


def test_the_limits_are_shown_before_a_file_is_chosen(browser: Browser) -> None:
    with opened(browser, FakeService(settings=LIMITS)) as page:
        limits(page)
        expect(page.locator("#formats")).to_contain_text("MOV, MKV")
        for chooser in ("#files", "#live-file"):
            accepted = (page.locator(chooser).get_attribute("accept") or "").split(",")
            assert set(accepted) == {"audio/*", *(f".{suffix}" for suffix in AUDIO_FORMATS)}


@pytest.mark.parametrize(
    ("seconds", "sentence"),
    [(70.0, "The file has 1.07 MiB"), (14.0, "The recording is 14 seconds long")],
    ids=["large", "long"],
)
def test_a_file_over_a_limit_is_not_sent(browser: Browser, seconds: float, sentence: str) -> None:
    service = FakeService(settings=LIMITS)
    with opened(browser, service) as page:
        limits(page)
        page.set_input_files("#files", [wav("talk.wav", seconds)])
        expect(page.get_by_role("alert")).to_contain_text(sentence)
    assert service.requests == []
