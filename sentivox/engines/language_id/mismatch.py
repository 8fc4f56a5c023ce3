"""Whether speech is likely another language than the requested one.

Whisper recognises any speech in the requested language, fluently and, if it is another one,
wrongly. A warning has to be right nearly always, so it is given only where the detector is sure,
and not between languages that the detector confuses.
"""

from __future__ import annotations

from collections.abc import Sequence

from sentivox.types import LanguageProbability

MIN_SPEECH_S = 3.0
"""Seconds of speech without which there is no warning."""
MIN_CONFIDENCE = 0.5
"""Probability of the likelier language from which there is a warning."""
MIN_ODDS = 100.0
"""How many times as probable as the requested language it has to be. Both were fitted on recordings
by `python -m benchmarks.language_mismatch` (docs/log.md)."""

_CLOSE = """
no nn da sv | da sv | fo is no nn da | nl af | de lb yi | he yi | en cy
hr sr bs sl | sr bs mk | bs sl | bg mk | cs sk | ru be | uk be | lv lt
gl pt es | ca es oc | oc fr es it | eu es | br fr | ht fr | la it es
id ms jw su | ms jw su | jw su | mi haw | hi ur pa mr ne sa sd | ur pa sd | mr ne sa | bn as
az tr tk uz | tr tk uz tt | kk tt ba uz | fa tg ps | ar mt | zh yue bo | lo th | et fi | sw sn ln
"""
"""A language, then those that are detected in its place or it in theirs; judged by how alike they
are, since recordings of most are missing here."""
_SELDOM_DETECTED = """
am as ba be bo br fo ha haw ht jw km la lb ln lo mg mi mn mt my nn oc ps sa sd si sn so su tg tk tt
uz yi yo
"""
SELDOM_DETECTED = frozenset(_SELDOM_DETECTED.split())
"""Languages with hardly any recordings in Whisper's training. Detection seldom finds them where
they are spoken, and sometimes where they aren't: neither side of a warning."""


def _read(groups: str) -> dict[str, set[str]]:
    close: dict[str, set[str]] = {}
    for group in groups.replace("\n", "|").split("|"):
        first, *others = group.split() or [""]
        for other in others:
            close.setdefault(first, {first}).add(other)
            close.setdefault(other, {other}).add(first)
    return close


CLOSE = _read(_CLOSE)
"""Language code -> itself and the languages that it is confused with."""


def likelier_language(
    ranked: Sequence[LanguageProbability], requested: str, speech_s: float
) -> str | None:
    """The language that the speech likely is in place of the requested one; None if it isn't clear.

    The probabilities of languages close to the requested one count for it.
    """
    if speech_s < MIN_SPEECH_S or requested in SELDOM_DETECTED:
        return None
    close = CLOSE.get(requested, {requested})
    own = sum(each.confidence for each in ranked if each.language in close)
    best = max(ranked, key=lambda each: each.confidence, default=None)
    if best is None or best.language in close or best.language in SELDOM_DETECTED:
        return None
    sure = best.confidence >= max(MIN_CONFIDENCE, MIN_ODDS * own)
    return best.language if sure else None
