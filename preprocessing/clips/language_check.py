"""Check of a clip's language by the service's language detection."""

from __future__ import annotations

import pyarrow as pa

from preprocessing.clips.clip import Clip, clips, table
from preprocessing.settings import LanguageCheckSettings
from sentivox.engines.loading import load_language_detector
from sentivox.settings import LanguageIdSettings
from sentivox.types import LanguageProbability, SpeechWindow

BATCH_SIZE = 8


class LanguageCheck:
    """Drops clips for "wrong language" when another language is detected with high confidence. Low
    confidence is no reason: detection is least reliable in the languages with least data.
    """

    def __init__(self, settings: LanguageCheckSettings) -> None:
        self._settings = settings
        self._detector = load_language_detector(
            LanguageIdSettings(model=settings.model, device=settings.device, threads=1)
        )

    def __call__(self, rows: pa.Table) -> pa.Table:
        unit = clips(rows)
        # A batch is padded to its longest clip, so clips of similar length are batched.
        checked = sorted(
            (place for place, clip in enumerate(unit) if self._is_long_enough(clip)),
            key=lambda place: unit[place].seconds,
        )
        for first in range(0, len(checked), BATCH_SIZE):
            places = checked[first : first + BATCH_SIZE]
            windows = [SpeechWindow(0, 0.0, unit[place].pcm) for place in places]
            for place, languages in zip(places, self._detector.detect_upload(windows), strict=True):
                unit[place] = self._checked(unit[place], languages.ranked[0])
        return table(unit)

    def _is_long_enough(self, clip: Clip) -> bool:
        return not clip.dropped and clip.seconds >= self._settings.min_seconds

    def _checked(self, clip: Clip, detected: LanguageProbability) -> Clip:
        uncertain = detected.confidence < self._settings.min_confidence
        if detected.language == clip.language or uncertain:
            return clip
        detail = f"{detected.language} {detected.confidence:.2f}: {clip.text}"
        return clip.drop("wrong language", detail)
