"""Check of a clip's text against the text that the service's recogniser finds."""

from __future__ import annotations

import jiwer
import pyarrow as pa

from preprocessing.clips.clip import Clip, clips, table
from preprocessing.settings import LabelCheckSettings
from preprocessing.text.transcripts import letters
from sentivox.engines.loading import load_recognizer
from sentivox.engines.protocols import RecognitionItem
from sentivox.errors import SpeechError
from sentivox.settings import RecognitionSettings
from sentivox.types import Recognition, RecognitionOptions, SpeechWindow

BATCH_SIZE = 8


class LabelCheck:
    """Drops clips for "other words". The recogniser knows the language and decodes once, greedily:
    its text needs to be near the label, not correct.
    """

    def __init__(self, settings: LabelCheckSettings) -> None:
        self._settings = settings
        self._recognizer = load_recognizer(
            RecognitionSettings(
                model=settings.model, device=settings.device, threads=1, temperatures=(0.0,)
            )
        )

    def __call__(self, rows: pa.Table) -> pa.Table:
        unit = clips(rows)
        by_length = sorted(
            (place for place, clip in enumerate(unit) if not clip.dropped),
            key=lambda place: unit[place].seconds,
        )
        for first in range(0, len(by_length), BATCH_SIZE):
            places = by_length[first : first + BATCH_SIZE]
            results = self._recognizer.transcribe([_item(unit[place]) for place in places])
            for place, result in zip(places, results, strict=True):
                unit[place] = self._checked(unit[place], result)
        return table(unit)

    def _checked(self, clip: Clip, result: Recognition | SpeechError) -> Clip:
        if isinstance(result, SpeechError):
            raise result
        text = " ".join(segment.text.strip() for segment in result.segments)
        cer = label_cer(clip.text, text)
        if cer <= self._settings.max_cer:
            return clip
        return clip.drop("other words", f"CER {cer:.2f} between '{clip.text}' and '{text}'")


def label_cer(label: str, recognised: str) -> float:
    """CER of a recognised text against the label, without case and punctuation; at most 1."""
    return min(1.0, float(jiwer.cer(letters(label), letters(recognised) or " ")))


def _item(clip: Clip) -> RecognitionItem:
    return RecognitionItem(SpeechWindow(0, 0.0, clip.pcm), RecognitionOptions(clip.language))
