"""How right answers are: words, letters and languages, each the mean over the languages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import mean

import jiwer

from benchmarks.accuracy import normalized
from benchmarks.system import Answer, Sound


@dataclass(frozen=True, slots=True)
class Scores:
    wer: float
    cer: float
    languages_right: float | None
    """A share of all sounds; None for a system that tells no languages."""


def scores(sounds: Sequence[Sound], answers: Sequence[Answer]) -> Scores:
    pairs = list(zip(sounds, answers, strict=True))
    rates = []
    for language in dict.fromkeys(sound.language for sound in sounds):
        own = [(sound, answer) for sound, answer in pairs if sound.language == language]
        said = [normalized(sound.transcript) for sound, _ in own]
        heard = [normalized(answer.text) for _, answer in own]
        rates.append((float(jiwer.wer(said, heard)), float(jiwer.cer(said, heard))))
    right = sum(sound.language == answer.language for sound, answer in pairs)
    tells = any(answer.language for answer in answers)
    return Scores(
        wer=round(mean(wer for wer, _ in rates), 4),
        cer=round(mean(cer for _, cer in rates), 4),
        languages_right=round(right / len(pairs), 4) if tells else None,
    )
