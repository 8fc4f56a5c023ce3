"""The Live page on the real server: a browser whose microphone is a recording."""

from __future__ import annotations

import json
import re
import wave
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, FilePayload, Page, WebSocketRoute, expect

from tests.clients.web.page_browser import another_browser, scrolls_sideways, started_browser, visit
from tests.voices import spoken

pytestmark = [pytest.mark.browser, pytest.mark.ray]

TEXTS = (
    "Thank you so much. This is wonderful news for all of us.",
    "This is terrible service, and nobody answers my calls.",
)
BEGIN_S, PAUSE_S, END_S = 1.5, 1.2, 3.0
"""Silence around the speech: the microphone's recording begins before the session is open."""
FAKE_MICROPHONE = ("--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream")

# A tone at a device's rate through the worklet: its amplitude and its number of samples.
RESAMPLED_TONE = """async ([rate, frequency]) => {
    const context = new OfflineAudioContext(1, rate, rate);
    await context.audioWorklet.addModule("/static/live/capture-worklet.js");
    const node = new AudioWorkletNode(context, "capture");
    const tone = new OscillatorNode(context, { frequency });
    tone.connect(node).connect(context.destination);
    tone.start();
    const frames = [];
    const flushed = new Promise((resolve) => {
        node.port.onmessage = ({ data }) => data ? frames.push(...new Int16Array(data)) : resolve();
    });
    await context.startRendering();
    node.port.postMessage("flush");
    await flushed;
    const middle = frames.slice(2400, -2400);
    const power = middle.reduce((sum, each) => sum + each * each, 0) / middle.length;
    return [Math.sqrt(2 * power) / 32767, frames.length];
}"""


def conversation(*, begin_s: float = BEGIN_S, end_s: float = END_S) -> bytes:
    """TEXTS with pauses as a WAV file."""
    buffer = BytesIO()
    with wave.open(buffer, "wb") as file:
        for number, text in enumerate(TEXTS):
            with wave.open(BytesIO(spoken(text))) as part:
                if number == 0:
                    file.setparams(part.getparams())
                    file.writeframes(bytes(2 * int(begin_s * file.getframerate())))
                file.writeframes(part.readframes(part.getnframes()))
            last = number == len(TEXTS) - 1
            file.writeframes(bytes(2 * int((end_s if last else PAUSE_S) * file.getframerate())))
    return buffer.getvalue()


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    recording = tmp_path_factory.mktemp("microphone") / "speech.wav"
    recording.write_bytes(conversation())
    microphone = f"--use-file-for-fake-audio-capture={recording}%noloop"
    with started_browser(*FAKE_MICROPHONE, microphone) as started:
        yield started


def live_page(server_url: str) -> str:
    return f"{server_url}/#live-mode"


@pytest.fixture(scope="module")
def received() -> list[dict[str, Any]]:
    """Events that the page `live_session` received."""
    return []


@pytest.fixture(scope="module")
def live_session(
    browser: Browser, server_url: str, received: list[dict[str, Any]]
) -> Iterator[Page]:
    """A page with a finished session of the microphone, which tests don't change."""
    with visit(browser, live_page(server_url)) as page:
        page.on(
            "websocket",
            lambda socket: socket.on(
                "framereceived", lambda text: received.append(json.loads(text))
            ),
        )
        page.get_by_role("button", name="Start listening").click()
        captions = page.get_by_role("region", name="Live captions")
        expect(captions).to_contain_text("wonderful", ignore_case=True)
        expect(page.locator(".mood-turn")).to_have_count(1)
        expect(captions).to_contain_text("terrible service", ignore_case=True)
        expect(page.locator(".mood-turn")).to_have_count(2)
        expect(captions.locator(".badge").first).to_have_text(
            re.compile(r"English\d\d%|English>99%")
        )
        expect(page.locator(".mood-plot")).to_have_attribute("aria-label", re.compile("2 turns"))
        page.get_by_role("button", name="Stop").click()
        expect(page.get_by_role("button", name="Download SRT")).to_be_visible()
        yield page


def downloaded(page: Page, kind: str) -> str:
    with page.expect_download() as download:
        page.get_by_role("button", name=f"Download {kind}").click()
    return Path(download.value.path()).read_text("utf-8")


