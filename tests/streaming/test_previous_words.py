from __future__ import annotations

from sentivox.streaming.previous_words import PreviousWords
from sentivox.types import Recognition, TranscribedSegment, Word


def recognition(*starts: float) -> Recognition:
    words = tuple(Word(f" {start}", start, start + 0.3, 0.9, (1,)) for start in starts)
    return Recognition((TranscribedSegment(starts[0], starts[-1], "words", "en", words=words),))


def starts(previous: PreviousWords, start: float) -> list[float]:
    return [word.start for word in previous.since(start)]


def test_words_of_the_last_seconds_are_kept_across_windows() -> None:
    previous = PreviousWords(5.0)
    previous.add(recognition(1.0, 3.0), "en")
    previous.add(recognition(4.0, 6.0), "en")
    assert starts(previous, 0.0) == [1.0, 3.0, 4.0, 6.0]
    assert starts(previous, 4.0) == [4.0, 6.0]
    previous.add(recognition(8.5), "en")
    assert starts(previous, 0.0) == [4.0, 6.0, 8.5]


def test_another_language_removes_earlier_words() -> None:
    previous = PreviousWords(5.0)
    previous.add(recognition(1.0), "en")
    previous.add(recognition(2.0), "fr")
    assert (starts(previous, 0.0), previous.language) == ([2.0], "fr")


def test_a_window_without_text_removes_earlier_words() -> None:
    previous = PreviousWords(5.0)
    previous.add(recognition(1.0), "en")
    previous.add(Recognition(()), "en")
    assert starts(previous, 0.0) == []
