"""A scripted end of the live WebSocket: turns are complete as soon as the session is open."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any

from playwright.sync_api import Page, WebSocketRoute, expect

from tests.clients.web.fake_page import wav

COMPLETED = "conversation.item.input_audio_transcription.completed"


def turn(number: int, text: str, language: str, label: str = "neutral") -> dict[str, Any]:
    """The event of a complete turn of 4 s; turns follow each other after 1 s."""
    start = 5.0 * number
    sentiment = {
        "label": label,
        "score": 0.0,
        "scores": {"negative": 0.3, "neutral": 0.4, "positive": 0.3},
        "supported": True,
    }
    return {
        "type": COMPLETED,
        "item_id": f"item_{number}",
        "audio_start_ms": 1000 * start,
        "audio_end_ms": 1000 * (start + 4.0),
        "transcript": text,
        "languages": [{"code": language}],
        "language_detection": {
            "language": language,
            "confidence": 0.95,
            "alternatives": [{"language": language, "confidence": 0.95}],
            "abstained": False,
        },
        "sentiment": sentiment,
        "segments": [
            {"start": start, "end": start + 4.0, "text": f" {text}", "language": language}
        ],
        "words": [],
        "suppressed": [],
        "lag_ms": 100,
    }


def answer_live(page: Page, turns: Sequence[dict[str, Any]]) -> None:
    """Answer live sessions of the page with these turns."""

    def connect(client: WebSocketRoute) -> None:
        sent = False

        def read(message: str | bytes) -> None:
            nonlocal sent
            if isinstance(message, bytes) or json.loads(message)["type"] != "session.update":
                return
            for event in [] if sent else turns:
                client.send(json.dumps(event))
            sent = True
            client.send(json.dumps({"type": "session.updated"}))

        client.on_message(read)

    page.route_web_socket(re.compile("/v1/realtime"), connect)


def stream_file(page: Page, seconds: float = 1.0) -> None:
    """Stream a silent `call.wav` in the Live mode."""
    page.set_input_files("#live-file", [wav("call.wav", seconds)])


def finished_session(page: Page, turns: Sequence[dict[str, Any]]) -> None:
    """A live session with these turns, from its beginning to its result."""
    answer_live(page, turns)
    page.get_by_role("link", name="Live").click()
    stream_file(page)
    expect(page.get_by_role("heading", name="call.wav")).to_be_visible()
