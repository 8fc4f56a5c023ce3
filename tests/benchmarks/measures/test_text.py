"""Text as benchmarks compare it."""

from __future__ import annotations

import pytest

from benchmarks.measures.text import normalized, without_spaces


@pytest.mark.parametrize(
    ("one", "other"), [("ＡＢＣ", "abc"), ("Hello,  World!", "hello world"), ("½", "1⁄2")]
)
def test_case_width_and_punctuation_are_no_difference(one: str, other: str) -> None:
    assert normalized(one) == normalized(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [("語言學", "语言学"), ("カタカナ", "かたかな"), ("你好， 世界。", "你好世界")],
)
def test_script_and_spaces_are_no_difference(one: str, other: str) -> None:
    assert without_spaces(one) == without_spaces(other)
