"""The page with unusual answers: the real web layer with a fake service."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import Browser, FilePayload, Page, expect

from sentivox.errors import StageUnavailable
from sentivox.settings import IngressSettings
from sentivox.types import LanguageDetection, LanguageProbability
from sentivox.web.auth import hash_key, new_key
from tests.calls import as_wav, call
from tests.clients.web.fake_page import opened
from tests.clients.web.page_browser import scrolls_sideways
from tests.voices import spoken
from tests.web.fake_service import CALL, TRANSCRIPT, FakeService

pytestmark = pytest.mark.browser


def drop(page: Page, name: str = "memo.wav", audio: bytes | None = None) -> None:
    recording: FilePayload = {
        "name": name,
        "mimeType": "audio/wav",
        "buffer": spoken("What a day.") if audio is None else audio,
    }
    page.set_input_files("#files", [recording])


def test_markup_in_a_transcript_is_shown_as_text(browser: Browser) -> None:
    with opened(browser, FakeService()) as page:
        drop(page, name="<i>memo</i>.wav")
        expect(page.get_by_text("<b>Das</b> nicht & nie.")).to_be_visible()
        expect(page.get_by_role("heading", name="<i>memo</i>.wav")).to_be_visible()
        assert page.locator(".stage b, .stage i").count() == 0


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_button_that_comes_first_can_be_read(browser: Browser, theme: str) -> None:
    with opened(browser, FakeService()) as page:
        page.emulate_media(color_scheme=theme, reduced_motion="reduce")  # type: ignore[arg-type]
        ink, paper = page.get_by_text("Choose recordings").evaluate(
            "(label) => [getComputedStyle(label).color, getComputedStyle(label).backgroundColor]"
        )
        assert ink != paper


def test_warnings_and_left_out_text_are_shown(browser: Browser) -> None:
    with opened(browser, FakeService()) as page:
        drop(page)
        expect(page.get_by_role("region", name="Please note")).to_have_text(
            "One segment has no sentiment."
        )
        about = page.get_by_role("complementary")
        expect(about).to_contain_text("Left out of the transcript")
        expect(about).to_contain_text("most likely no speech")


def test_every_turn_shows_its_speaker(browser: Browser) -> None:
    service = FakeService(CALL)
    with opened(browser, service) as page:
        page.get_by_role("switch", name="A speaker on each channel").check()
        drop(page, "call.wav", as_wav(call()))
        captions = page.get_by_role("region", name="Transcript by segment").get_by_role("listitem")
        expect(captions).to_have_count(2)
        expect(captions.nth(0)).to_contain_text("Speaker A")
        expect(captions.nth(1)).to_contain_text("Speaker B")
        # Words of overlapping speakers stay with their speaker.
        assert captions.nth(0).locator(".word").all_text_contents() == ["Das", "ist", "schön."]
        about = page.get_by_role("complementary")
        expect(about).to_contain_text("On the channel of B another speaker was recognised once")
        assert page.locator(".speakers li").count() == 2
        with page.expect_download() as download:
            page.get_by_role("button", name="Download VTT").click()
        assert "<v B>&lt;b&gt;Das" in Path(download.value.path()).read_text("utf-8")
        with page.expect_download() as download:
            page.get_by_role("button", name="Download TXT").click()
        assert Path(download.value.path()).read_text("utf-8") == (
            "A: Das ist schön.\nB: <b>Das</b> nicht & nie.\n"
        )
        for width in (360, 768, 1280):
            page.set_viewport_size({"width": width, "height": 800})
            assert not scrolls_sideways(page)
    assert service.requests[0][1].split_channels


def test_one_request_is_made_with_what_was_chosen(browser: Browser) -> None:
    service = FakeService()
    with opened(browser, service) as page:
        page.get_by_role("switch", name="Translate into English").check()
        drop(page)
        expect(page.get_by_role("button", name="Download SRT")).to_be_visible()
    assert [(options.task, options.language) for _, options in service.requests] == [
        ("translate", None)
    ]


def test_captions_name_the_language_they_are_written_in(browser: Browser) -> None:
    with opened(browser, FakeService()) as page:
        caption = page.locator(".caption-text").first
        drop(page)
        expect(caption).to_have_attribute("lang", "de")
        page.get_by_role("switch", name="Translate into English").check()
        page.get_by_role("button", name="Recognise again").click()
        expect(caption).to_have_attribute("lang", "en")


def test_an_uncertain_language_is_marked(browser: Browser) -> None:
    unsure = LanguageDetection(
        (LanguageProbability("nb", 0.4), LanguageProbability("sv", 0.3)), abstained=True
    )
    with opened(browser, FakeService(replace(TRANSCRIPT, detection=unsure))) as page:
        drop(page)
        expect(page.get_by_role("complementary")).to_contain_text("Not sure")


def test_silence_is_reported(browser: Browser) -> None:
    silence = replace(
        TRANSCRIPT, language=None, detection=None, segments=(), sentiment=None, shifts=()
    )
    with opened(browser, FakeService(silence)) as page:
        drop(page)
        expect(page.get_by_text("No speech was found in this recording")).to_be_visible()


def test_a_file_the_browser_cannot_decode_keeps_its_timeline(browser: Browser) -> None:
    with opened(browser, FakeService()) as page:
        drop(page, "call.g722", b"\x00" * 2000)
        expect(page.get_by_text("there is no waveform")).to_be_visible()
        expect(page.get_by_text("can't play the recording")).to_be_visible()
        page.get_by_text("Das ist").click()
        expect(page.locator(".caption.current")).to_contain_text("schön.")


def test_cancelling_reaches_the_server(browser: Browser) -> None:
    service = FakeService(hangs=True)
    with opened(browser, service) as page:
        drop(page)
        expect(page.get_by_text("Das ist schön.")).to_be_visible()
        page.get_by_role("button", name="Cancel").click()
        expect(page.locator(".notice-title")).to_have_text("Cancelled")
        assert service.ended.wait(10)


def test_a_failure_midway_says_what_happened_and_can_be_tried_again(browser: Browser) -> None:
    outage = StageUnavailable("Recognition is down. Try again in a minute.")
    service = FakeService(error=outage, failing_after=1)
    with opened(browser, service) as page:
        drop(page)
        expect(page.get_by_role("alert")).to_contain_text("Recognition is down.")
        service.error = None
        page.get_by_role("button", name="Try again").click()
        expect(page.get_by_role("button", name="Download SRT")).to_be_visible()


def test_a_key_is_asked_for_in_the_page(browser: Browser, tmp_path: Path) -> None:
    key = new_key()
    keys = tmp_path / "keys"
    keys.write_text(f"page:{hash_key(key)}\n")
    service = FakeService(settings=IngressSettings(api_keys_file=keys))
    with opened(browser, service, refusals=2) as page:
        field = page.get_by_label("This server asks for an API key")
        field.fill("wrong")
        field.press("Enter")
        expect(page.locator("#key-help")).to_contain_text("isn't known")
        field.fill(key)
        field.press("Enter")
        expect(field).to_be_hidden()
        drop(page)
        expect(page.get_by_role("button", name="Download SRT")).to_be_visible()
