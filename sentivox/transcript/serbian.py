"""Serbian in one script: Latin or Cyrillic.

The two alphabets have the same thirty letters; Latin writes three of them with two characters: lj,
nj, dž. A transliteration has one piece of text for each character, empty for the second character
of such a letter, so that words and tokens stay aligned.
"""

from __future__ import annotations

import re

from sentivox.types import Script

_LETTERS = """
a а  b б  v в  g г  d д  đ ђ  e е  ž ж  z з  i и  j ј  k к  l л  lj љ  m м
n н  nj њ  o о  p п  r р  s с  t т  ć ћ  u у  f ф  h х  c ц  č ч  dž џ  š ш
"""
_LATIN, _CYRILLIC = _LETTERS.split()[::2], _LETTERS.split()[1::2]
_TO_CYRILLIC = dict(zip(_LATIN, _CYRILLIC, strict=True))
_TO_LATIN = dict(zip(_CYRILLIC, _LATIN, strict=True))
_DIGRAPHS = tuple(letter for letter in _LATIN if len(letter) == 2)

_APART = re.compile(
    r"(?<=\bi)nj(?=ek)|(?<=ko)nj(?=ug|unk|ekt)|(?<=\bta)nj(?=ug)|(?<=\bna)dž(?=ive|nj)|"
    r"(?<=\bpo)dž(?=anr|upan)|(?<=\bo)dž(?=iv|al)",
    re.IGNORECASE,
)
"""Two letters that look like one, across the parts of a compound: injekcija, konjugacija,
nadživeti, odživeti."""
_LATIN_WORD = re.compile(r"[^\W\d_]+")


def to_serbian_script(text: str, script: Script) -> list[str]:
    """The text in that script, as one piece for each character of `text`."""
    return _to_latin(text) if script is Script.LATN else _to_cyrillic(text)


def _to_latin(text: str) -> list[str]:
    pieces = []
    for at, character in enumerate(text):
        latin = _TO_LATIN.get(character.lower(), character)
        if character.isupper() and character.lower() in _TO_LATIN:
            beside = text[at + 1 : at + 2] or text[at - 1 : at]
            if not beside.isalpha():
                beside = text[max(0, at - 1) : at]
            latin = latin.upper() if beside.isupper() else latin.capitalize()
        pieces.append(latin)
    return pieces


def _to_cyrillic(text: str) -> list[str]:
    """Words with a letter that Serbian doesn't have, such as "New York", stay as they are."""
    pieces = list(text)
    for word in _LATIN_WORD.finditer(text):
        letters = word[0].lower()
        if all(letter in _TO_CYRILLIC for letter in letters):
            pieces[word.start() : word.end()] = _word_in_cyrillic(word[0])
    return pieces


def _word_in_cyrillic(word: str) -> list[str]:
    apart = {found.start() for found in _APART.finditer(word)}
    pieces: list[str] = []
    while (at := len(pieces)) < len(word):
        pair = word[at : at + 2]
        if pair.lower() in _DIGRAPHS and at not in apart:
            pieces += [_cased(_TO_CYRILLIC[pair.lower()], pair), ""]
        else:
            pieces.append(_cased(_TO_CYRILLIC[pair[0].lower()], pair))
    return pieces


def _cased(letter: str, like: str) -> str:
    return letter.upper() if like[0].isupper() else letter
