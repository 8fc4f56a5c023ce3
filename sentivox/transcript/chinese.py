"""Chinese in one script: Simplified, or Traditional as Taiwan or Hong Kong write it.

Whisper writes either script, and sometimes both in one text. OpenCC converts by phrases, because
one Simplified character may stand for several Traditional ones. Its dictionaries between the
scripts keep the number of characters, so words and tokens stay aligned. Those that replace words
(`s2twp`) don't, and aren't used.
"""

from __future__ import annotations

from functools import cache, lru_cache

import opencc

from sentivox.types import Script

_VARIANTS = {Script.HANT: "t2tw", Script.HANT_HK: "t2hk"}
"""Traditional script -> OpenCC's conversion of Traditional characters to the forms used there."""
_COMMON_BIG5 = b"\xc9"
"""Taiwan's frequently used characters are below this in Big5. The others are rare, and some of them
are rare characters that Simplified Chinese reuses."""
_NOT_ONLY_SIMPLIFIED = "着"
"""Characters of GB2312 alone that Hong Kong uses too."""
_ONLY_SIMPLIFIED = "么"
"""Characters of both standards that are frequent in Simplified text alone."""


def to_chinese_script(text: str, script: Script) -> str:
    """The text in that script, with as many characters; other scripts in it stay as they are."""
    return _to_simplified(text) if script is Script.HANS else _to_traditional(text, script)


def _to_simplified(text: str) -> str:
    simplified = _convert("t2s", text)
    if simplified == text or _has_simplified(text):
        return simplified
    # All of it is Traditional. Only `tw2s` knows Taiwan's forms, as of 看著; in Simplified text it
    # would take 显著 for one of them.
    return _convert("tw2s", text)


def _to_traditional(text: str, script: Script) -> str:
    simplified = _convert("t2s", text)
    if simplified == text or _has_simplified(text):
        # Phrases are recognised in text that is Simplified throughout.
        text = _convert("s2t", simplified)
    return _convert(_VARIANTS[script], text)


def _has_simplified(text: str) -> bool:
    """Whether a character of the text is used in Simplified Chinese only."""
    return any(map(_is_only_simplified, text))


@lru_cache(maxsize=8192)
def _is_only_simplified(character: str) -> bool:
    if character.isascii() or character in _NOT_ONLY_SIMPLIFIED:
        return False
    common_traditional = b"" < character.encode("big5", "ignore") < _COMMON_BIG5
    simplified = bool(character.encode("gb2312", "ignore"))
    return character in _ONLY_SIMPLIFIED or (simplified and not common_traditional)


def _convert(conversion: str, text: str) -> str:
    return _converter(conversion).convert(text)


@cache
def _converter(conversion: str) -> opencc.OpenCC:
    """Reads the dictionaries of one conversion: 30 MB and a fifth of a second for `s2t`, the
    largest.
    """
    return opencc.OpenCC(conversion)
