"""Sentences that are said again, and repetition loops."""

from __future__ import annotations

import numpy as np

from sentivox.engines.whisper.repetition import first_round, repeating
from sentivox.engines.whisper.repetition import has_loop as has_loop_of
from sentivox.engines.whisper.repetition import said_again as said_again_of
from sentivox.engines.whisper.tokenizer import TimedTokens
from sentivox.types import SAMPLE_RATE, SpeechSegment, SpeechWindow

A, B = tuple(range(100, 112)), tuple(range(200, 210))


def sentences(*texts: tuple[int, ...], seconds: float = 2.0) -> list[TimedTokens]:
    return [
        TimedTokens(number * seconds, (number + 1) * seconds, ids)
        for number, ids in enumerate(texts)
    ]


def window(*speech: tuple[float, float]) -> SpeechWindow:
    segments = tuple(SpeechSegment(start, end) for start, end in speech)
    return SpeechWindow(0, 0.0, np.zeros(20 * SAMPLE_RATE, np.int16), segments)


def said_again(segments: list[TimedTokens], spoken: SpeechWindow) -> list[bool]:
    return said_again_of(segments, repeating(segments), spoken)


def has_loop(segments: list[TimedTokens], spoken: SpeechWindow) -> bool:
    return has_loop_of(segments, repeating(segments), said_again(segments, spoken))


def test_sentences_in_turns_repeat_those_before_them() -> None:
    assert repeating(sentences(A, B, A, B)) == [False, False, True, True]
    assert repeating(sentences(A, B)) == [False, False]


def test_a_sentence_with_speech_of_its_own_is_said_again() -> None:
    spoken = window((0.0, 8.0))
    assert said_again(sentences(A, A, A, A), spoken) == [False, True, True, True]
    assert said_again(sentences(A, B, A, B), spoken) == [False, False, True, True]


def test_a_sentence_in_a_pause_is_not_said_again() -> None:
    assert said_again(sentences(A, A, A), window((0.0, 2.0), (5.5, 6.0))) == [False] * 3


def test_a_sentence_without_time_is_not_said_again() -> None:
    assert said_again(sentences(A, A, seconds=0.5), window((0.0, 8.0))) == [False, False]


def test_options_of_a_menu_that_begin_alike_are_no_loop() -> None:
    menu = [TimedTokens(0.0, 9.0, (1, 2, 3, 7, 4, 5, 1, 2, 3, 8, 4, 6, 1, 2, 3, 9, 4, 7))]
    assert not has_loop(menu, window((0.0, 9.0)))
    assert has_loop([TimedTokens(0.0, 9.0, (*A, *A, *A))], window((0.0, 9.0)))
    assert has_loop(sentences(A, A), window((0.0, 2.0)))
    assert has_loop(sentences(A, seconds=0.3), window((0.0, 2.0)))


def test_the_first_round_of_a_loop_is_kept() -> None:
    assert tuple(first_round((1, 2, 3, *A, *A, *A, *A))) == (1, 2, 3, *A)
    assert tuple(first_round((1, 2, 3, *A))) == (1, 2, 3, *A)
