"""A failed batch is transcribed again item by item."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from sentivox.engines.isolation import transcribe_isolated
from sentivox.engines.protocols import RecognitionItem
from sentivox.errors import SpeechError, StageUnavailable
from sentivox.types import Recognition, RecognitionOptions, SpeechWindow


class FailsOnEmptyWindows:
    def transcribe(self, items: Sequence[RecognitionItem]) -> list[Recognition | SpeechError]:
        if any(not len(item.window.pcm) for item in items):
            raise RuntimeError("shapes don't match")
        return [Recognition(()) for _ in items]

    def padded_seconds(self, item: RecognitionItem) -> float:
        return item.window.seconds


def test_a_window_that_fails_alone_is_the_only_error_of_its_batch() -> None:
    lengths = [10, 10, 10, 0, 10, 10, 10, 10]
    items = [
        RecognitionItem(
            SpeechWindow(index, 0.0, np.zeros(length, np.int16)), RecognitionOptions("en")
        )
        for index, length in enumerate(lengths)
    ]
    results = dict(transcribe_isolated(FailsOnEmptyWindows(), items))
    assert isinstance(results[3], StageUnavailable)
    assert "shapes" not in results[3].detail
    assert [isinstance(result, Recognition) for result in results.values()].count(True) == 7


class FailsAfterOneResult(FailsOnEmptyWindows):
    """Completes the last window of a batch, and fails on the others unless they are alone."""

    def __init__(self) -> None:
        self.batches: list[int] = []

    def transcribe_as_completed(
        self, items: Sequence[RecognitionItem]
    ) -> Iterator[tuple[int, Recognition | SpeechError]]:
        self.batches.append(len(items))
        yield len(items) - 1, Recognition(())
        if len(items) > 1:
            raise RuntimeError("out of memory")


def test_a_result_from_before_the_failure_is_kept() -> None:
    window = SpeechWindow(0, 0.0, np.zeros(10, np.int16))
    recognizer = FailsAfterOneResult()
    items = [RecognitionItem(window, RecognitionOptions("en")) for _ in range(3)]
    assert [number for number, _ in transcribe_isolated(recognizer, items)] == [2, 0, 1]
    assert recognizer.batches == [3, 1, 1]
