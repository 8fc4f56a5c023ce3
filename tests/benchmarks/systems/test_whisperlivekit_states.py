"""The clips that the states of WhisperLiveKit are assigned to, and the end of its stream."""

from __future__ import annotations

import json
import time
from typing import Any

import numpy as np
import pytest
from websockets.asyncio.server import ServerConnection, serve

from benchmarks.inputs.paced_speech import PacedSpeech
from benchmarks.systems.live_systems import WhisperLiveKit, WhisperLiveKitStates
from tests.benchmarks.streams import clip

SECONDS = 12.0


@pytest.fixture
def states() -> WhisperLiveKitStates:
    return WhisperLiveKitStates([clip(2.0, 2.1, 5.0), clip(7.0, 7.2, 10.0)], SECONDS)


def state(*lines: tuple[str, str], buffer: str = "", behind_s: float = 0.0) -> dict[str, Any]:
    """As its server writes it: `lines` are texts and ends, one of silence has no text."""
    return {
        "status": "active_transcription",
        "lines": [
            {"speaker": 1 if text else -2, "text": text, "start": "0:00:02.10", "end": end}
            for text, end in lines
        ],
        "buffer_transcription": buffer,
        "remaining_time_transcription_processing": behind_s,
    }


def test_words_are_assigned_by_the_end_of_the_line_not_by_its_arrival(
    states: WhisperLiveKitStates,
) -> None:
    states.note(state((" Please hold", "0:00:04.00")), 4.4)
    states.note(state((" Please hold the line.", "0:00:05.00")), 8.9)
    first, second = (clip.moments for clip in states.stream.clips)
    assert (first.first_stable, first.final) == (4.4, 8.9)
    assert second.final is None


def test_a_line_that_grows_over_a_pause_is_assigned_to_both_clips(
    states: WhisperLiveKitStates,
) -> None:
    states.note(state((" Please hold", "0:00:04.00")), 4.4)
    states.note(state((" Please hold the line. And wait", "0:00:08.00")), 8.5)
    first, second = (clip.moments for clip in states.stream.clips)
    assert first.final == 8.5
    assert (second.first_stable, second.final) == (8.5, 8.5)


def test_a_clip_with_text_to_its_end_keeps_its_final_time(
    states: WhisperLiveKitStates,
) -> None:
    states.note(state((" Please hold the line.", "0:00:04.85")), 5.4)
    states.note(state((" Please hold the line. And wait", "0:00:08.00")), 8.5)
    assert states.stream.clips[0].moments.final == 5.4


def test_a_very_short_word_is_assigned_to_the_nearest_clip(states: WhisperLiveKitStates) -> None:
    states.note(state((" Please hold the line", "0:00:05.00")), 5.4)
    states.note(state((" Please hold the line.", "0:00:05.10")), 5.9)
    assert states.stream.clips[0].moments.final == 5.9


def test_interim_words_are_assigned_by_the_processed_audio(
    states: WhisperLiveKitStates,
) -> None:
    states.note(state(buffer="Please"), 3.0)
    states.note(state(buffer="Please hold", behind_s=4.0), 8.0)
    assert states.stream.clips[1].moments.first_text is None
    states.note(state(buffer="Please hold the", behind_s=0.5), 8.4)
    first, second = (clip.moments for clip in states.stream.clips)
    assert (first.first_text, second.first_text) == (3.0, 8.4)


def test_the_same_words_again_are_no_new_text(states: WhisperLiveKitStates) -> None:
    states.note(state(buffer="Please hold"), 4.0)
    states.note(state((" Please hold", "0:00:04.50")), 7.5)
    assert states.stream.clips[1].moments.first_text is None


def test_processed_audio_ends_with_the_stream(
    states: WhisperLiveKitStates,
) -> None:
    states.note(state(buffer="Please", behind_s=6.0), SECONDS + 4.0)
    assert states.stream.clips[0].moments.first_text == SECONDS + 4.0
    assert states.stream.clips[1].moments.first_text is None


def test_lines_of_silence_have_no_words(states: WhisperLiveKitStates) -> None:
    states.note(state((" Please", "0:00:03.00"), ("", "0:01:02.00"), (" hold.", "0:00:09.00")), 9.9)
    assert states.stream.text == "Please hold."
    assert states.stream.clips[1].moments.final == 9.9


def test_committed_words_that_change_are_a_retraction(states: WhisperLiveKitStates) -> None:
    states.note(state((" Please fold", "0:00:04.00")), 4.4)
    states.note(state((" Please hold", "0:00:04.00")), 4.9)
    states.note(state((" Please hold the line.", "0:00:05.00")), 5.5)
    assert states.stream.retractions == 1


async def test_the_end_is_sent_and_the_final_text_awaited() -> None:
    received = 0

    async def peer(socket: ServerConnection) -> None:
        nonlocal received
        await socket.send(json.dumps({"type": "config", "useAudioWorklet": True}))
        async for frame in socket:
            received += len(frame)
            if not frame:
                await socket.send(json.dumps(state((" Hold.", "0:00:00.40"))))
                await socket.send(json.dumps({"type": "ready_to_stop"}))

    pcm = np.zeros(8_000, np.int16)
    speech = PacedSpeech(pcm, WhisperLiveKit.rate, (clip(0.0, 0.1, 0.4),))
    begun = time.perf_counter()
    async with serve(peer, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        stream = await WhisperLiveKit(f"http://127.0.0.1:{port}").transcribe(speech, None)
    assert received == pcm.nbytes
    assert stream.text == "Hold."
    assert (stream.clips[0].moments.final or 0.0) >= 0.5
    assert time.perf_counter() - begun < 5
