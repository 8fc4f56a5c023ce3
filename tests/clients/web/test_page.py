"""The page on the real server: upload, transcript, player and downloads."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pysubs2
import pytest
from playwright.sync_api import Browser, FilePayload, Page, expect

from tests.clients.web.page_browser import scrolls_sideways, visit
from tests.transcript.subtitle_rules import check_rules
from tests.voices import spoken

pytestmark = [pytest.mark.browser, pytest.mark.ray]

TEXT = "Thank you so much. This is wonderful news for all of us."
CHIP = re.compile(r"(positive|neutral|negative)[+\u2212]?\d\.\d\d")

# Checked in every frame, since a word is short; the content policy forbids the conditions in
# strings that Playwright could wait for.
THIRD_WORD_OR_LATER = """() => new Promise((resolve) => {
    const words = [...document.querySelectorAll(".word")];
    const look = () => words.findIndex((word) => word.matches(".current")) > 1
        ? resolve() : requestAnimationFrame(look);
    look();
})"""


def recording(name: str = "good news.wav") -> FilePayload:
    return {"name": name, "mimeType": "audio/wav", "buffer": spoken(TEXT)}


@pytest.fixture(scope="module")
def transcribed(browser: Browser, server_url: str) -> Iterator[Page]:
    """A page with a transcribed recording, which tests don't change."""
    with visit(browser, server_url) as page:
        page.set_input_files("#files", [recording()])
        expect(page.get_by_role("button", name="Download SRT")).to_be_visible()
        yield page


def downloaded(page: Page, kind: str) -> str:
    with page.expect_download() as download:
        page.get_by_role("button", name=f"Download {kind}").click()
    assert download.value.suggested_filename == f"good news.{kind.lower()}"
    return Path(download.value.path()).read_text("utf-8")


def test_a_recording_is_transcribed(transcribed: Page) -> None:
    transcript = transcribed.get_by_role("region", name="Transcript by segment")
    expect(transcript).to_contain_text("wonderful news")
    expect(transcript.locator("[lang=en]").first).to_be_visible()


def test_the_language_is_shown_with_its_confidence(transcribed: Page) -> None:
    about = transcribed.get_by_role("complementary", name="About this recording")
    expect(about).to_contain_text("English")
    expect(about).to_contain_text(re.compile(r"\d\d% sure"))


def test_the_sentiment_is_shown_for_segments_and_overall(transcribed: Page) -> None:
    answer = json.loads(downloaded(transcribed, "JSON"))
    chips = transcribed.locator(".caption summary")
    expect(chips).to_have_count(len(answer["segments"]))
    expect(chips.first).to_have_text(CHIP)
    overall = answer["sentiment"]["average"]["label"]
    expect(transcribed.locator(".mood")).to_contain_text(overall)
    steps = transcribed.locator(".timeline-plot .step-edge")
    expect(steps).to_have_count(len(answer["segments"]))


def test_subtitles_are_made_in_the_browser(transcribed: Page) -> None:
    answer = json.loads(downloaded(transcribed, "JSON"))
    for kind in ("SRT", "VTT"):
        written = downloaded(transcribed, kind)
        assert not check_rules(written, fast=True)
        cues = pysubs2.SSAFile.from_string(written, kind.lower())
        assert cues[0].start == round(answer["words"][0]["start"] * 1000)
        text = " ".join(cue.plaintext.replace("\n", " ") for cue in cues)
        assert text == answer["text"].strip()
    assert downloaded(transcribed, "VTT").startswith("WEBVTT\n\n")
    assert downloaded(transcribed, "TXT").strip() == answer["text"].strip()


def test_the_waveform_is_drawn(transcribed: Page) -> None:
    has_ink = """(canvas) => canvas.getContext("2d")
        .getImageData(0, 0, canvas.width, canvas.height).data.some((value) => value > 0)"""
    assert transcribed.locator("canvas.waveform").evaluate(has_ink)


def test_words_lead_to_their_place_and_light_up(transcribed: Page) -> None:
    word = transcribed.locator(".word").nth(3)
    word.click()
    expect(word).to_have_class("word current")
    position = transcribed.get_by_role("slider", name="Position in the recording")
    assert float(position.get_attribute("aria-valuenow") or 0) > 0


def test_captions_follow_the_sound(transcribed: Page) -> None:
    transcribed.locator(".word").first.click()
    transcribed.get_by_role("button", name="Play").click()
    transcribed.evaluate(THIRD_WORD_OR_LATER)
    transcribed.get_by_role("button", name="Pause").click()


@pytest.mark.parametrize("width", [360, 390, 768, 1280])
def test_nothing_sticks_out_sideways(transcribed: Page, width: int) -> None:
    transcribed.set_viewport_size({"width": width, "height": 800})
    assert not scrolls_sideways(transcribed)


def test_the_dark_theme_is_kept(browser: Browser, server_url: str) -> None:
    paper = "getComputedStyle(document.documentElement).backgroundColor"
    with visit(browser, server_url, color_scheme="light") as page:
        light = page.evaluate(paper)
        page.get_by_role("button", name="Use the dark theme").click()
        dark = page.evaluate(paper)
        page.reload()
        assert page.evaluate(paper) == dark != light
        expect(page.get_by_role("button", name="Use the light theme")).to_be_visible()


def test_everything_can_be_done_with_the_keyboard(browser: Browser, server_url: str) -> None:
    with visit(browser, server_url) as page:
        expect(page.locator("#language-count")).to_have_text(re.compile(r"^\d+$"))
        # Expected from here on: Chromium opens its file chooser with a delay.
        with page.expect_file_chooser() as chooser:
            language = page.get_by_role("combobox", name="Language")
            language.focus()
            page.keyboard.type("engl")
            page.keyboard.press("Enter")
            expect(language).to_have_value("English")
            page.keyboard.press("Shift+Tab")
            expect(page.locator("#files")).to_be_focused()
            page.keyboard.press("Enter")
        chooser.value.set_files([recording()])
        expect(page.get_by_text("Chosen by you")).to_be_visible()
        page.get_by_role("slider", name="Position in the recording").focus()
        page.keyboard.press("ArrowRight")
        expect(page.locator(".time-now")).to_contain_text("0:01 /")
        page.keyboard.press("Tab")
        expect(page.get_by_role("button", name="Play")).to_be_focused()


def test_several_recordings_are_done_one_after_another(browser: Browser, server_url: str) -> None:
    with visit(browser, server_url, refusals=1) as page:
        text: FilePayload = {
            "name": "notes.mp3",
            "mimeType": "audio/mpeg",
            "buffer": b"Not a recording.",
        }
        page.set_input_files("#files", [text, recording()])
        alert = page.get_by_role("alert")
        expect(alert).to_contain_text("couldn't be transcribed")
        expect(alert.locator("p").nth(1)).to_have_text(re.compile(r"\w.*\."))
        page.get_by_role("button", name=re.compile("^good news")).click()
        expect(page.get_by_role("button", name="Download SRT")).to_be_visible()


def test_the_docs_show_every_operation(browser: Browser, server_url: str) -> None:
    with visit(browser, f"{server_url}/docs", viewport={"width": 360, "height": 800}) as page:
        operation = page.get_by_role("article", name="Speech to text")
        expect(operation).to_contain_text("/v1/audio/transcriptions")
        expect(operation).to_contain_text("timestamp_granularities[]")
        operation.get_by_role("tab", name="Python").click()
        expect(operation).to_contain_text("from openai import OpenAI")
        assert not scrolls_sideways(page)