def test_a_finished_session_is_shown_like_any_recording(live_session: Page) -> None:
    transcript = live_session.get_by_role("region", name="Transcript by segment")
    expect(transcript).to_contain_text("wonderful news", ignore_case=True)
    expect(transcript.locator(".chip.positive")).not_to_have_count(0)
    expect(transcript.locator(".chip.negative")).not_to_have_count(0)
    about = live_session.get_by_role("complementary", name="About this recording")
    expect(about).to_contain_text("English")
    expect(about).to_contain_text("1 shift")


def test_the_answer_can_be_saved(live_session: Page, received: list[dict[str, Any]]) -> None:
    answer = json.loads(downloaded(live_session, "JSON"))
    assert answer["language"] == "english"
    assert answer["duration"] > answer["segments"][-1]["end"]
    assert [word["word"] for word in answer["words"]][:3] == ["Thank", "you", "so"]
    assert [shift["after"] for shift in answer["sentiment"]["shifts"]] == ["negative"]
    average = [event["average_sentiment"] for event in received if "average_sentiment" in event][-1]
    assert answer["sentiment"]["average"]["score"] == pytest.approx(average["score"], abs=0.001)
    assert downloaded(live_session, "SRT").startswith("1\n00:00:0")
    assert "wonderful" in downloaded(live_session, "TXT").lower()


def test_the_recording_can_be_played(live_session: Page) -> None:
    expect(live_session.get_by_role("button", name="Play")).to_be_visible()
    live_session.locator(".word").nth(3).click()
    expect(live_session.locator(".word").nth(3)).to_have_class("word current")


@pytest.mark.parametrize("width", [360, 768, 1280])
def test_nothing_sticks_out_sideways(live_session: Page, width: int) -> None:
    live_session.set_viewport_size({"width": width, "height": 800})
    assert not scrolls_sideways(live_session)


def test_interim_text_is_marked(browser: Browser, server_url: str) -> None:
    # Scripted events: a busy server may complete a turn without interim text.
    turn = {"item_id": "item_1"}
    delta = turn | {
        "type": "conversation.item.input_audio_transcription.delta",
        "delta": "Thank you",
        "pending": " so munch.",
        "language": "en",
        "transcribed_until_ms": 1900,
        "lag_ms": 400,
    }
    started = turn | {"type": "input_audio_buffer.speech_started", "audio_start_ms": 700}

    def answer(client: WebSocketRoute) -> None:
        client.on_message(lambda _: None)
        for event in (started, delta):
            client.send(json.dumps(event))

    with visit(browser, "about:blank") as page:
        page.route_web_socket(re.compile("/v1/realtime"), answer)
        page.goto(live_page(server_url))
        page.get_by_role("button", name="Start listening").click()
        line = page.get_by_role("region", name="Live captions").get_by_role("listitem")
        expect(line.locator(".final")).to_have_text("Thank you")
        expect(line.locator(".pending")).to_have_text(" so munch.")
        expect(line.locator(".pending")).to_have_css("font-style", "italic")
        expect(line.locator(".badge")).to_have_text("English")
        expect(page.locator(".live-lag")).to_have_text(re.compile("s behind"))


def test_a_pause_keeps_what_was_said_and_times_go_on(browser: Browser, server_url: str) -> None:
    with visit(browser, live_page(server_url), viewport={"width": 360, "height": 800}) as page:
        language = page.get_by_role("combobox", name="Language")
        expect(language).to_be_visible()
        page.get_by_role("button", name="Start listening").click()
        captions = page.get_by_role("region", name="Live captions")
        expect(captions).to_contain_text("thank you", ignore_case=True)
        page.get_by_role("button", name="Pause").click()
        expect(page.locator(".live-state")).to_have_text("Paused")
        expect(captions.locator(".pending").first).to_be_empty()
        lines = captions.get_by_role("listitem").count()
        assert not scrolls_sideways(page)
        page.get_by_role("button", name="Resume").click()
        expect(captions.get_by_role("listitem")).to_have_count(lines + 1)
        expect(captions.locator(".final").last).to_have_text(re.compile("thank", re.IGNORECASE))
        page.get_by_role("button", name="Stop").click()
        answer = json.loads(downloaded(page, "JSON"))
        starts = [segment["start"] for segment in answer["segments"]]
        assert starts == sorted(starts)
        assert answer["duration"] > answer["segments"][-1]["end"] - 0.1


