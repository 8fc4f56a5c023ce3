"""Which handle a request goes to."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from deployments.handles import Stages
from sentivox.errors import InvalidRequest
from sentivox.languages import LanguageFamily
from sentivox.settings import IngressSettings
from sentivox.types import LanguageDetection, LanguageProbability, TranscriptionOptions

GERMANIC, ROMANCE = LanguageFamily.GERMANIC, LanguageFamily.ROMANCE
AUTO = TranscriptionOptions()


class NamedHandle:
    """Remembers what it was told to be."""

    def __init__(self, family: LanguageFamily, adapter: str = "") -> None:
        self.family = family
        self.adapter = adapter

    def options(self, *, multiplexed_model_id: str) -> NamedHandle:
        return NamedHandle(self.family, multiplexed_model_id)


def stages(*adapted: LanguageFamily) -> Stages:
    unused: Any = None
    recognizers: Any = {family: NamedHandle(family) for family in (GERMANIC, ROMANCE)}
    return Stages(unused, unused, recognizers, GERMANIC, unused, adapted)


def chosen(
    stages: Stages, language: str, options: TranscriptionOptions = AUTO
) -> tuple[LanguageFamily, str]:
    handle: Any = stages.recognizer(language, options)
    return handle.family, handle.adapter


def test_a_language_goes_to_its_family_or_to_the_one_that_takes_all() -> None:
    assert chosen(stages(), "fr") == (ROMANCE, "")
    assert chosen(stages(), "eu") == (GERMANIC, "")


def test_a_family_with_adapters_is_told_the_language() -> None:
    assert chosen(stages(ROMANCE), "fr") == (ROMANCE, "fr")
    assert chosen(stages(ROMANCE), "de") == (GERMANIC, "")
    assert chosen(stages(GERMANIC), "eu") == (GERMANIC, "eu")


def test_a_family_asked_for_by_name_gets_the_request_if_it_is_there() -> None:
    assert chosen(stages(ROMANCE), "de", TranscriptionOptions(family="romance")) == (ROMANCE, "de")
    with pytest.raises(InvalidRequest, match="No recogniser for 'uralic'"):
        stages().recognizer("fi", TranscriptionOptions(family="uralic"))


def test_a_language_may_be_moved_to_another_family() -> None:
    moved = replace(stages(), routes={"fr": GERMANIC})
    assert chosen(moved, "fr") == (GERMANIC, "")
    assert chosen(moved, "es") == (ROMANCE, "")
    assert chosen(moved, "fr", TranscriptionOptions(family="romance")) == (ROMANCE, "")


def test_only_languages_that_exist_can_be_moved() -> None:
    assert IngressSettings(routes={"fr": GERMANIC}).routes == {"fr": GERMANIC}
    with pytest.raises(ValueError, match="Not a language's code: xx"):
        IngressSettings(routes={"xx": GERMANIC})


def test_a_second_language_is_tried_where_the_same_recogniser_serves_it() -> None:
    def otherwise(second: str, *adapted: LanguageFamily) -> str | None:
        guesses = (LanguageProbability("de", 0.5), LanguageProbability(second, 0.4))
        return stages(*adapted).alternative_language(LanguageDetection(guesses), AUTO)

    assert otherwise("nl") == "nl"
    assert otherwise("fr") is None
    assert otherwise("nl", GERMANIC) is None
