"""Accuracy of answers: WER, CER, and the share of files with the right language."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import mean

import jiwer

from benchmarks.measures.text import normalized, without_spaces
from benchmarks.systems.system import Answer, AudioFile
from sentivox.languages import UNSPACED


@dataclass(frozen=True, slots=True)
class ErrorRates:
    """Errors per reference word and per reference letter; 0 is no error."""

    wer: float
    cer: float


@dataclass(frozen=True, slots=True)
class Scores:
    """Accuracy over the files of several languages."""

    wer: float
    """Mean over the languages."""
    cer: float
    """Mean over the languages."""
    language_accuracy: float | None
    """Share of all files; None for a system that reports no language."""


def error_rates(references: Sequence[str], texts: Sequence[str], language: str) -> ErrorRates:
    """Rates over all texts of one language together, normalised.

    In languages written without spaces each letter counts as a word, so that WER is CER.
    """
    if language in UNSPACED:
        expected, found = ([without_spaces(each) for each in some] for some in (references, texts))
        cer = float(jiwer.cer(expected, found))
        return ErrorRates(round(cer, 4), round(cer, 4))
    expected, found = ([normalized(each) for each in some] for some in (references, texts))
    return ErrorRates(
        round(float(jiwer.wer(expected, found)), 4), round(float(jiwer.cer(expected, found)), 4)
    )


def by_language(files: Sequence[AudioFile], answers: Sequence[Answer]) -> dict[str, ErrorRates]:
    """Error rates of each language, in order of the files."""
    pairs = list(zip(files, answers, strict=True))
    rates = {}
    for language in dict.fromkeys(file.language for file in files):
        own = [(file, answer) for file, answer in pairs if file.language == language]
        references = [file.transcript for file, _ in own]
        rates[language] = error_rates(references, [answer.text for _, answer in own], language)
    return rates


def language_accuracy(files: Sequence[AudioFile], answers: Sequence[Answer]) -> float | None:
    """Share of files whose language is right; None where no answer has a language."""
    if not any(answer.language for answer in answers):
        return None
    right = sum(f.language == a.language for f, a in zip(files, answers, strict=True))
    return round(right / len(files), 4)


def scores(files: Sequence[AudioFile], answers: Sequence[Answer]) -> Scores:
    """Error rates as means over the languages, and language accuracy over all files."""
    rates = by_language(files, answers).values()
    return Scores(
        wer=round(mean(each.wer for each in rates), 4),
        cer=round(mean(each.cer for each in rates), 4),
        language_accuracy=language_accuracy(files, answers),
    )
