from __future__ import annotations

from sentivox.streaming.recent_text import RecentText
from sentivox.types import Recognition, TranscribedSegment, Word


def heard(*starts: float) -> Recognition:
    words = tuple(Word(f" {start}", start, start + 0.3, 0.9, (1,)) for start in starts)
    return Recognition((TranscribedSegment(starts[0], starts[-1], "words", "en", words=words),))


def starts(last: RecentText, start: float) -> list[float]:
    return [word.start for word in last.since(start)]


def test_words_of_the_last_seconds_are_kept_across_windows() -> None:
    last = RecentText(5.0)
    last.add(heard(1.0, 3.0), "en")
    last.add(heard(4.0, 6.0), "en")
    assert starts(last, 0.0) == [1.0, 3.0, 4.0, 6.0]
    assert starts(last, 4.0) == [4.0, 6.0]
    last.add(heard(8.5), "en")
    assert starts(last, 0.0) == [4.0, 6.0, 8.5]


def test_another_language_begins_anew() -> None:
    last = RecentText(5.0)
    last.add(heard(1.0), "en")
    last.add(heard(2.0), "fr")
    assert (starts(last, 0.0), last.language) == ([2.0], "fr")


def test_sounds_without_words_leave_nothing_to_go_on_from() -> None:
    last = RecentText(5.0)
    last.add(heard(1.0), "en")
    last.add(Recognition(()), "en")
    assert starts(last, 0.0) == []
