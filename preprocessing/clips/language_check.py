"""Does the clip sound like the language it is said to be in? Our own identifier is asked."""

from __future__ import annotations

import pyarrow as pa

from preprocessing.clips.clip import Clip, clips, table
from preprocessing.settings import LanguageCheckSettings
from sentivox.engines.loading import load_language_detector
from sentivox.settings import LanguageIdSettings
from sentivox.types import LanguageProbability, SpeechWindow

CLIPS_AT_ONCE = 8


class LanguageCheck:
    """Drops a clip for "wrong language" when another one is heard for sure. Being unsure is no
    reason: identifiers err most in the languages that need data most.
    """

    def __init__(self, settings: LanguageCheckSettings) -> None:
        self._settings = settings
        self._identifier = load_language_detector(
            LanguageIdSettings(model=settings.model, device=settings.device, threads=1)
        )

    def __call__(self, rows: pa.Table) -> pa.Table:
        unit = clips(rows)
        # Neighbours in length are heard together, since a batch is as long as its longest.
        asked = sorted(
            (place for place, clip in enumerate(unit) if self._says_enough(clip)),
            key=lambda place: unit[place].seconds,
        )
        for first in range(0, len(asked), CLIPS_AT_ONCE):
            places = asked[first : first + CLIPS_AT_ONCE]
            windows = [SpeechWindow(0, 0.0, unit[place].pcm) for place in places]
            for place, heard in zip(places, self._identifier.listen(windows), strict=True):
                unit[place] = self._judged(unit[place], heard.ranked[0])
        return table(unit)

    def _says_enough(self, clip: Clip) -> bool:
        return not clip.dropped and clip.seconds >= self._settings.shortest_s

    def _judged(self, clip: Clip, likeliest: LanguageProbability) -> Clip:
        if likeliest.language == clip.language or likeliest.confidence < self._settings.sure:
            return clip
        heard = f"{likeliest.language} {likeliest.confidence:.2f}: {clip.text}"
        return clip.drop("wrong language", heard)
