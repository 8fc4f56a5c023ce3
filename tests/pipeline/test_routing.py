"""Which recogniser serves a language."""

from __future__ import annotations

from dataclasses import replace

import pytest

from sentivox.errors import InvalidRequest
from sentivox.languages import LanguageFamily
from sentivox.pipeline.routing import Routing
from sentivox.settings import IngressSettings
from sentivox.types import LanguageDetection, LanguageProbability, TranscriptionOptions

GERMANIC, ROMANCE = LanguageFamily.GERMANIC, LanguageFamily.ROMANCE
AUTO = TranscriptionOptions()
ROUTING = Routing((GERMANIC, ROMANCE), GERMANIC)


def test_a_language_goes_to_its_family_or_to_the_fallback_family() -> None:
    assert ROUTING.family("fr", AUTO) is ROMANCE
    assert ROUTING.family("eu", AUTO) is GERMANIC


def test_a_requested_family_gets_the_request_if_it_is_deployed() -> None:
    assert ROUTING.family("de", TranscriptionOptions(family="romance")) is ROMANCE
    with pytest.raises(InvalidRequest, match="No recogniser for 'uralic'"):
        ROUTING.family("fi", TranscriptionOptions(family="uralic"))


def test_a_route_moves_a_language_to_another_family() -> None:
    moved = replace(ROUTING, routes={"fr": GERMANIC})
    assert moved.family("fr", AUTO) is GERMANIC
    assert moved.family("es", AUTO) is ROMANCE
    assert moved.family("fr", TranscriptionOptions(family="romance")) is ROMANCE


def test_only_languages_that_exist_can_be_moved() -> None:
    assert IngressSettings(routes={"fr": GERMANIC}).routes == {"fr": GERMANIC}
    with pytest.raises(ValueError, match="Not a language's code: xx"):
        IngressSettings(routes={"xx": GERMANIC})


@pytest.mark.parametrize(
    ("second", "adapters", "expected"),
    [("nl", (), "nl"), ("fr", (), None), ("nl", (GERMANIC,), None)],
)
def test_the_alternative_language_is_served_by_the_same_recogniser(
    second: str, adapters: tuple[LanguageFamily, ...], expected: str | None
) -> None:
    detection = LanguageDetection(
        (LanguageProbability("de", 0.5), LanguageProbability(second, 0.4))
    )
    routing = replace(ROUTING, adapters=adapters)
    assert routing.alternative_language(detection, AUTO) == expected
