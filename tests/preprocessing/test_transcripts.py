"""Normalisation of transcripts, and scripts of languages."""

from __future__ import annotations

import pytest

from preprocessing.text.scripts import scripts_of, share_in_script
from preprocessing.text.transcripts import letters, normalise
from sentivox.languages import LANGUAGES


@pytest.mark.parametrize(
    ("language", "written", "wanted"),
    [
        ("en", "It\u2019s  \u201cfine\u201d\u2014really\u2026", 'It\'s "fine"-really...'),
        ("fr", "e\u0301te\u0301", "été"),
        ("ro", "Ştiinţă", "Știință"),
        ("ar", "مـــرحبا", "مرحبا"),
        ("fa", "كيف", "کیف"),
        ("fa", "می\u200cخواهم", "می\u200cخواهم"),
        ("ja", "今日は　良い 天気。", "今日は良い天気。"),
        ("zh", "ＡＢＣ 你 好", "ABC 你好"),
        ("ko", "\u1112\u1161\u11ab국어", "한국어"),
        ("ru", "Привет,\u00a0мир", "Привет, мир"),
    ],
)
def test_a_text_is_normalised(language: str, written: str, wanted: str) -> None:
    assert normalise(written, language) == wanted
    assert normalise(wanted, language) == wanted


def test_letters_have_no_case_and_punctuation_but_keep_accents() -> None:
    assert letters("It's ÉTÉ, isn't it?") == "itsétéisntit"


@pytest.mark.parametrize("code", LANGUAGES)
def test_every_language_has_a_script(code: str) -> None:
    assert scripts_of(code)
    name = LANGUAGES[code].native_name
    assert share_in_script(name, code) == 1.0


def test_the_share_of_letters_in_a_script() -> None:
    assert share_in_script("Добрый день", "ru") == 1.0
    assert share_in_script("Dobry den", "ru") == 0.0
    assert share_in_script("Добар дан, dobar dan", "sr") == 1.0
    assert share_in_script("iPhone купил", "ru") == pytest.approx(5 / 11)
