"""The clips and times that the events of a Sentivox session are assigned to."""

from __future__ import annotations

from typing import Any

import pytest

from benchmarks.systems.live_systems import SentivoxEvents
from tests.benchmarks.streams import clip

ITEM = "conversation.item.input_audio_transcription"


@pytest.fixture
def events() -> SentivoxEvents:
    """Two clips of three seconds each; in the second, something faint comes before the speech."""
    return SentivoxEvents([clip(2.0, 2.1, 5.0), clip(7.0, 8.5, 10.0)])


def started(item: str = "a") -> dict[str, Any]:
    return {"type": "input_audio_buffer.speech_started", "item_id": item, "audio_start_ms": 0}


def delta(added: str, pending: str = "", *, until: float, item: str = "a") -> dict[str, Any]:
    return {
        "type": f"{ITEM}.delta",
        "item_id": item,
        "delta": added,
        "pending": pending,
        "transcribed_until_ms": int(1000 * until),
    }


def completed(text: str, start: float, end: float, item: str = "a") -> dict[str, Any]:
    return {
        "type": f"{ITEM}.completed",
        "item_id": item,
        "transcript": text,
        "audio_start_ms": int(1000 * start),
        "audio_end_ms": int(1000 * end),
    }


def test_a_turn_gives_its_clip_every_moment(events: SentivoxEvents) -> None:
    events.note(started(), 2.3)
    events.note(delta("", "Please", until=2.9), 3.2)
    events.note(delta("Please", " hold", until=3.5), 3.9)
    events.note(delta(" hold.", until=5.2), 5.6)
    events.note(completed("Please hold.", 1.8, 5.4), 5.7)
    moments = events.stream.clips[0].moments
    assert (moments.speech_started, moments.first_text, moments.first_stable) == (2.3, 3.2, 3.9)
    assert moments.final == 5.7
    assert moments.lags == pytest.approx([0.3, 0.4, 0.4])
    assert events.stream.text == "Please hold."
    assert events.stream.retractions == 0


def test_a_breath_after_a_clip_changes_nothing(events: SentivoxEvents) -> None:
    events.note(completed("Please hold.", 1.8, 5.4), 5.7)
    events.note(started("b"), 6.0)
    events.note(delta("", "you", until=6.0, item="b"), 6.2)
    events.note(completed("", 5.6, 6.1, "b"), 6.4)
    assert events.stream.clips[0].moments.final == 5.7
    assert events.stream.clips[0].moments.first_text is None
    assert events.stream.text == "Please hold."


def test_a_faint_beginning_belongs_to_the_clip_it_is_in(events: SentivoxEvents) -> None:
    events.note(completed("Please hold.", 1.8, 5.4), 5.7)
    events.note(completed("Well,", 6.8, 7.6, "b"), 7.9)
    assert events.stream.clips[0].moments.final == 5.7
    assert events.stream.clips[1].moments.final == 7.9


def test_the_final_of_a_clip_in_two_turns_is_the_later_one(events: SentivoxEvents) -> None:
    events.note(completed("the line.", 3.5, 5.4, "b"), 5.8)
    events.note(completed("Please hold", 1.8, 3.2), 5.9)
    assert events.stream.clips[0].moments.final == 5.9
    assert events.stream.text == "Please hold the line."


def test_the_final_of_a_first_half_is_kept_when_the_second_has_no_words(
    events: SentivoxEvents,
) -> None:
    events.note(completed("Please hold", 1.8, 3.2), 3.6)
    events.note(completed("", 3.9, 5.4, "b"), 5.8)
    assert events.stream.clips[0].moments.final == 3.6


def test_changed_words_are_a_retraction(events: SentivoxEvents) -> None:
    events.note(delta("Please fold.", until=5.2), 5.6)
    events.note(completed("Please hold.", 1.8, 5.4), 5.7)
    assert events.stream.retractions == 1


def test_text_is_expected_until_every_clip_has_some_after_its_end(events: SentivoxEvents) -> None:
    events.note(completed("Please hold.", 1.8, 5.4), 5.7)
    assert events.expected
    events.note(completed("Please", 8.2, 9.0, "b"), 9.5)
    assert events.expected
    events.note(completed("wait.", 9.1, 10.3, "c"), 10.8)
    assert not events.expected


def test_text_is_expected_while_a_turn_is_open(events: SentivoxEvents) -> None:
    events.note(completed("Please hold.", 1.8, 5.4), 5.7)
    events.note(completed("Please wait.", 8.2, 10.3, "b"), 10.8)
    events.note(started("c"), 11.0)
    assert events.expected


def test_a_turn_that_failed_ends_the_run(events: SentivoxEvents) -> None:
    failed = {"type": f"{ITEM}.failed", "item_id": "a", "error": {"message": "No asr."}}
    with pytest.raises(RuntimeError, match="No asr"):
        events.note(failed, 5.0)
