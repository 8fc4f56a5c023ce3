"""Quality checks on decoded text: when to decode again, and what to suppress.

They extend the Whisper paper, section 4.5.
"""

from __future__ import annotations

from collections.abc import Sequence
from difflib import SequenceMatcher

from sentivox.engines.whisper.hypothesis import Hypothesis, letter_compression_ratio
from sentivox.settings import RecognitionSettings
from sentivox.types import SuppressionReason

REPETITION_LOG_PROB = -2.0
"""A repetition loop ranks like text of this log-probability: text sampled at a high temperature may
be anything, and no text is better than that."""
FAINT_SPEECH = 0.4
"""VAD confidence below which text needs a higher log-probability. One of 998 recordings of speech
was fainter; noise mostly is."""


class QualityCheck:
    """Compares hypotheses with the thresholds of the settings."""

    def __init__(self, settings: RecognitionSettings) -> None:
        self._settings = settings

    def is_low_vad(self, vad_confidence: float) -> bool:
        """Whether text needs two decoding passes that agree, because VAD is unsure of speech."""
        return vad_confidence < self._settings.low_vad_confidence

    def suppression_reason(
        self, hypothesis: Hypothesis, interim: bool = False
    ) -> SuppressionReason | None:
        """Why the text is left out of the transcript; None to keep it.

        Interim text that reached its maximum of tokens is a repetition loop, and has no pass with
        more context. Its first round is kept where that was found: with little context Whisper
        repeats the right words.
        """
        if self._is_silence(hypothesis):
            return "no_speech"
        endless = interim and hypothesis.decoded.cut_off and not hypothesis.decoded.trimmed
        return "repetition" if endless or self._is_loop_without_speech(hypothesis) else None

    def low_vad_suppression_reason(
        self, passes: Sequence[Hypothesis], vad_confidence: float
    ) -> SuppressionReason | None:
        """Why text is left out where VAD confidence is low, from the first one or two passes.

        Spoken words come again in a pass with more context; words that stand for a noise differ.
        The no-speech probability counts more than elsewhere, and the fainter the speech the higher
        the log-probability that its text needs.
        """
        first, *others = passes
        no_speech = max(each.decoded.no_speech_prob for each in passes)
        if no_speech > self._settings.low_vad_no_speech_threshold:
            return "no_speech"
        best = max(each.decoded.avg_logprob for each in passes)
        agree = all(
            agreement(first.text, other.text) >= self._settings.low_vad_agreement
            for other in others
        )
        faintness = 0.5 + 0.5 * min(1.0, vad_confidence / FAINT_SPEECH)
        needed = self._settings.log_prob_threshold * faintness
        return None if agree and best >= needed else "low_probability"

    def is_doubtful(self, hypothesis: Hypothesis) -> bool:
        """Whether another pass may find better text."""
        return self._looks_wrong(hypothesis, self._settings.log_prob_threshold)

    def may_be_alternative_language(self, hypothesis: Hypothesis) -> bool:
        """Whether the text is improbable enough to try the alternative language."""
        return self._looks_wrong(hypothesis, self._settings.alternative_language_threshold)

    def is_repetition_loop(self, hypothesis: Hypothesis) -> bool:
        """Whether the text of a window with speech is a repetition loop."""
        return not self._is_silence(hypothesis) and self._is_loop(hypothesis)

    def is_confirmed_repetition(self, first: Hypothesis, second: Hypothesis) -> bool:
        """Whether two passes agree on text that repeats itself, and that has speech for it."""
        return (
            all(self._repeats(each) for each in (first, second))
            and not any(self._is_loop_without_speech(each) for each in (first, second))
            and agreement(first.text, second.text) >= self._settings.low_vad_agreement
        )

    def is_repetitive(self, text: str) -> bool:
        """Whether a text is repetition by itself."""
        return letter_compression_ratio(text) > self._settings.compression_ratio_threshold

    def rank(self, hypothesis: Hypothesis) -> tuple[bool, float]:
        """Sort key: the better of two hypotheses ranks higher."""
        log_prob = hypothesis.decoded.avg_logprob
        if self._is_loop(hypothesis):
            log_prob = min(log_prob, REPETITION_LOG_PROB)
        return not self.is_doubtful(hypothesis), log_prob

    def _looks_wrong(self, hypothesis: Hypothesis, threshold: float) -> bool:
        """Whether the text of a window with speech is a loop or below the threshold."""
        if self._is_silence(hypothesis):
            return False
        return hypothesis.decoded.avg_logprob < threshold or self._is_loop(hypothesis)

    def _is_silence(self, hypothesis: Hypothesis) -> bool:
        improbable = hypothesis.decoded.avg_logprob < self._settings.log_prob_threshold
        return improbable and self._has_no_speech(hypothesis)

    def _has_no_speech(self, hypothesis: Hypothesis) -> bool:
        return hypothesis.decoded.no_speech_prob > self._settings.no_speech_threshold

    def _is_loop(self, hypothesis: Hypothesis) -> bool:
        return hypothesis.decoded.cut_off or self._repeats(hypothesis)

    def _repeats(self, hypothesis: Hypothesis) -> bool:
        """Whether the text is repetition.

        Sentences that a speaker may have repeated count too where Whisper finds no speech.
        """
        silent = self._has_no_speech(hypothesis)
        found = hypothesis.repetition if silent else hypothesis.repetition_beyond_speech
        return found > self._settings.compression_ratio_threshold

    def _is_loop_without_speech(self, hypothesis: Hypothesis) -> bool:
        """Whether the text is repetition without the speech for it."""
        threshold = self._settings.compression_ratio_threshold
        if self._has_no_speech(hypothesis):
            return hypothesis.repetition > threshold
        return hypothesis.has_loop and hypothesis.repetition_without_speech > threshold


def agreement(first: str, second: str) -> float:
    """Similarity of two texts in [0, 1], without punctuation and case: Ratcliff and Obershelp's
    ratio, twice the letters they share over the letters of both.
    """
    return SequenceMatcher(None, _letters(first), _letters(second), autojunk=False).ratio()


def _letters(text: str) -> str:
    return "".join(letter for letter in text.casefold() if letter.isalnum())
