"""When speech is likely another language than the requested one."""

from __future__ import annotations

import pytest

from sentivox.engines.language_id.mismatch import CLOSE, likelier_language
from sentivox.types import LanguageProbability


def likelier(requested: str, speech_s: float = 6.0, **probabilities: float) -> str | None:
    ranked = tuple(LanguageProbability(*each) for each in probabilities.items())
    return likelier_language(ranked, requested, speech_s)


def test_a_language_that_is_far_likelier_is_named() -> None:
    assert likelier("de", nl=0.97, af=0.02, de=0.001) == "nl"
    assert likelier("pt", es=0.95, ca=0.02, pt=0.001) == "es"


def test_the_requested_language_is_no_mismatch() -> None:
    assert likelier("nl", nl=0.97, de=0.02) is None


def test_little_speech_says_nothing() -> None:
    assert likelier("de", speech_s=2.0, nl=0.99, de=0.001) is None


def test_an_unsure_detection_says_nothing() -> None:
    assert likelier("de", nl=0.3, en=0.28, sv=0.25, de=0.0001) is None
    assert likelier("de", nl=0.8, de=0.2) is None
    assert likelier("de") is None


@pytest.mark.parametrize(
    ("requested", "detected"),
    [("no", "nn"), ("hr", "sr"), ("bs", "hr"), ("ms", "id"), ("hi", "ur"), ("gl", "pt")],
)
def test_languages_that_are_confused_are_no_mismatch(requested: str, detected: str) -> None:
    for one, other in ((requested, detected), (detected, requested)):
        assert likelier(one, **{other: 0.99, one: 0.0001}) is None


def test_the_probability_of_close_languages_counts_for_the_requested_one() -> None:
    assert likelier("hr", ru=0.8, sr=0.15, hr=0.001) is None
    assert likelier("sk", ru=0.8, cs=0.15, sk=0.001) is None


def test_closeness_is_mutual_but_not_passed_on() -> None:
    assert all(one in CLOSE[other] for one, others in CLOSE.items() for other in others)
    assert {"pt", "es"} <= CLOSE["gl"]
    assert "pt" not in CLOSE["es"]


@pytest.mark.parametrize(("requested", "detected"), [("sn", "en"), ("en", "nn"), ("ln", "fr")])
def test_languages_that_are_seldom_detected_are_on_neither_side(
    requested: str, detected: str
) -> None:
    assert likelier(requested, **{detected: 0.99, requested: 0.0001}) is None
