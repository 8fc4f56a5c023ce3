"""The end of a long stream, and its measures."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from benchmarks.inputs.paced_speech import PacedSpeech
from benchmarks.long_stream import RATE, Progress, slope_per_hour, summary
from tests.benchmarks.streams import clip

ITEM = "conversation.item.input_audio_transcription"


def note(progress: Progress, kind: str, item: str, **fields: Any) -> None:
    progress.note({"type": kind, "item_id": item, **fields})


def start(progress: Progress, item: str) -> None:
    note(progress, "input_audio_buffer.speech_started", item)


def recognize(progress: Progress, item: str, text: str, until: float) -> None:
    note(progress, f"{ITEM}.delta", item, delta=text, transcribed_until_ms=int(1000 * until))


def complete(progress: Progress, item: str, text: str, begin: float, end: float) -> None:
    times = {"audio_start_ms": int(1000 * begin), "audio_end_ms": int(1000 * end)}
    note(progress, f"{ITEM}.completed", item, transcript=text, **times)


def test_words_up_to_the_end_are_not_the_end_before_their_turn_is_complete() -> None:
    progress = Progress()
    start(progress, "a")
    recognize(progress, "a", "Hold.", 10.0)
    assert not progress.is_over(10.0)
    complete(progress, "a", "Hold.", 7.0, 9.6)
    assert progress.is_over(10.0)


def test_an_earlier_turn_that_is_late_is_waited_for() -> None:
    progress = Progress()
    start(progress, "a")
    start(progress, "b")
    complete(progress, "b", "", 7.0, 10.0)
    assert not progress.is_over(10.0)
    note(progress, f"{ITEM}.failed", "a", error={"message": "No asr."})
    assert progress.is_over(10.0)
    assert progress.failed_turns == 1


def test_turns_are_compared_with_their_deltas() -> None:
    progress = Progress()
    for item, text in (("a", "Hold"), ("b", "Fold")):
        start(progress, item)
        recognize(progress, item, text, 3.0)
        recognize(progress, item, " on.", 4.0)
        complete(progress, item, "Hold on.", 1.0, 4.0)
    assert progress.retractions == 1


def test_an_error_of_the_client_ends_the_run() -> None:
    with pytest.raises(RuntimeError, match="Too fast"):
        Progress().note({"type": "error", "error": {"message": "Too fast"}})


def test_growth_counts_from_when_caches_are_full() -> None:
    samples = [(0.0, 10.0), *((60.0 * minute, 100.0 + minute) for minute in range(1, 20))]
    assert slope_per_hour(samples) == pytest.approx(60.0, abs=0.1)
    assert slope_per_hour(samples[:1]) is None


def test_the_summary_is_of_turns_with_words_in_their_order() -> None:
    spoken = (clip(2.0, 2.0, 5.0, "Please hold."), clip(7.0, 7.0, 9.0, "And wait."))
    progress = Progress(
        turns=[(7.1, 9.3, "And wait."), (2.0, 5.3, "Please hold."), (5.5, 5.8, "")],
        memory_mb=[(5.3, 100.0), (9.3, 101.0)],
    )
    found = summary(PacedSpeech(np.zeros(RATE * 11, np.int16), RATE, spoken), progress)
    assert found["wer"] == 0.0
    assert found["drift_ms"] == 100
    assert found["turns"] == 3
    assert found["complete"] is True
