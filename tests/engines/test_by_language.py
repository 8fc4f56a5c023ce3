"""Uploads in some languages have a recogniser of their own."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from sentivox.engines.by_language import RecognizerByLanguage
from sentivox.engines.protocols import RecognitionItem
from sentivox.errors import SpeechError
from sentivox.types import SAMPLE_RATE, Priority, Recognition, SuppressedSegment
from tests.engines.speech import item_of

SECOND = np.zeros(SAMPLE_RATE, np.int16)


class Named:
    """A recogniser whose results have its name; the last item of a batch is the first completed."""

    def __init__(self, name: str, padding_s: float) -> None:
        self.name = name
        self.padding_s = padding_s
        self.batches: list[int] = []

    def padded_seconds(self, item: RecognitionItem) -> float:
        return item.window.seconds + self.padding_s

    def transcribe(self, items: Sequence[RecognitionItem]) -> list[Recognition | SpeechError]:
        self.batches.append(len(items))
        return [_named(self.name, item) for item in items]


class CompletesLastFirst(Named):
    def transcribe_as_completed(
        self, items: Sequence[RecognitionItem]
    ) -> Iterator[tuple[int, Recognition | SpeechError]]:
        yield from reversed(list(enumerate(self.transcribe(items))))


def _named(name: str, item: RecognitionItem) -> Recognition:
    text = f"{name} {item.options.language}"
    return Recognition((), (SuppressedSegment(0.0, 1.0, text, "no_speech"),))


def texts(results: Sequence[Recognition | SpeechError]) -> list[str]:
    return [each.suppressed[0].text for each in results if isinstance(each, Recognition)]


def test_each_language_has_its_recogniser_and_each_recogniser_one_batch() -> None:
    slavic, others = CompletesLastFirst("slavic", 3.0), Named("others", 1.0)
    recognizer = RecognizerByLanguage({"ru": slavic, "cs": slavic}, others)
    items = [item_of(SECOND, language) for language in ("en", "ru", "nl", "cs")]
    assert texts(recognizer.transcribe(items)) == [
        "others en",
        "slavic ru",
        "others nl",
        "slavic cs",
    ]
    assert (slavic.batches, others.batches) == ([2], [2])
    assert [recognizer.padded_seconds(item) for item in items] == [2.0, 4.0, 2.0, 4.0]


def test_live_speech_has_the_same_recogniser_in_all_languages() -> None:
    recognizer = RecognizerByLanguage({"ru": Named("slavic", 3.0)}, Named("others", 1.0))
    live = item_of(SECOND, "ru", priority=Priority.FINAL)
    assert texts(recognizer.transcribe([live])) == ["others ru"]


def test_results_come_as_each_recogniser_completes_them() -> None:
    slavic = CompletesLastFirst("slavic", 3.0)
    recognizer = RecognizerByLanguage({"ru": slavic, "cs": slavic}, Named("others", 1.0))
    items = [item_of(SECOND, language) for language in ("ru", "cs", "en")]
    assert [index for index, _ in recognizer.transcribe_as_completed(items)] == [1, 0, 2]
