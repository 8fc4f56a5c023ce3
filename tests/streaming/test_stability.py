from __future__ import annotations

from sentivox.streaming.stability import local_agreement
from sentivox.types import Word


def words(*texts: str) -> list[Word]:
    return [
        Word(text, 0.5 * number, 0.5 * number + 0.4, 0.9, (2 * number, 2 * number + 1))
        for number, text in enumerate(texts)
    ]


def test_hypotheses_agree_up_to_their_first_difference() -> None:
    previous, current = words(" I", " like", " two"), words(" I", " like", " to", " sing")
    assert local_agreement(previous, current) == 2
    assert local_agreement(words(), words(" I")) == 0


def test_a_word_that_became_longer_differs() -> None:
    assert local_agreement(words(" I", " can"), words(" I", " cannot")) == 1


def test_punctuation_and_capitals_may_differ_except_in_the_last_word() -> None:
    assert local_agreement(words(" So,", " i", " like"), words(" So", " I", " like")) == 3
    assert local_agreement(words(" So", " I", " like"), words(" so", " I", " like.")) == 2
