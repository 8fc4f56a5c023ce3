"""Results that stay on the device until they are forgotten."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from sentivox.errors import StageUnavailable
from tests.clients.web.fake_page import opened, transcribe, wav
from tests.clients.web.page_browser import scrolls_sideways
from tests.clients.web.scripted_live import answer_live, finished_session, stream_file, turn
from tests.clients.web.transcripts import BILINGUAL
from tests.web.fake_service import FakeService

pytestmark = pytest.mark.browser

TURNS = (turn(0, "Guten Morgen.", "de"), turn(1, "Good morning.", "en", "mixed"))


def kept(page: Page) -> Locator:
    """The list of what is kept, in the mode that is shown."""
    return page.get_by_role("region", name="Kept on this device")


def open_again(page: Page, name: str) -> None:
    page.reload()
    kept(page).get_by_role("button", name=name).first.click()
    expect(page.get_by_role("heading", name=name)).to_be_visible()


def test_a_result_is_there_again_after_the_page_was_closed(browser: Browser) -> None:
    service = FakeService(BILINGUAL)
    with opened(browser, service) as page:
        transcribe(page)
        expect(page.get_by_text("Kept on this device, with its sound.")).to_be_visible()
        open_again(page, "memo.wav")
        expect(page.get_by_text("Das ist ein schöner Tag.")).to_be_visible()
        expect(page.get_by_role("complementary")).to_contain_text("English")
        expect(page.get_by_role("button", name="Play")).to_be_visible()
        expect(page.get_by_role("button", name="Download SRT")).to_be_visible()
    assert len(service.requests) == 1


def test_a_finished_live_session_is_kept(browser: Browser) -> None:
    with opened(browser, FakeService()) as page:
        finished_session(page, TURNS)
        expect(page.get_by_text("Kept on this device, with its sound.")).to_be_visible()
        open_again(page, "call.wav")
        expect(page.locator(".caption .badge")).to_have_text(["German", "English"])
        expect(page.locator(".caption .chip.mixed")).to_be_visible()
        expect(page.get_by_role("button", name="Play")).to_be_visible()


def test_the_text_of_a_live_session_survives_a_crash(browser: Browser) -> None:
    with opened(browser, FakeService()) as page:
        answer_live(page, TURNS)
        page.get_by_role("link", name="Live").click()
        stream_file(page, 30.0)
        expect(page.get_by_role("region", name="Live captions")).to_contain_text("Good morning.")
        expect(page.locator("#live-kept").get_by_text("call.wav")).to_be_attached()
        open_again(page, "call.wav")
        expect(page.locator(".caption-text")).to_have_text(["Guten Morgen.", "Good morning."])
        expect(page.get_by_text("The sound of this recording wasn't kept")).to_be_visible()


def test_what_was_recognised_before_a_failure_is_kept_until_there_is_more(
    browser: Browser,
) -> None:
    service = FakeService(error=StageUnavailable("Recognition is down."), failing_after=1)
    with opened(browser, service) as page:
        page.set_input_files("#files", [wav()])
        expect(page.get_by_role("alert")).to_contain_text("Recognition is down.")
        service.error = None
        page.get_by_role("button", name="Try again").click()
        expect(page.get_by_text("Kept on this device, with its sound.")).to_be_visible()
        service.error = StageUnavailable("Recognition is down.")
        page.set_input_files("#files", [wav("call.wav")])
        expect(page.locator(".queue-mark.failed")).to_be_visible()
        open_again(page, "call.wav")
        expect(page.locator(".caption-text")).to_have_text(["Das ist schön."])
        expect(page.get_by_text("wasn't recognised to the end")).to_be_visible()
        expect(kept(page).get_by_role("listitem")).to_have_count(1)


def test_one_result_can_be_forgotten(browser: Browser) -> None:
    with opened(browser, FakeService()) as page:
        transcribe(page)
        page.get_by_role("button", name="Remove memo.wav").click()
        transcribe(page, wav("call.wav"))
        kept(page).get_by_role("button", name="Forget memo.wav").click()
        expect(kept(page)).to_be_hidden()
        page.reload()
        expect(kept(page).get_by_role("listitem")).to_have_count(1)
        expect(kept(page)).to_contain_text("call.wav")


def test_a_result_can_be_forgotten_where_it_is_shown(browser: Browser) -> None:
    with opened(browser, FakeService()) as page:
        transcribe(page)
        page.get_by_role("button", name="Forget", exact=True).click()
        expect(page.get_by_text("Forgotten.")).to_be_visible()
        expect(page.get_by_text("Das ist schön.")).to_be_visible()
        page.reload()
        expect(page.locator("#limits")).to_contain_text("up to")
        expect(kept(page)).to_be_hidden()


def test_all_results_are_forgotten_after_a_question(browser: Browser) -> None:
    with opened(browser, FakeService()) as page:
        transcribe(page, wav("one.wav"), wav("two.wav", 3.0))
        expect(page.locator(".queue-mark.done")).to_have_count(2)
        page.reload()
        expect(kept(page).get_by_role("listitem")).to_have_count(2)
        assert not scrolls_sideways(page)
        kept(page).get_by_role("button", name="Forget all").click()
        expect(kept(page).get_by_role("listitem")).to_have_count(2)
        kept(page).get_by_role("button", name="Really forget all?").click()
        expect(kept(page)).to_be_hidden()
        page.reload()
        expect(page.locator("#limits")).to_contain_text("up to")
        expect(kept(page)).to_be_hidden()


def test_a_browser_that_keeps_nothing_says_so(browser: Browser) -> None:
    with opened(browser, FakeService()) as page:
        page.add_init_script("IDBFactory.prototype.open = () => { throw new Error('No.'); }")
        page.reload()
        transcribe(page)
        expect(page.get_by_text("This browser keeps no results")).to_be_visible()
