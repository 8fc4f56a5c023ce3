"""Texts that go round in circles, and those whose speakers really said it twice."""

from __future__ import annotations

import math

import pytest

from sentivox.engines.whisper.backends.cpu_int8.greedy_text import (
    Choice,
    GreedyText,
)
from sentivox.engines.whisper.repetition import is_repetition_loop, repeated_tail

END = 0
IMPROBABLE = Choice(99, math.log(0.001))
ROUND = range(1, 11)


def written(
    *choices: tuple[int, Choice], prefix: tuple[int, ...] = (), stop_on_repetition: bool = False
) -> GreedyText:
    """A text of first choices, each with the second one."""
    text = GreedyText(
        list(prefix), max_tokens=60, end_of_text=END, stop_on_repetition=stop_on_repetition
    )
    for token, second in choices:
        text.add(Choice(token, -0.1), second)
        if text.backtrack():
            break
    return text


@pytest.mark.parametrize(
    ("said", "circles", "again"),
    [
        ("no no no", False, 0),
        ("a b c d a b c d a b c d", True, 8),
        ("x a b c d a b c d a b c d", True, 8),
        ("a b c d a b c d a b c e", False, 0),
        ("x a b c d e f a b c d e f a b", False, 8),
        ("a b c d e a b c d", False, 4),
        ("a b c d e f a b c", False, 0),
        ("x n n n n n n n n", False, 7),
    ],
)
def test_text_that_goes_round_in_circles_is_noticed(said: str, circles: bool, again: int) -> None:
    ids = [ord(letter[0]) for letter in said.split()]
    assert (is_repetition_loop(ids), repeated_tail(ids)) == (circles, again)


def test_a_loop_is_left_by_the_second_choice_of_its_beginning() -> None:
    way_out = Choice(END, math.log(0.3))
    once = [(token, IMPROBABLE) for token in ROUND]
    again = [(1, way_out), *once[1:]]
    text = written(*once, *again)
    assert text.ended
    decoded = text.decoded()
    assert decoded.ids == tuple(ROUND)
    assert not decoded.cut_off
    assert decoded.avg_logprob == pytest.approx((10 * -0.1 + math.log(0.3)) / 11)


def test_other_words_may_follow_instead() -> None:
    once = [(token, IMPROBABLE) for token in ROUND]
    text = written(*once, (1, Choice(42, math.log(0.3))), *once[1:])
    assert text.ids == [*ROUND, 42]
    assert not text.done


def test_who_says_a_sentence_twice_is_believed() -> None:
    twice = [(token, IMPROBABLE) for token in (*ROUND, *ROUND, 42)]
    text = written(*twice, (END, IMPROBABLE))
    assert text.decoded().ids == (*ROUND, *ROUND, 42)


def test_words_that_were_given_out_are_never_taken_back() -> None:
    way_out = Choice(42, math.log(0.3))
    text = written(*((token, way_out) for token in ROUND), prefix=(*ROUND, 1, 2, 3))
    assert text.ids[:13] == [*ROUND, 1, 2, 3]


def test_words_that_were_given_out_and_go_in_circles_are_not_the_end() -> None:
    given_out = (1, 2, 3, 4) * 3
    text = written((5, IMPROBABLE), (END, IMPROBABLE), prefix=given_out)
    assert text.decoded().ids == (*given_out, 5)
    assert written((1, IMPROBABLE), prefix=given_out).decoded().ids == given_out


def test_of_a_loop_without_a_way_out_the_first_round_is_kept() -> None:
    rounds = [(token, IMPROBABLE) for token in (*ROUND, *ROUND, *ROUND)]
    text = written(*rounds)
    decoded = text.decoded()
    assert text.done
    assert (decoded.ids, decoded.cut_off, decoded.trimmed) == (tuple(ROUND), True, True)


def test_a_hasty_text_is_given_up_in_its_second_round() -> None:
    rounds = [(token, IMPROBABLE) for token in (*ROUND, *ROUND, *ROUND)]
    text = written(*rounds, stop_on_repetition=True)
    assert text.done
    assert text.ids == [*ROUND, *ROUND][:18]
    assert text.decoded().ids == tuple(ROUND)


def test_a_long_sentence_said_again_is_a_loop_too() -> None:
    sentence = range(1, 41)
    assert repeated_tail([*sentence, *sentence]) == 40
