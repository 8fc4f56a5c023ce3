"""Repetition loops under greedy decoding, and sentences that speakers repeat."""

from __future__ import annotations

import math

import pytest

from sentivox.engines.whisper.backends.cpu_int8.greedy_text import GreedyText
from sentivox.engines.whisper.log_prob import Choice
from sentivox.engines.whisper.repetition import is_repetition_loop, repeated_tail

END = 0
IMPROBABLE = Choice(99, math.log(0.001))
SENTENCE = range(1, 11)


def decoded_text(
    *choices: tuple[int, Choice], prefix: tuple[int, ...] = (), stop_on_repetition: bool = False
) -> GreedyText:
    """A text from its tokens, each with the second choice."""
    text = GreedyText(
        list(prefix), max_tokens=60, end_of_text=END, stop_on_repetition=stop_on_repetition
    )
    for token, second in choices:
        before = len(text.ids)
        text.add([[Choice(token, -0.1), second]])
        if len(text.ids) < before:
            break
    return text


@pytest.mark.parametrize(
    ("text", "loop", "repeated"),
    [
        ("n n n", False, 0),
        ("a b c d a b c d a b c d", True, 8),
        ("x a b c d a b c d a b c d", True, 8),
        ("a b c d a b c d a b c e", False, 0),
        ("x a b c d e f a b c d e f a b", False, 8),
        ("a b c d e a b c d", False, 4),
        ("a b c d e f a b c", False, 0),
        ("x n n n n n n n n", False, 7),
    ],
)
def test_repetition_is_found(text: str, loop: bool, repeated: int) -> None:
    ids = [ord(letter) for letter in text.split()]
    assert (is_repetition_loop(ids), repeated_tail(ids)) == (loop, repeated)


def test_a_loop_is_left_by_the_second_choice_at_its_start() -> None:
    second = Choice(END, math.log(0.3))
    once = [(token, IMPROBABLE) for token in SENTENCE]
    again = [(1, second), *once[1:]]
    text = decoded_text(*once, *again)
    assert text.ended
    decoded = text.decoded()
    assert decoded.ids == tuple(SENTENCE)
    assert not decoded.cut_off
    assert decoded.avg_logprob == pytest.approx((10 * -0.1 + math.log(0.3)) / 11)


def test_other_words_may_follow_the_first_round() -> None:
    once = [(token, IMPROBABLE) for token in SENTENCE]
    text = decoded_text(*once, (1, Choice(42, math.log(0.3))), *once[1:])
    assert text.ids == [*SENTENCE, 42]
    assert not text.done


def test_a_sentence_is_repeated_where_no_second_choice_is_probable() -> None:
    twice = [(token, IMPROBABLE) for token in (*SENTENCE, *SENTENCE, 42)]
    text = decoded_text(*twice, (END, IMPROBABLE))
    assert text.decoded().ids == (*SENTENCE, *SENTENCE, 42)


def test_a_prefix_is_never_removed() -> None:
    second = Choice(42, math.log(0.3))
    text = decoded_text(*((token, second) for token in SENTENCE), prefix=(*SENTENCE, 1, 2, 3))
    assert text.ids[:13] == [*SENTENCE, 1, 2, 3]


def test_a_prefix_that_is_a_loop_does_not_end_the_text() -> None:
    prefix = (1, 2, 3, 4) * 3
    text = decoded_text((5, IMPROBABLE), (END, IMPROBABLE), prefix=prefix)
    assert text.decoded().ids == (*prefix, 5)
    assert decoded_text((1, IMPROBABLE), prefix=prefix).decoded().ids == prefix


def test_the_first_round_of_a_loop_is_kept_where_no_second_choice_is_probable() -> None:
    rounds = [(token, IMPROBABLE) for token in (*SENTENCE, *SENTENCE, *SENTENCE)]
    text = decoded_text(*rounds)
    decoded = text.decoded()
    assert text.done
    assert (decoded.ids, decoded.cut_off, decoded.trimmed) == (tuple(SENTENCE), True, True)


def test_a_pass_that_stops_on_repetition_ends_in_the_second_round() -> None:
    rounds = [(token, IMPROBABLE) for token in (*SENTENCE, *SENTENCE, *SENTENCE)]
    text = decoded_text(*rounds, stop_on_repetition=True)
    assert text.done
    assert text.ids == [*SENTENCE, *SENTENCE][:18]
    assert text.decoded().ids == tuple(SENTENCE)


def test_a_long_repeated_sentence_is_a_repeated_tail() -> None:
    sentence = range(1, 41)
    assert repeated_tail([*sentence, *sentence]) == 40
