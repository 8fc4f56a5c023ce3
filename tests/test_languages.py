"""Whisper's languages: families, codes and names."""

from __future__ import annotations

from sentivox.languages import FAMILIES, LANGUAGES, family_of


def test_every_language_of_whisper_has_a_family() -> None:
    assert len(LANGUAGES) == 100
    assert {family_of(code) for code in LANGUAGES} == set(FAMILIES)


def test_native_names_are_in_the_languages_own_script() -> None:
    names = {code: LANGUAGES[code].native_name for code in ("de", "ru", "ja", "ar", "jw")}
    assert names == {
        "de": "Deutsch",
        "ru": "русский",
        "ja": "日本語",
        "ar": "العربية",
        "jw": "Jawa",
    }
