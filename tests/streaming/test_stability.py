from __future__ import annotations

from sentivox.streaming.stability import agreed, attended
from sentivox.types import Word


def words(*texts: str) -> list[Word]:
    return [
        Word(text, 0.5 * number, 0.5 * number + 0.4, 0.9, (2 * number, 2 * number + 1))
        for number, text in enumerate(texts)
    ]


def test_hypotheses_agree_up_to_their_first_difference() -> None:
    assert agreed(words(" I", " like", " two"), words(" I", " like", " to", " sing")) == 2
    assert agreed(words(), words(" I")) == 0


def test_a_word_that_may_yet_become_longer_does_not_agree_with_itself() -> None:
    assert agreed(words(" I", " can"), words(" I", " cannot")) == 1


def test_marks_and_capitals_may_differ_but_for_the_last_word() -> None:
    assert agreed(words(" So,", " i", " like"), words(" So", " I", " like")) == 3
    assert agreed(words(" So", " I", " like"), words(" so", " I", " like.")) == 2


def test_words_heard_well_before_the_end_stay() -> None:
    heard = words(" I", " like", " to", " sing")
    assert attended(heard, audio_end=2.0, guard_s=0.5) == 3
    assert attended(heard, audio_end=2.0, guard_s=5.0) == 0