def test_a_file_can_be_streamed_in_a_language_that_is_chosen(
    browser: Browser, server_url: str
) -> None:
    recording: FilePayload = {
        "name": "call.wav",
        "mimeType": "audio/wav",
        "buffer": conversation(begin_s=0.2, end_s=0.2),
    }
    with visit(browser, live_page(server_url), viewport={"width": 360, "height": 800}) as page:
        expect(page.locator("#language-count")).to_have_text(re.compile(r"^\d+$"))
        page.get_by_role("combobox", name="Language").fill("engl")
        page.keyboard.press("Enter")
        # This server asks for none, but a browser breaks off when an offer isn't taken up.
        page.evaluate("() => sessionStorage.setItem('sentivox-key', 'sv-any')")
        page.set_input_files("#live-file", [recording])
        expect(page.locator(".live-state")).to_have_text("Streaming")
        page.get_by_role("switch", name="Play the sound").check()
        assert not scrolls_sideways(page)
        expect(page.get_by_role("heading", name="call.wav")).to_be_visible()
        transcript = page.get_by_role("region", name="Transcript by segment")
        expect(transcript).to_contain_text("answers my calls", ignore_case=True)
        expect(page.get_by_text("Chosen by you")).to_be_visible()


COMPLETED = "input_audio_transcription.completed"


def test_a_lost_connection_keeps_the_transcript(browser: Browser, server_url: str) -> None:
    with visit(browser, "about:blank") as page:
        sockets: list[WebSocketRoute] = []

        def route(client: WebSocketRoute) -> None:
            server = client.connect_to_server()
            if not sockets:
                # The turn never ends on this one, so that the cut always falls within it.
                server.on_message(
                    lambda message: None if COMPLETED in str(message) else client.send(message)
                )
            sockets.append(client)

        page.route_web_socket(re.compile("/v1/realtime"), route)
        page.goto(live_page(server_url))
        page.get_by_role("button", name="Start listening").click()
        captions = page.get_by_role("region", name="Live captions")
        expect(captions).to_contain_text("thank you", ignore_case=True)
        sockets[0].close(code=1008, reason="Audio came too fast.")
        expect(page.get_by_role("alert")).to_contain_text("Audio came too fast.")
        expect(captions).to_contain_text("thank you", ignore_case=True)
        page.get_by_role("button", name="Continue").click()
        expect(page.locator(".live-state")).to_have_text("Listening")
        page.get_by_role("button", name="Stop").click()
        expect(page.get_by_text("wasn't recognised to the end")).to_be_visible()


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (
            ("--use-fake-device-for-media-stream", "--deny-permission-prompts"),
            "Allow it for this page",
        ),
        ((), "Connect one and start again"),
    ],
    ids=["refused", "absent"],
)
def test_without_a_microphone_a_sentence_names_the_remedy(
    browser: Browser, server_url: str, arguments: tuple[str, ...], sentence: str
) -> None:
    with (
        another_browser(browser, *arguments) as other,
        visit(other, live_page(server_url)) as page,
    ):
        page.get_by_role("button", name="Start listening").click()
        expect(page.get_by_role("alert")).to_contain_text(sentence)
        expect(page.get_by_role("alert")).to_contain_text("stream a file")
        expect(page.get_by_role("button", name="Start listening")).to_be_focused()


def test_an_insecure_address_is_reported(browser: Browser, server_url: str) -> None:
    with another_browser(browser, "--host-resolver-rules=MAP page.test 127.0.0.1") as other:
        # Not a visit: on such addresses Chromium itself complains about the page's headers.
        page = other.new_page()
        page.goto(live_page(server_url.replace("127.0.0.1", "page.test")))
        page.get_by_role("button", name="Start listening").click()
        expect(page.get_by_role("alert")).to_contain_text("https or on localhost")


@pytest.mark.parametrize(
    ("rate", "frequency", "expected"),
    [
        (48_000, 1_000, 1.0),
        (44_100, 7_000, 1.0),
        (16_000, 3_000, 1.0),
        (48_000, 15_000, 0.0),
        (44_100, 20_000, 0.0),
    ],
)
def test_audio_is_resampled_without_aliasing(
    browser: Browser, server_url: str, rate: int, frequency: int, expected: float
) -> None:
    with visit(browser, server_url) as page:
        loudness, samples = page.evaluate(RESAMPLED_TONE, [rate, frequency])
    assert loudness == pytest.approx(expected, abs=0.01)
    assert samples == pytest.approx(24_000, abs=100)
