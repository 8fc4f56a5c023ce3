from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from sentivox.errors import SpeechError, StageUnavailable
from sentivox.models.base import RecognitionItem
from sentivox.models.isolation import transcribe_apart
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
    answers = transcribe_apart(FailsOnEmptyWindows(), items)
    assert isinstance(answers[3], StageUnavailable)
    assert "shapes" not in answers[3].detail
    assert [isinstance(answer, Recognition) for answer in answers].count(True) == 7
