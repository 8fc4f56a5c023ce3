from __future__ import annotations

import pytest

from sentivox.settings import StreamingSettings
from sentivox.streaming.window import LiveWindow
from sentivox.types import Recognition, TranscribedSegment
from tests.streaming.test_stability import words


def hears(window: LiveWindow, settings: StreamingSettings, at: float, *texts: str) -> str:
    """What is given out of a draft of the audio until `at`."""
    heard = words(*texts)
    segment = TranscribedSegment(0.0, at, "".join(texts), "en", words=tuple(heard))
    added, _ = window.draft(Recognition((segment,)), at, True, settings)
    return added


def test_words_stay_once_they_have_been_heard_alike_for_a_while() -> None:
    window, settings = LiveWindow(0, 0.0), StreamingSettings(agreement_s=1.0)
    assert hears(window, settings, 1.0, " I") == ""
    assert hears(window, settings, 1.5, " I", " like") == ""
    assert hears(window, settings, 2.0, " I", " like", " two") == " I"
    assert hears(window, settings, 2.5, " I", " like", " to", " sing") == " like"
    assert hears(window, settings, 3.0, " I", " like", " to", " sing", " loudly") == ""


def test_a_word_that_changed_has_to_wait_anew() -> None:
    window, settings = LiveWindow(0, 0.0), StreamingSettings(agreement_s=1.0)
    assert hears(window, settings, 1.0, " Eye", " for") == ""
    assert hears(window, settings, 1.9, " I", " for") == ""
    assert hears(window, settings, 2.5, " I", " for", " one") == ""
    assert hears(window, settings, 3.0, " I", " for", " one") == " I for"


@pytest.mark.parametrize("between_s", [0.5, 2.0])
def test_two_drafts_that_are_far_enough_apart_suffice(between_s: float) -> None:
    window, settings = LiveWindow(0, 0.0), StreamingSettings(agreement_s=0.5)
    assert hears(window, settings, 1.0, " I", " like") == ""
    assert hears(window, settings, 1.0 + between_s, " I", " like", " it") == " I like"
