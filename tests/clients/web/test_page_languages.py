"""Languages and labels as the answer has them, of files and of live sessions."""

from __future__ import annotations

from dataclasses import replace

import pytest
from playwright.sync_api import Browser, Page, expect

from sentivox.types import TranscriptionWarning
from tests.clients.web.fake_page import opened, transcribe
from tests.clients.web.scripted_live import finished_session, turn
from tests.clients.web.transcripts import BILINGUAL
from tests.web.fake_service import TRANSCRIPT, FakeService

pytestmark = pytest.mark.browser

TURNS = (
    turn(0, "Guten Morgen.", "de"),
    turn(1, "Good morning.", "en", "mixed"),
    turn(2, "How are you?", "en", "uncertain"),
)


def about(page: Page) -> str:
    return page.get_by_role("complementary", name="About this recording").inner_text()


def badges(page: Page) -> list[str]:
    """The language badge of each segment; empty without one."""
    rows = page.get_by_role("region", name="Transcript by segment").locator(".caption").all()
    return ["".join(row.locator(".badge").all_inner_texts()) for row in rows]


def test_languages_have_their_shares_of_the_time(browser: Browser) -> None:
    with opened(browser, FakeService(BILINGUAL)) as page:
        transcribe(page)
        assert "German\n55%\nEnglish\n45%" in about(page)
        expect(page.locator(".view-meta")).to_contain_text("German 55%, English 45%")


def test_a_badge_shows_where_the_language_changes(browser: Browser) -> None:
    with opened(browser, FakeService(BILINGUAL)) as page:
        transcribe(page)
        assert badges(page) == ["German", "English", "", "German"]


def test_a_recording_in_one_language_has_no_badges(browser: Browser) -> None:
    with opened(browser, FakeService()) as page:
        transcribe(page)
        assert badges(page) == ["", ""]
        assert "90% sure" in about(page)


def test_a_live_session_in_two_languages_has_shares_and_badges(browser: Browser) -> None:
    with opened(browser, FakeService()) as page:
        finished_session(page, TURNS)
        assert badges(page) == ["German", "English", ""]
        assert "English\n67%\nGerman\n33%" in about(page)


def test_mixed_and_uncertain_segments_are_shown_as_such(browser: Browser) -> None:
    with opened(browser, FakeService(BILINGUAL)) as page:
        transcribe(page)
        labels = page.locator(".caption summary > span:not(.chip-score)").all_inner_texts()
        assert labels == ["positive", "mixed", "uncertain", "negative"]
        time_by_label = page.get_by_role("list", name="Share of the time by label")
        assert time_by_label.inner_text().split() == [
            *("positive", "30%", "negative", "25%"),
            *("mixed", "30%", "uncertain", "15%"),
        ]


def test_a_live_session_keeps_its_mixed_and_uncertain_turns(browser: Browser) -> None:
    with opened(browser, FakeService()) as page:
        finished_session(page, TURNS)
        labels = page.locator(".caption summary > span:not(.chip-score)").all_inner_texts()
        assert labels == ["neutral", "mixed", "uncertain"]
        time_by_label = page.get_by_role("list", name="Share of the time by label")
        expect(time_by_label.get_by_role("listitem")).to_have_count(3)


def test_a_mismatch_offers_recognition_in_the_likelier_language(browser: Browser) -> None:
    warning = TranscriptionWarning("language_mismatch", "The speech is likely Dutch.", "nl")
    service = FakeService(replace(TRANSCRIPT, detection=None, warnings=(warning,)))
    with opened(browser, service) as page:
        page.get_by_role("switch", name="Translate into English").check()
        page.get_by_role("combobox", name="Language").fill("germ")
        page.keyboard.press("Enter")
        transcribe(page)
        note = page.get_by_role("region", name="Please note")
        expect(note).to_contain_text("likely Dutch, but was recognised as German")
        service.transcript = replace(TRANSCRIPT, warnings=())
        note.get_by_role("button", name="Recognise again in Dutch").click()
        expect(note).to_be_hidden()
        expect(page.get_by_role("button", name="Download SRT")).to_be_visible()
    chosen = [(options.language, options.task) for _, options in service.requests]
    assert chosen == [("de", "translate"), ("nl", "translate")]
