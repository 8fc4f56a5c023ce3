"""Languages as requests name them."""

from __future__ import annotations

import pytest

from sentivox.errors import InvalidRequest
from sentivox.language_tags import RequestedLanguages, parse_tag
from sentivox.languages import LANGUAGES


@pytest.mark.parametrize("code", list(LANGUAGES))
def test_every_code_and_every_name_is_a_language(code: str) -> None:
    assert parse_tag(code).code == code
    assert parse_tag(LANGUAGES[code].name.title()).code == code
    assert parse_tag(LANGUAGES[code].name.upper().replace(" ", "_")).code == code


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("en", "en"),
        ("PT-br", "pt"),
        ("pt_PT", "pt"),
        ("en-GB", "en"),
        ("en-u-ca-gregory", "en"),
        ("ES-419", "es"),
        ("deu", "de"),
        ("ger", "de"),
        ("de-1996", "de"),
        ("German", "de"),
        ("haitian creole", "ht"),
        ("no-NO", "no"),
        ("nb", "no"),
        ("nb-NO", "no"),
        ("nn-NO", "nn"),
        ("iw", "he"),
        ("he-IL", "he"),
        ("jv", "jw"),
        ("jw", "jw"),
        ("fil-PH", "tl"),
        ("tl", "tl"),
        ("in", "id"),
        ("ji", "yi"),
        ("mo", "ro"),
        ("arb", "ar"),
        (" fr ", "fr"),
        ("Brazilian Portuguese", "pt"),
        ("Norwegian Bokmål", "no"),
        ("Filipino", "tl"),
        ("Mandarin", "zh"),
    ],
)
def test_a_language_is_known_by_code_tag_or_name(text: str, code: str) -> None:
    assert str(parse_tag(text)) == code


@pytest.mark.parametrize(
    ("text", "tag"),
    [
        ("zh", "zh"),
        ("cmn", "zh"),
        ("zh-CN", "zh-Hans"),
        ("zh_SG", "zh-Hans"),
        ("zh-TW", "zh-Hant"),
        ("ZH_hk", "zh-Hant-HK"),
        ("zh-MO", "zh-Hant-HK"),
        ("zh_Hant", "zh-Hant"),
        ("zh-Hant-HK", "zh-Hant-HK"),
        ("zh-Hans-HK", "zh-Hans"),
        ("cmn-Hans-CN", "zh-Hans"),
        ("zh-cmn-Hant", "zh-Hant"),
        ("Chinese (Traditional)", "zh-Hant"),
        ("simplified chinese", "zh-Hans"),
        ("yue", "yue"),
        ("zh-yue", "yue"),
        ("yue-CN", "yue-Hans"),
        ("yue-HK", "yue-Hant-HK"),
        ("sr", "sr"),
        ("sr-RS", "sr"),
        ("sr-Latn", "sr-Latn"),
        ("SR_cyrl_RS", "sr-Cyrl"),
        ("srp-Latn-x-mine", "sr-Latn"),
        ("sh", "sr-Latn"),
        ("de-Latn", "de"),
    ],
)
def test_a_tag_keeps_the_script_where_its_language_has_several(text: str, tag: str) -> None:
    assert str(parse_tag(text)) == tag
    assert parse_tag(tag) == parse_tag(text)


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
        "en-x",
        "en--GB",
        "en-x" * 11,
        "en-" + "x" * 9,
        "en-US.UTF-8",
        " " * 40 + "en",
    ],
)
def test_any_other_text_is_refused_with_where_to_find_the_languages(text: str) -> None:
    with pytest.raises(InvalidRequest, match="GET /v1/languages") as caught:
        parse_tag(text, "languages[]")
    assert caught.value.param == "languages[]"


def test_the_cache_of_parsed_texts_is_bounded() -> None:
    parse_tag.cache_clear()
    for number in range(2000):
        parse_tag(f"en-{number:08}")
    assert parse_tag.cache_info().currsize <= 1024


def test_candidates_keep_their_order_and_the_first_script_of_each() -> None:
    requested = RequestedLanguages.parse(None, ["zh-TW", "sr-Cyrl", "zh-CN", "English"])
    assert requested.language is None
    assert requested.candidates == ("zh", "sr", "en")
    assert requested.scripts == {"zh": "Hant", "sr": "Cyrl"}


def test_a_requested_language_has_no_candidates() -> None:
    requested = RequestedLanguages.parse("zh-HK", ["de"])
    assert (requested.language, requested.candidates) == ("zh", ())
    assert requested.scripts == {"zh": "Hant-HK"}
