from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from sentivox.engines.isolation import transcribe_isolated
from sentivox.engines.protocols import RecognitionItem
from sentivox.errors import SpeechError, StageUnavailable
from sentivox.types import Priority, Recognition, RecognitionOptions, SpeechWindow


class FailsOnEmptyWindows:
    def transcribe(self, items: Sequence[RecognitionItem]) -> list[Recognition | SpeechError]:
        if any(not len(item.window.pcm) for item in items):
            raise RuntimeError("shapes don't match")
        return [Recognition(()) for _ in items]

    def padded_seconds(self, seconds: float, priority: Priority) -> float:
        return seconds


def test_a_bad_window_fails_alone_and_the_other_seven_succeed() -> None:
    lengths = [10, 10, 10, 0, 10, 10, 10, 10]
    items = [
        RecognitionItem(
            SpeechWindow(index, 0.0, np.zeros(length, np.int16)), RecognitionOptions("en")
        )
        for index, length in enumerate(lengths)
    ]
    answers = dict(transcribe_isolated(FailsOnEmptyWindows(), items))
    assert isinstance(answers[3], StageUnavailable)
    assert "shapes" not in answers[3].detail
    assert [isinstance(answer, Recognition) for answer in answers.values()].count(True) == 7


class BreaksAfterTheFirst(FailsOnEmptyWindows):
    """Answers one window of a batch, and fails on the others unless they are alone."""

    def __init__(self) -> None:
        self.batches: list[int] = []

    def transcribe_as_completed(
        self, items: Sequence[RecognitionItem]
    ) -> Iterator[tuple[int, Recognition | SpeechError]]:
        self.batches.append(len(items))
        yield len(items) - 1, Recognition(())
        if len(items) > 1:
            raise RuntimeError("out of memory")


def test_who_was_answered_before_a_batch_failed_isnt_heard_again() -> None:
    window = SpeechWindow(0, 0.0, np.zeros(10, np.int16))
    recognizer = BreaksAfterTheFirst()
    items = [RecognitionItem(window, RecognitionOptions("en")) for _ in range(3)]
    assert [number for number, _ in transcribe_isolated(recognizer, items)] == [2, 0, 1]
    assert recognizer.batches == [3, 1, 1]
