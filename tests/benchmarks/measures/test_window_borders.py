"""Which words count as lost or doubled near the borders between windows."""

from __future__ import annotations

from pathlib import Path

from benchmarks.inputs.paced_speech import Spoken
from benchmarks.measures.window_borders import BorderErrors, border_errors
from preprocessing.speech_data import Recording


def spoken(text: str, onset: float, end: float) -> Spoken:
    clip = Recording(Path("clip.wav"), "en", text, end - onset, "test")
    return Spoken(clip, onset, onset, end)


SAID = (spoken("Please hold the line.", 0.0, 4.0), spoken("Your call is important.", 5.0, 9.0))


def counted(text: str, *borders: float) -> tuple[int, int, int, int]:
    found: BorderErrors = border_errors(SAID, text, borders)
    return found.lost_near, found.doubled_near, found.lost_elsewhere, found.doubled_elsewhere


def test_all_words_once_are_neither_lost_nor_doubled() -> None:
    assert counted("please hold the line your call is important", 4.5) == (0, 0, 0, 0)


def test_a_word_that_is_missing_counts_where_it_was_said() -> None:
    assert counted("please hold the your call is important", 4.5) == (1, 0, 0, 0)
    assert counted("please the line your call is important", 4.5) == (0, 0, 1, 0)


def test_a_word_that_is_said_again_counts_where_it_is_doubled() -> None:
    assert counted("please hold the line line your call is important", 4.5) == (0, 1, 0, 0)
    assert counted("please hold the line your call is important important", 1.0) == (0, 0, 0, 1)


def test_other_words_are_neither() -> None:
    assert counted("please hold the lime your calls is important", 4.5) == (0, 0, 0, 0)


def test_words_near_a_border_are_counted() -> None:
    found = border_errors(SAID, "", [4.5])
    assert (found.near, found.elsewhere) == (2, 6)
    assert (found.lost_near, found.lost_elsewhere) == (2, 6)
