"""Language detection by Whisper's first token.

Whisper predicts a language token right after <|startoftranscript|>; the distribution over these
tokens is the result (the Whisper paper, section 2.3).
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from sentivox.engines.language_id.head import Floats, LanguageHead, pooled_states
from sentivox.engines.protocols import RankedLanguages, SharedEncoderOutput, WindowLanguages
from sentivox.engines.whisper.context import live_context, upload_context
from sentivox.engines.whisper.encoder import (
    POSITIONS_PER_SECOND,
    EncoderOutput,
    EncoderSpan,
    LanguageProbabilities,
    WhisperEncoder,
    encoder_name,
)
from sentivox.settings import LanguageIdSettings
from sentivox.types import SAMPLE_RATE, LanguageProbability, Pcm, Priority, SpeechWindow
from sentivox.weights.resolve import resolve

SAMPLES_PER_POSITION = SAMPLE_RATE // POSITIONS_PER_SECOND
NOISE_AMPLITUDES = (0, 3, 30, 300)
"""Amplitudes of 16-bit noise, from digital silence to a loud room."""
NOISE_SECONDS = 3.0
PRIOR_SHARE = 0.15
"""How far the probabilities are divided by the prior that Whisper has of a language without any
speech; 1 would be all the way. Zhao et al. 2021, "Calibrate Before Use"; the share was measured
(docs/log.md)."""
MIN_PROBABILITY = 1e-7


@dataclass(frozen=True, slots=True, eq=False)
class LanguageFeatures:
    """The inputs of a language head, for one clip."""

    probabilities: dict[str, float]
    """Calibrated probability by language code, before the head."""
    pooled: Floats
    """Mean and spread of the encoder output; see `pooled_states`."""


class WhisperLanguageDetector:
    """A `LanguageDetector` over any backend's encoder."""

    def __init__(self, encoder: WhisperEncoder, settings: LanguageIdSettings) -> None:
        """Raises WeightsError when the head can't be read."""
        self._settings = settings
        self._encoder = encoder
        self._encoder_name = encoder_name(settings)
        self._head = LanguageHead(resolve(settings.head)) if settings.head else None
        self._prior = self._measure_prior()

    def padded_seconds(self, seconds: float, priority: Priority) -> float:
        """See LanguageDetector."""
        if priority is Priority.UPLOAD:
            return upload_context(seconds, self._settings.context_padding_s, self._settings.device)
        return live_context(seconds, self._settings.live_context_padding_s, self._settings.device)

    def detect_live(self, windows: Sequence[SpeechWindow]) -> list[RankedLanguages]:
        """See LanguageDetector."""
        found: dict[int, RankedLanguages] = {}
        for context_s, rows in self._by_context(windows, Priority.FINAL):
            _, ranked = self._encode([windows[row] for row in rows], context_s)
            found |= zip(rows, ranked, strict=True)
        return [found[row] for row in range(len(windows))]

    def detect_upload(self, windows: Sequence[SpeechWindow]) -> list[WindowLanguages]:
        """See LanguageDetector."""
        found: dict[int, WindowLanguages] = {}
        for context_s, rows in self._by_context(windows, Priority.UPLOAD):
            some = [windows[row] for row in rows]
            found |= zip(rows, self._detect(some, context_s), strict=True)
        return [found[row] for row in range(len(windows))]

    def _by_context(
        self, windows: Sequence[SpeechWindow], priority: Priority
    ) -> Iterable[tuple[float, list[int]]]:
        """Contexts, and the rows of the windows that have them: these are encoded together."""
        rows: defaultdict[float, list[int]] = defaultdict(list)
        for row, window in enumerate(windows):
            rows[self.padded_seconds(window.seconds, priority)].append(row)
        return rows.items()

    def features(self, clip: Pcm) -> LanguageFeatures:
        """The inputs of a language head for a clip, encoded as `detect_upload` encodes a window."""
        context_s = self.padded_seconds(len(clip) / SAMPLE_RATE, Priority.UPLOAD)
        output = self._encoder.encode([clip], context_s)
        [probabilities] = self._calibrated(output.languages())
        return LanguageFeatures(probabilities, _pooled([clip], output)[0])

    def _detect(
        self, windows: Sequence[SpeechWindow], context_s: float
    ) -> Iterator[WindowLanguages]:
        output, ranked = self._encode(windows, context_s)
        states = output.states() if self._settings.share_encoder_output else None
        for row, segments in enumerate(self._segments(windows, ranked, output)):
            shared = None
            if states is not None:
                # Half precision: half the bytes, and finer than the int8 inputs of a decoder.
                half = states[row].astype(np.float16)
                shared = SharedEncoderOutput(self._encoder_name, context_s, half)
            yield WindowLanguages(ranked[row], segments, shared)

    def _encode(
        self, windows: Sequence[SpeechWindow], context_s: float
    ) -> tuple[EncoderOutput, list[RankedLanguages]]:
        clips = [window.pcm for window in windows]
        output = self._encoder.encode(clips, context_s)
        pooled = _pooled(clips, output) if self._head else []
        return output, self._ranked(output.languages(), pooled)

    def _segments(
        self,
        windows: Sequence[SpeechWindow],
        ranked: Sequence[RankedLanguages],
        output: EncoderOutput,
    ) -> Iterator[tuple[RankedLanguages, ...]]:
        """The languages of each window's speech segments, each from its part of the encoder output.

        A window's only segment has the languages of the window.
        """
        parts = [
            EncoderSpan(
                row, _position(each.start - window.start), _position(each.end - window.start) + 1
            )
            for row, window in enumerate(windows)
            if len(window.speech) > 1
            for each in window.speech
        ]
        pooled = []
        if self._head and parts:
            states = output.states()
            pooled = [pooled_states(states[row, first:end]) for row, first, end in parts]
        of_parts = iter(self._ranked(output.languages_of(parts), pooled))
        for window, own in zip(windows, ranked, strict=True):
            several = len(window.speech) > 1
            yield tuple(next(of_parts) if several else own for _ in window.speech)

    def _ranked(
        self, probabilities: Sequence[LanguageProbabilities], pooled: Sequence[Floats]
    ) -> list[RankedLanguages]:
        """`pooled` has an entry for each clip where there is a head, and none otherwise."""
        calibrated = self._calibrated(probabilities)
        if self._head:
            calibrated = [self._head.weigh(*each) for each in zip(calibrated, pooled, strict=True)]
        return [
            tuple(
                LanguageProbability(code, found[code])
                for code in sorted(found, key=found.__getitem__, reverse=True)
            )
            for found in calibrated
        ]

    def _calibrated(self, probabilities: Sequence[LanguageProbabilities]) -> list[dict[str, float]]:
        """Each probability divided by a share of the prior; scaled to sum to 1."""
        calibrated = []
        for found in probabilities:
            weights = {
                code: probability / self._prior[code] ** PRIOR_SHARE
                for code, probability in found.items()
            }
            total = sum(weights.values())
            calibrated.append({code: weight / total for code, weight in weights.items()})
        return calibrated

    def _measure_prior(self) -> dict[str, float]:
        """Whisper's probabilities without any speech: the geometric mean over several noises."""
        noise = np.random.default_rng(0).normal(size=int(NOISE_SECONDS * SAMPLE_RATE))
        clips = [(noise * amplitude).astype(np.int16) for amplitude in NOISE_AMPLITUDES]
        context_s = self.padded_seconds(NOISE_SECONDS, Priority.UPLOAD)
        found = self._encoder.encode(clips, context_s).languages()
        return {
            code: math.prod(max(each[code], MIN_PROBABILITY) for each in found) ** (1 / len(found))
            for code in found[0]
        }


def _pooled(clips: Sequence[Pcm], output: EncoderOutput) -> list[Floats]:
    """Pooled encoder output of each clip, without its context padding."""
    lengths = [len(clip) // SAMPLES_PER_POSITION for clip in clips]
    return [
        pooled_states(states[:count])
        for states, count in zip(output.states(), lengths, strict=True)
    ]


def _position(seconds: float) -> int:
    """Position of the encoder output at that time."""
    return max(0, int(seconds * SAMPLE_RATE) // SAMPLES_PER_POSITION)
