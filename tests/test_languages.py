"""Whisper's languages: families, codes, tags and names."""

from __future__ import annotations

import pytest

from sentivox.errors import InvalidRequest
from sentivox.languages import FAMILIES, LANGUAGES, family_of, parse_language


def test_every_language_of_whisper_has_a_family() -> None:
    assert len(LANGUAGES) == 100
    assert {family_of(code) for code in LANGUAGES} == set(FAMILIES)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("en", "en"),
        ("PT-br", "pt"),
        ("zh_Hant", "zh"),
        ("deu", "de"),
        ("German", "de"),
        ("haitian creole", "ht"),
        ("jv", "jw"),
        ("nb", "no"),
        ("fil", "tl"),
        (" fr ", "fr"),
        ("cmn-Hans-CN", "zh"),
        ("ES-419", "es"),
    ],
)
def test_a_language_is_known_by_code_tag_or_name(text: str, code: str) -> None:
    assert parse_language(text).code == code


@pytest.mark.parametrize(
    "text",
    [
        "",
        "xx",
        "klingon",
        "e",
        "en; DROP TABLE",
        "☃",
        "tlh",
        "en-",
        "en-x" * 11,
        "en-" + "x" * 9,
        "en-US.UTF-8",
        " " * 40 + "en",
    ],
)
def test_any_other_text_is_refused_with_where_to_find_the_languages(text: str) -> None:
    with pytest.raises(InvalidRequest, match="GET /v1/languages") as caught:
        parse_language(text, "languages[]")
    assert caught.value.param == "languages[]"


def test_the_cache_of_parsed_texts_is_bounded() -> None:
    parse_language.cache_clear()
    for number in range(2000):
        parse_language(f"en-{number:08}")
    assert parse_language.cache_info().currsize <= 1024


def test_native_names_are_in_the_languages_own_script() -> None:
    names = {code: LANGUAGES[code].native_name for code in ("de", "ru", "ja", "ar", "jw")}
    assert names == {
        "de": "Deutsch",
        "ru": "русский",
        "ja": "日本語",
        "ar": "العربية",
        "jw": "Jawa",
    }
