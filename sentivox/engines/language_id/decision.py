"""From language probabilities to a decision: candidates, priors, confidence, abstention."""

from __future__ import annotations

from collections.abc import Sequence

from sentivox.engines.language_id.spans import SegmentLanguages
from sentivox.types import LanguageDetection, LanguageProbability, SpeechWindow

SHORT_SPEECH_POWER = 0.75
"""Power of the probabilities for hardly any speech: Whisper is nearly as confident of a word as of
a sentence, and right less often. Fitted on recordings (docs/log.md)."""
ENOUGH_SPEECH_S = 5.0
"""Seconds of speech from which Whisper is right about as often as its confidence says."""
MIN_RUNNER_UP = 0.05
"""Probability from which the second most probable language is worth a decoding pass."""
EXPECTED_ODDS = 10.0
"""Prior odds of the language of the speech before: about one utterance in ten changes language."""


def decide(
    ranked: Sequence[LanguageProbability],
    candidates: Sequence[str],
    min_confidence: float,
    expected: str | None = None,
    speech_s: float = ENOUGH_SPEECH_S,
) -> LanguageDetection:
    """The most probable of `candidates`, or of all languages when there are none.

    Less speech than ENOUGH_SPEECH_S makes the probabilities less certain (Guo et al. 2017, "On
    Calibration of Modern Neural Networks", with a temperature for each length). The `expected`
    language has EXPECTED_ODDS as its prior. Probabilities of the candidates are scaled to sum to 1.
    Abstains below `min_confidence`.
    """
    power = 1 - (1 - SHORT_SPEECH_POWER) * max(0.0, 1 - speech_s / ENOUGH_SPEECH_S)
    weights = {
        each.language: each.confidence**power * (EXPECTED_ODDS if each.language == expected else 1)
        for each in ranked
        if not candidates or each.language in candidates
    }
    total = sum(weights.values())
    if total <= 0:
        return LanguageDetection(tuple(LanguageProbability(code, 0.0) for code in candidates), True)
    order = sorted(weights, key=weights.__getitem__, reverse=True)
    scaled = tuple(LanguageProbability(code, weights[code] / total) for code in order)
    return LanguageDetection(scaled, abstained=scaled[0].confidence < min_confidence)


def runner_up(detection: LanguageDetection) -> str | None:
    """The second most probable language; None below MIN_RUNNER_UP."""
    second = detection.ranked[1:2]
    return second[0].language if second and second[0].confidence >= MIN_RUNNER_UP else None


def segment_languages(
    window: SpeechWindow,
    segments: Sequence[Sequence[LanguageProbability]],
    candidates: Sequence[str],
) -> tuple[SegmentLanguages, ...]:
    """The languages of each speech segment of a window, among `candidates`.

    The length of a segment is taken into account where segments are compared.
    """
    return tuple(
        SegmentLanguages(speech, decide(ranked, candidates, min_confidence=0).ranked)
        for speech, ranked in zip(window.speech, segments, strict=True)
    )
