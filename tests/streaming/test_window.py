from __future__ import annotations

import pytest

from sentivox.streaming.window import EARLIEST_CUT_S, LiveWindow
from sentivox.types import Recognition, TranscribedSegment
from tests.streaming.test_stability import words


def stable_text(
    window: LiveWindow,
    audio_end: float,
    *texts: str,
    agreement_s: float = 1.0,
    language_fixed: bool = True,
) -> str:
    """Text that a hypothesis of these words makes stable."""
    segment = TranscribedSegment(0.0, audio_end, "".join(texts), "en", words=tuple(words(*texts)))
    added, _ = window.add_interim(
        Recognition((segment,)), audio_end, agreement_s=agreement_s, language_fixed=language_fixed
    )
    return added


def test_words_are_stable_once_hypotheses_agree_for_long_enough() -> None:
    window = LiveWindow(0, 0.0)
    assert stable_text(window, 1.0, " I") == ""
    assert stable_text(window, 1.5, " I", " like") == ""
    assert stable_text(window, 2.0, " I", " like", " two") == " I"
    assert stable_text(window, 2.5, " I", " like", " to", " sing") == " like"
    assert stable_text(window, 3.0, " I", " like", " to", " sing", " loudly") == ""


def test_a_changed_word_starts_its_agreement_again() -> None:
    window = LiveWindow(0, 0.0)
    assert stable_text(window, 1.0, " Eye", " for") == ""
    assert stable_text(window, 1.9, " I", " for") == ""
    assert stable_text(window, 2.5, " I", " for", " one") == ""
    assert stable_text(window, 3.0, " I", " for", " one") == " I for"


@pytest.mark.parametrize("interval_s", [0.5, 2.0])
def test_two_hypotheses_with_enough_audio_between_them_suffice(interval_s: float) -> None:
    window = LiveWindow(0, 0.0)
    assert stable_text(window, 1.0, " I", " like", agreement_s=0.5) == ""
    added = stable_text(window, 1.0 + interval_s, " I", " like", " it", agreement_s=0.5)
    assert added == " I like"


def test_no_word_is_stable_before_the_language_is_fixed() -> None:
    window = LiveWindow(0, 0.0)
    assert stable_text(window, 1.0, " I", language_fixed=False) == ""
    assert stable_text(window, 3.0, " I", " like", language_fixed=False) == ""
    assert stable_text(window, 3.5, " I", " like") == " I"


def test_no_word_is_stable_where_a_long_window_may_be_cut() -> None:
    window = LiveWindow(0, 0.0)
    assert stable_text(window, EARLIEST_CUT_S - 1, " I") == ""
    assert stable_text(window, EARLIEST_CUT_S + 1, " I", " like") == ""
