"""Moving in a recording: seeking, keys, zooming."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.clients.web.fake_page import opened, transcribe, wav
from tests.clients.web.page_browser import scrolls_sideways
from tests.clients.web.transcripts import BILINGUAL, LONG
from tests.web.fake_service import CALL, FakeService

pytestmark = pytest.mark.browser

# Elements of the transcript that Tab reaches.
TAB_STOPS = """(list) => [...list.querySelectorAll("button, summary, [tabindex]")]
    .filter((each) => each.tabIndex >= 0).length"""


@pytest.fixture(scope="module")
def long_page(browser: Browser) -> Iterator[Page]:
    """A page with 25 minutes in 375 segments."""
    with opened(browser, FakeService(LONG)) as page:
        transcribe(page, wav("talk.wav", 1500.0))
        yield page


def test_seeking_moves_the_text_while_paused(long_page: Page) -> None:
    position = long_page.get_by_role("slider", name="Position in the recording")
    for key, text in (("End", "Sentence number 374"), ("Home", "Sentence number 0 ")):
        position.press(key)
        if key == "End":
            position.press("ArrowLeft")
            position.press("ArrowLeft")
        current = long_page.locator(".caption.current")
        expect(current).to_contain_text(text)
        expect(current).to_be_in_viewport()
    expect(long_page.get_by_role("button", name="Play")).to_be_visible()


def test_a_long_timeline_is_smooth_until_it_is_zoomed(long_page: Page) -> None:
    note = long_page.get_by_text("Smoothed; zoom in for each segment")
    expect(note).to_be_visible()
    expect(long_page.locator(".smooth-line")).to_have_count(1)
    expect(long_page.locator(".timeline-plot .shift")).to_have_count(0)
    for _ in range(5):
        long_page.get_by_role("button", name="Zoom in").click()
    expect(note).to_be_hidden()
    expect(long_page.locator(".smooth-line")).to_have_count(0)
    steps = long_page.locator(".timeline-plot .step-sign").count()
    assert 5 < steps < 20
    expect(long_page.locator(".timeline-plot .shift").first).to_be_visible()
    position = long_page.get_by_role("slider", name="Position in the recording")
    position.press("End")
    expect(long_page.locator(".ruler span").last).to_have_text("24:55")
    for _ in range(5):
        position.press("-")
    expect(note).to_be_visible()
    expect(long_page.get_by_role("button", name="Zoom out")).to_be_disabled()


@pytest.mark.parametrize("width", [390, 768, 1280])
def test_nothing_sticks_out_sideways(long_page: Page, width: int) -> None:
    long_page.set_viewport_size({"width": width, "height": 844})
    assert not scrolls_sideways(long_page)


def test_the_transcript_is_one_tab_stop_with_arrow_keys_inside(browser: Browser) -> None:
    with opened(browser, FakeService(BILINGUAL)) as page:
        transcribe(page, wav(seconds=20.0))
        rows = page.get_by_role("region", name="Transcript by segment").locator(".caption")
        assert page.locator(".captions").evaluate(TAB_STOPS) == 1
        page.get_by_role("button", name="Mute").focus()
        page.keyboard.press("Tab")
        expect(rows.nth(0).locator(".caption-time")).to_be_focused()
        page.keyboard.press("ArrowDown")
        expect(rows.nth(1).locator(".caption-time")).to_be_focused()
        page.keyboard.press("ArrowRight")
        expect(rows.nth(1).locator("summary")).to_be_focused()
        page.keyboard.press("End")
        expect(rows.nth(3).locator("summary")).to_be_focused()
        assert page.locator(".captions").evaluate(TAB_STOPS) == 1
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.closest('.captions')") is None
        page.keyboard.press("Shift+Tab")
        expect(rows.nth(3).locator("summary")).to_be_focused()
        page.keyboard.press("Home")
        page.keyboard.press("ArrowLeft")
        page.keyboard.press("ArrowDown")
        page.keyboard.press("Enter")
        expect(rows.nth(1)).to_have_attribute("aria-current", "true")


def test_space_plays_and_pauses(browser: Browser) -> None:
    with opened(browser, FakeService(BILINGUAL)) as page:
        transcribe(page, wav(seconds=20.0))
        pause = page.get_by_role("button", name="Pause")
        page.locator(".caption-text").nth(1).click()
        page.keyboard.press("Space")
        expect(pause).to_be_visible()
        assert page.evaluate("scrollY") == 0
        page.keyboard.press("Space")
        expect(page.get_by_role("button", name="Play")).to_be_visible()
        # Also in the transcript, where Enter goes to a time.
        page.locator(".caption-time").nth(3).focus()
        page.keyboard.press("Space")
        expect(pause).to_be_visible()
        expect(page.locator(".caption").nth(3)).not_to_have_attribute("aria-current", "true")
        page.keyboard.press("Space")
        # A switch uses the key itself.
        page.get_by_role("switch", name="Translate into English").focus()
        page.keyboard.press("Space")
        expect(page.get_by_role("switch", name="Translate into English")).to_be_checked()
        expect(page.get_by_role("button", name="Play")).to_be_visible()


def test_shifts_of_sentiment_and_turns_of_speakers_are_named_apart(browser: Browser) -> None:
    with opened(browser, FakeService(CALL)) as page:
        transcribe(page)
        expect(page.locator(".shifts summary").last).to_have_text("1 shift of sentiment")
        expect(page.locator(".legend")).to_contain_text("shift of sentiment")
        speakers = page.locator(".speakers li")
        expect(speakers).to_have_count(2)
        for line in speakers.all():
            expect(line).to_contain_text("1 turn")
        assert "turn" not in page.locator(".player").inner_text()
