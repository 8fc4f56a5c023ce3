"""One script in a whole answer: Chinese characters, Serbian letters."""

from __future__ import annotations

import pytest

from sentivox.transcript.scripts import Scripts, in_script
from sentivox.types import Recognition, Script, SuppressedSegment, TranscribedSegment, Word

SIMPLIFIED = "我们看着台湾的头发干燥，什么都有，干杯"


def convert(text: str, script: Script) -> str:
    pieces = in_script(text, script)
    assert len(pieces) == len(text)
    return "".join(pieces)


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        (Script.HANS, SIMPLIFIED),
        (Script.HANT, "我們看著臺灣的頭髮乾燥，什麼都有，乾杯"),
        (Script.HANT_HK, "我們看着台灣的頭髮乾燥，什麼都有，乾杯"),
    ],
)
def test_simplified_text_is_converted_by_phrases(script: Script, expected: str) -> None:
    assert convert(SIMPLIFIED, script) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("他干預過，皇后在台北，三公里", "他干預過，皇后在台北，三公里"),
        ("我們在台灣的头发", "我們在臺灣的頭髮"),
        ("什么時候", "什麼時候"),
        ("Hello, 123 😀", "Hello, 123 😀"),
        ("", ""),
    ],
)
def test_traditional_text_stays_and_mixed_text_becomes_traditional(
    text: str, expected: str
) -> None:
    assert convert(text, Script.HANT) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("他看著我們的著作，著名的，乾坤", "他看着我们的著作，著名的，乾坤"),
        ("显著的著作", "显著的著作"),
        ("顯著的著作", "显著的著作"),
        ("我們在台灣的头发", "我们在台湾的头发"),
    ],
)
def test_traditional_and_mixed_text_becomes_simplified(text: str, expected: str) -> None:
    assert convert(text, Script.HANS) == expected


def test_cantonese_is_traditional_unless_another_script_is_requested() -> None:
    assert Scripts().of("yue") is Script.HANT_HK
    assert Scripts({"yue": Script.HANS}).of("yue") is Script.HANS
    assert convert("呢度嘅嘢好好食，佢话嚟㗎", Script.HANT_HK) == "呢度嘅嘢好好食，佢話嚟㗎"


def test_detected_chinese_has_the_script_of_the_settings() -> None:
    assert Scripts().of("zh") is Script.HANS
    assert Scripts(chinese=Script.HANT).of("zh") is Script.HANT
    assert Scripts({"zh": Script.HANT_HK}, Script.HANT).of("zh") is Script.HANT_HK
    assert (Scripts().of("sr"), Scripts().of("en")) == (None, None)


LATIN = "Ljubav i Njegova džepna knjiga, NJEGOŠ; injekcija, nadživeti, Đorđe, ćao"
CYRILLIC = "Љубав и Његова џепна књига, ЊЕГОШ; инјекција, надживети, Ђорђе, ћао"


def test_serbian_has_one_letter_for_two_characters() -> None:
    assert convert(LATIN, Script.CYRL) == CYRILLIC
    assert convert(CYRILLIC, Script.LATN) == LATIN


def test_every_serbian_letter_returns_from_the_other_alphabet() -> None:
    letters = "а б в г д ђ е ж з и ј к л љ м н њ о п р с т ћ у ф х ц ч џ ш"
    latin = convert(letters, Script.LATN)
    assert latin == "a b v g d đ e ž z i j k l lj m n nj o p r s t ć u f h c č dž š"
    assert convert(latin, Script.CYRL) == letters
    assert convert(letters.upper(), Script.LATN) == latin.title()


def test_foreign_words_stay_in_latin_letters() -> None:
    assert convert("Živim u New Yorku, imam Windows", Script.CYRL) == (
        "Живим у New Yorku, имам Windows"
    )


def recognition(words: list[str], tokens: list[bytes], language: str) -> Recognition:
    text = "".join(words)
    segment = TranscribedSegment(
        0.0,
        1.0,
        text,
        language,
        tokens=tuple(range(len(tokens))),
        token_logprobs=(-0.1,) * len(tokens),
        token_bytes=tuple(tokens),
        words=tuple(Word(word, 0.0, 1.0, 0.9) for word in words),
    )
    return Recognition((segment,), (SuppressedSegment(2.0, 3.0, text, "repetition"),))


def test_words_and_tokens_are_cut_from_the_converted_text() -> None:
    text = "头发干燥"
    spelled = text.encode()
    found = Scripts({"zh": Script.HANT}).convert(
        recognition(["头", "发干", "燥"], [spelled[:4], spelled[4:6], spelled[6:]], "zh"), "zh"
    )
    [segment] = found.segments
    assert segment.text == found.suppressed[0].text == "頭髮乾燥"
    assert [word.word for word in segment.words] == ["頭", "髮乾", "燥"]
    assert b"".join(segment.token_bytes).decode() == "頭髮乾燥"
    assert [len(each) for each in segment.token_bytes] == [4, 2, 6]


def test_a_serbian_letter_may_be_cut_by_words_and_tokens() -> None:
    found = Scripts({"sr": Script.CYRL}).convert(
        recognition([" l", "jubav"], [b" l", b"jub", b"av"], "sr"), "sr"
    )
    [segment] = found.segments
    assert segment.text == " љубав"
    assert "".join(word.word for word in segment.words) == segment.text
    assert [each.decode() for each in segment.token_bytes] == [" љ", "уб", "ав"]


def test_tokens_that_are_no_text_stay_as_they_are() -> None:
    cut = "头".encode()[:2]
    found = Scripts({"zh": Script.HANT}).convert(recognition(["头发"], [cut], "zh"), "zh")
    assert found.segments[0].token_bytes == (cut,)
    assert found.segments[0].text == "頭髮"


def test_each_segment_has_the_script_of_its_own_language() -> None:
    chinese = recognition([" 头发"], [], "zh")
    english = recognition([" hair"], [], "en")
    both = Recognition((*chinese.segments, *english.segments))
    scripts = Scripts(chinese=Script.HANT)
    assert scripts.concern(both, "en")
    assert not scripts.concern(english, "en")
    assert [each.text for each in scripts.convert(both, "en").segments] == [" 頭髮", " hair"]
